"""Pick examples from a log: nothing after an example's moment is in it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shelftalker.adapters.data.pick import (
    PickData,
    newer_examples,
    pick_examples,
    pick_warnings,
)
from shelftalker.adapters.data.time_split import TimeSplit
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.scorer.base import Floats
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from tests.conftest import frame

CUTS = (0.6, 0.8)
WANTED = {"shortlist": 3, "train": 200, "validation": 100}


class Spelled:
    """One vector per text from its hash; no model is loaded."""

    dim = 16
    name = "spelled"

    def encode(self, texts: list[str], progress: object = None) -> Floats:
        rows = [np.random.default_rng(sum(map(ord, text))).normal(size=16) for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CATALOG = Catalog.of([Item(f"i{n}", f"Title {n}") for n in range(30)])


def log() -> list[Event]:
    """Forty users walk through one of three aisles, one step a day, each in their own order."""
    random = np.random.default_rng(0)
    events = []
    for user in range(40):
        aisle = random.permutation(np.arange(10) + 10 * (user % 3))
        start = int(random.integers(0, 60))
        for day, item in enumerate(aisle):
            events.append(Event(f"u{user}", f"i{item}", "purchase", time=86400.0 * (start + day)))
    return events


def shop_at(path: Path) -> Workspace:
    """A workspace of that log, not fitted."""
    workspace = Workspace.create(path)
    workspace.add_domain("shop")
    workspace.write_catalog("shop", CATALOG)
    workspace.events.extend("shop", frame(log()))
    return workspace


def examples_of(events: list[Event]) -> PickData:
    split = TimeSplit.of(events, CUTS)
    return pick_examples(split, split.scorers(CATALOG, Spelled()), **WANTED)


@pytest.fixture(scope="module")
def data() -> PickData:
    return examples_of(log())


def test_an_example_uses_only_earlier_events_of_its_user(data: PickData) -> None:
    titles = {item.id: item.title for item in CATALOG}
    for example in [*data.train, *data.validation]:
        before = [e for e in log() if e.user == example.user and e.time < example.moment]
        assert list(example.history) == [titles[e.item] for e in reversed(before)][:10]
        assert not {e.item for e in before} & set(example.candidates)


def test_changing_the_future_changes_no_example(data: PickData) -> None:
    """Every event after the first cut gets another item; the examples stay the same."""
    cut = min(example.moment for example in data.train)
    first = [example for example in data.train if example.moment == cut]
    random = np.random.default_rng(1)
    changed = [replace(e, item=f"i{random.integers(30)}") if e.time > cut else e for e in log()]
    again = examples_of(changed)
    repeated = {(e.user, e.moment): (e.history, e.candidates, e.logits) for e in again.train}
    assert first
    for example in first:
        known = repeated[example.user, example.moment]
        assert known == (example.history, example.candidates, example.logits)


def test_training_is_older_than_validation(data: PickData) -> None:
    assert max(e.moment for e in data.train) < min(e.moment for e in data.validation)


def test_events_newer_than_the_end_are_left_for_the_gate(data: PickData) -> None:
    split = TimeSplit.of(log(), CUTS)
    assert max(example.moment for example in data.validation) <= split.until
    assert split.newer == sum(event.time > split.until for event in log()) > 0
    scorer = TwoTowerScorer.fit(CATALOG, split.events, Spelled())
    newer = newer_examples(log(), scorer, split.until, shortlist=3)
    assert newer
    assert min(example.moment for example in newer) > split.until
    assert any(example.target < 0 for example in newer)


def test_training_has_hits_only_and_validation_keeps_its_misses(data: PickData) -> None:
    assert all(example.target >= 0 for example in data.train)
    assert any(example.target < 0 for example in data.validation)


def test_drops_are_counted_and_warnings_reported(data: PickData) -> None:
    doubled = PickData([data.train[0]] * 10, data.validation, data.counts)
    assert data.counts["dropped: short history"] > 0
    lines = "\n".join(pick_warnings(doubled))
    assert "is the target of 100% of the examples" in lines
    assert "9 training examples repeat another one's text" in lines


def test_a_short_log_and_one_without_times_are_refused() -> None:
    with pytest.raises(DataError, match="9 events"):
        TimeSplit.of(log()[:9], CUTS)
    with pytest.raises(DataError, match="too few different times"):
        TimeSplit.of([replace(e, time=1.0) for e in log()], CUTS)
