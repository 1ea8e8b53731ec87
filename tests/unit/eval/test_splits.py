"""Held-out splits, and the leak into training that they refuse."""

import pytest

from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.splits import hold_out
from tests.unit.eval.conftest import crowd, event


def test_global_time_splits_all_events_at_one_moment() -> None:
    log = [event("a", "i1", 1), event("a", "i2", 9), event("b", "i3", 2), event("c", "i4", 9.5)]
    held = hold_out(log, "global-time", share=0.5)
    assert [e.item for e in held.train] == ["i1", "i3"]
    assert dict(zip(held.users, held.histories, strict=True)) == {"a": [log[0]], "c": []}


def test_taking_the_same_item_again_is_no_test() -> None:
    log = [event("a", "i1", 1), event("b", "i2", 2), event("a", "i1", 9), event("b", "i3", 9)]
    held = hold_out(log, "global-time", share=0.5)
    assert held.users == ["b"]


@pytest.mark.parametrize("name", ["leave-one-out", "global-time"])
def test_an_empty_split_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="holds no test event"):
        hold_out([event("a", "i1", 1)], name)  # type: ignore[arg-type]


def test_a_test_event_that_is_trained_on_is_refused() -> None:
    twice = event("u3", "i99", 1e6)
    with pytest.raises(EvaluationError, match="leakage: the held-out event of user 'u3'"):
        hold_out([*crowd(), twice, twice], "leave-one-out")
