"""Held-out splits, and the leaks into training or history that they refuse."""

import pytest

from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.splits import check, hold_out
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


def test_a_leak_of_the_test_event_into_training_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.train.append(held.targets[3][0])
    with pytest.raises(EvaluationError, match="leakage: the held-out event of user 'u3'"):
        check(held)


def test_a_history_that_knows_the_future_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.histories[2].append(event("u2", "i5", 1e9))
    with pytest.raises(EvaluationError, match="later than the held-out one"):
        check(held)


def test_a_history_of_somebody_else_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.histories[0], held.histories[1] = held.histories[1], held.histories[0]
    with pytest.raises(EvaluationError, match="history of somebody else"):
        check(held)


def test_training_beyond_the_moment_is_refused() -> None:
    held = hold_out(crowd(), "global-time", 0.2)
    held.train.append(event("u1", "i99", 1e9))
    with pytest.raises(EvaluationError, match="lies after the first test event"):
        check(held)
