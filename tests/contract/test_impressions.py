"""The log of impressions, in SQLite and in PostgreSQL. Run: pytest
tests/contract/test_impressions.py"""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from shelftalker.data import impressions
from shelftalker.data.impressions import Impression, ImpressionLog
from shelftalker.errors import WorkspaceError


def everybody(people: Sequence[tuple[str, float]]) -> list[int]:
    return list(range(len(people)))


def shown_to(*users: str) -> list[Impression]:
    return [Impression(1.0, "films", user, "f1", 1, 0.5, 0.4, "v1", None) for user in users]


def test_impressions(store: Path | str) -> None:
    log = ImpressionLog(store, everybody)
    log.extend(shown_to("a", "b"))
    log.extend([])
    assert log.frame("films").drop("experiment", "arm", "adapter", "asked").row(0) == (
        1.0, "films", "a", "f1", 1, 0.5, 0.4, "v1",
    )  # fmt: skip
    assert log.frame("films", "b")["user"].to_list() == ["b"]
    assert (log.forget("a"), log.forget("a")) == (1, 0)
    assert log.frame("films")["user"].to_list() == ["b"]
    log.close()


def test_impressions_that_wait_are_stored_in_time_and_by_a_close(store: Path | str) -> None:
    with ImpressionLog(store, everybody) as other:
        with ImpressionLog(store, everybody) as log:
            log.add(shown_to("a"))
            end = time.monotonic() + 60
            while other.frame("films").is_empty() and time.monotonic() < end:
                time.sleep(0.05)
            log.add(shown_to("b"))
            assert log.frame("films")["user"].to_list() == ["a", "b"]  # its own at once
            log.add(shown_to("c", "d"))
        assert other.frame("films")["user"].to_list() == ["a", "b", "c", "d"]


def test_an_impression_of_somebody_who_is_erased_while_it_waits_is_dropped(
    store: Path | str,
) -> None:
    erased = set[str]()

    def lawful(people: Sequence[tuple[str, float]]) -> list[int]:
        return [place for place, (user, _) in enumerate(people) if user not in erased]

    with ImpressionLog(store, lawful) as log:
        log.add(shown_to("a", "b"))
        assert log.forget("a") == 1  # what waited is stored first
        erased.add("a")
        log.add(shown_to("a", "c"))
        assert log.frame("films")["user"].to_list() == ["b", "c"]


def test_impressions_wait_for_a_database_that_is_away(
    store: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(rows: Sequence[Impression]) -> None:
        raise WorkspaceError("away")

    monkeypatch.setattr(impressions, "MOST_WAITING", 3)
    with ImpressionLog(store, everybody) as log:
        with monkeypatch.context() as failing:
            failing.setattr(log, "extend", away)
            log.add(shown_to("a", "b"))
            with pytest.raises(WorkspaceError):
                log.flush()
            log.add(shown_to("c", "d"))  # beyond what may wait
        assert log.frame("films")["user"].to_list() == ["a", "b", "c"]
