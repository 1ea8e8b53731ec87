"""Sequence examples: whole histories cut up, each title by its one-word name."""

import numpy as np
import pytest

from shelftalker.adapters.data.sequence import name_titles, sequence_examples, sequence_warnings
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import DataError
from shelftalker.ranking.pick import MAX_HISTORY_TITLES, digest

CATALOG = Catalog.of([Item(f"i{number}", f"Film {number}") for number in range(250)])


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(resolve(DEFAULT_MODEL))


def took(user: str, *numbers: int, kind: str = "view") -> list[Event]:
    return [Event(user, f"i{number}", kind, time=at) for at, number in enumerate(numbers)]  # type: ignore[arg-type]


def test_each_epoch_cuts_up_every_whole_history(tokens: Tokens) -> None:
    log = took("a", *range(250)) + took("b", 5, 3, 4)
    data = sequence_examples(log, CATALOG, tokens, 300, seed=1)
    assert data.counts["train"] == len(data.train) == 300
    assert all(2 <= len(part) <= MAX_HISTORY_TITLES for part in data.train)
    numbers = {data.names[digest(f"Film {number}")]: number for number in range(250)}
    assert len(numbers) == len(data.names) == 250
    assert list(data.names) == sorted(data.names)  # in no order that tells of the log
    parts = [[numbers[name] for name in part] for part in data.train]
    long = [part for part in parts if part not in ([5, 3, 4], [5, 3])]
    assert all(part == list(range(part[0], part[-1] + 1)) for part in long)
    assert {number for part in long for number in part} == set(range(250))
    assert len({part[0] for part in long}) > 40  # cut at other places each time


def test_order_is_by_time_without_refused_and_unknown_items(tokens: Tokens) -> None:
    log = [
        Event("a", "i1", "view", time=3),
        Event("a", "i2", "view", time=1),
        Event("a", "i3", "dislike", time=2),
        Event("a", "gone", "view", time=2),
        Event("a", "i2", "purchase", time=4),
        Event("a", "i4", "rating", value=1.0, time=5),
    ]
    data = sequence_examples(log, CATALOG, tokens, 40, seed=3)
    whole = tuple(data.names[digest(f"Film {number}")] for number in (2, 1, 4))
    assert whole in data.train
    assert set(data.train) <= {whole, whole[:2]}
    assert data.names.keys() == {digest(f"Film {number}") for number in (1, 2, 4)}


def test_a_name_is_a_free_word_of_the_title_if_there_is_one(tokens: Tokens) -> None:
    titles = ["The Blue Train", "Blue", "Train", "8½", "Blue Blue"]
    names = name_titles(tokens, titles, np.random.default_rng(0))
    assert names["The Blue Train"] == "The"  # the others' words are common
    assert (names["Blue"], names["Train"]) == ("Blue", "Train")
    assert len(set(names.values())) == len(titles)
    assert all(len(tokens.after(f" {name}")) == 1 for name in names.values())


def test_titles_get_no_name_when_the_words_run_out(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "words", lambda pattern: {"Film", "River", "Sea"})
    data = sequence_examples(took("a", 1, 1, 2, 3, 4) + took("b", 2, 3), CATALOG, tokens, 4)
    assert data.counts["named"] == 3
    assert data.counts["dropped: more titles than words"] == 1
    assert {digest("Film 2"), digest("Film 3")} < data.names.keys()


def test_a_log_without_histories_is_refused(tokens: Tokens) -> None:
    log = took("a", 1) + took("b", 2) + took("c", 3, 4, kind="dislike")
    with pytest.raises(DataError, match="no user who took 2 items"):
        sequence_examples(log, CATALOG, tokens, 10)


def test_a_dominating_title_is_a_warning(tokens: Tokens) -> None:
    log = [event for user in "abcdef" for event in took(user, 7, ord(user))]
    data = sequence_examples(log, CATALOG, tokens, 6)
    name = data.names[digest("Film 7")]
    assert sequence_warnings(data) == [
        f"the title called {name!r} is 50% of all titles in the histories"
    ]
    assert sequence_warnings(sequence_examples(took("a", *range(50)), CATALOG, tokens, 6)) == []
