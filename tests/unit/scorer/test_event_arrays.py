"""A log as columns: pytest tests/unit/scorer/test_event_arrays.py"""

from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.event_log import EventLog
from shelftalker.data.events import KINDS, Event
from shelftalker.scorer.event_arrays import EventArrays
from shelftalker.scorer.history import read

CATALOG = Catalog.of([Item(name, name.title()) for name in ("tea", "cup", "pot", "jug")])


def some_events(number: int) -> list[Event]:
    random = np.random.default_rng(0)
    return [
        Event(
            f"u{random.integers(7)}",
            str(random.choice(["tea", "pot", "jug", "gone"])),
            KINDS[random.integers(len(KINDS))],
            float(random.integers(6)) if random.random() < 0.8 else None,
            float(random.integers(20)),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("batch", [7, 50_000])
def test_histories_are_those_of_the_events(
    tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.data.event_log._BATCH", batch)
    events = some_events(200)
    log = EventLog(tmp_path / "events.db")
    log.extend("teas", events)
    until = log.position("teas")
    log.append("teas", Event("u1", "cup", "like"))  # later than what is read
    arrays = EventArrays.read(log, "teas", until, CATALOG)
    log.close()
    rows = np.unique(arrays.items)
    assert rows.tolist() == [0, 2, 3]
    trained = Catalog(CATALOG.frame[rows])
    users: dict[str, list[Event]] = {}
    for event in events:
        if event.item in trained:
            users.setdefault(event.user, []).append(event)
    histories = arrays.histories(rows)
    assert len(histories) == len(users)
    for own, history in zip(users.values(), histories, strict=True):
        expected = read(sorted(own, key=lambda event: event.time), trained)
        np.testing.assert_array_equal(history.rows, expected.rows)
        np.testing.assert_array_equal(history.kinds, expected.kinds)
        np.testing.assert_array_equal(history.times, expected.times)


def test_no_event_at_all() -> None:
    arrays = EventArrays.of([Event("u1", "gone", "like")], CATALOG)
    assert not arrays.histories(np.unique(arrays.items))
