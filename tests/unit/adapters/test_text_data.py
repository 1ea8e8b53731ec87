"""Describe examples: true texts in the serving prompt: pytest tests/test_describing.py"""

import numpy as np
import pytest
import torch

from shelftalker.adapters.data import text as describing
from shelftalker.adapters.data.example_set import TextData
from shelftalker.adapters.data.packing import loss
from shelftalker.adapters.data.text import describe_examples
from shelftalker.adapters.data.time_split import TimeSplit
from shelftalker.adapters.data.training_rows import text_row
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.engine.tokens import Tokens
from shelftalker.language.sentences import sentences_of
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds
from tests.conftest import films
from tests.unit.adapters.test_pick_data import Spelled

CATALOG = Catalog.of(films())
CUTS = (0.5, 0.75)


def walks() -> list[Event]:
    """Twenty users see eight films, one a day, each in an order and from a day of their own."""
    random = np.random.default_rng(0)
    return [
        Event(f"u{user}", f"f{film + 1}", "like", time=86400.0 * (3 * user % 20 + day))
        for user in range(20)
        for day, film in enumerate(random.permutation(11)[:8])
    ]


def examples() -> TextData:
    split = TimeSplit.of(walks(), CUTS, end=1.0)
    return describe_examples(split, split.scorers(CATALOG, Spelled()), 20, 10)


@pytest.fixture(scope="module")
def data() -> TextData:
    return examples()


def test_every_sentence_is_grounded_in_item_and_history(data: TextData) -> None:
    assert data.train
    assert data.validation
    for example in [*data.train, *data.validation]:
        before = [e for e in walks() if e.user == example.user and e.time < example.moment]
        past = [Past(event, CATALOG[event.item]) for event in before]
        item = CATALOG[example.item]
        grounds = Grounds([], item, past)
        names = [item.title, *(one.item.title for one in past)]
        assert all(grounds.check(sentence) for sentence in sentences_of(example.text, names))
        assert example.item not in {event.item for event in before}
        later = {CATALOG[e.item].title for e in walks() if e.user == example.user} - set(names)
        prompt = "\n".join(text for _, text in example.messages)
        assert item.title in prompt
        assert not any(title in prompt for title in later)


def test_training_is_older_than_validation(data: TextData) -> None:
    assert max(e.moment for e in data.train) < min(e.moment for e in data.validation)


def test_an_ungrounded_text_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describing, "sentences", lambda *_, **__: ["It won nine awards in Norway."])
    made = examples()
    assert made.train == []
    assert made.counts["dropped: fails the check"] == made.counts["usable"]


def test_a_text_is_trained_token_by_token_to_its_end(data: TextData) -> None:
    tokens = Tokens(resolve(DEFAULT_MODEL))
    row = text_row(tokens, [(data.train[0].prompt(), data.train[0].text)])
    (branch,) = row.branches
    assert tokens.tokenizer.decode(branch) == data.train[0].text
    assert branch[-1] == tokens.tokenizer.end
    assert float(loss(row, torch.tensor([-3.0 * len(branch)]))) == pytest.approx(3.0)
