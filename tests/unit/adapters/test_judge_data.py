"""Judge examples from a log, and the AUC they are trained for: pytest tests/test_judging.py"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from shelftalker.adapters.data.judge import JudgeData, judge_examples
from shelftalker.adapters.data.packing import TrainingRow
from shelftalker.adapters.data.time_split import TimeSplit
from shelftalker.adapters.train.validation import metrics_of
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from tests.unit.adapters.test_pick_data import CATALOG, log


def rated() -> list[Event]:
    """Even items get five stars, odd ones one, and every fifth says nothing."""
    events = []
    for event in log():
        number = int(event.item[1:])
        stars = 3.0 if number % 5 == 0 else 1.0 + 4 * (number % 2 == 0)
        events.append(replace(event, kind="rating", value=stars))
    return events


@pytest.fixture(scope="module")
def data() -> JudgeData:
    return judge_examples(CATALOG, TimeSplit.of(rated(), (0.6, 0.8)), 60, 30)


def test_an_example_lists_only_earlier_likes_and_dislikes(data: JudgeData) -> None:
    titles = {item.id: item.title for item in CATALOG}
    for example in [*data.train, *data.validation]:
        before = [e for e in rated() if e.user == example.user and e.time < example.moment]
        newest = list(reversed(before))
        assert list(example.likes) == [titles[e.item] for e in newest if e.sign > 0][:8]
        assert list(example.dislikes) == [titles[e.item] for e in newest if e.sign < 0][:8]
        assert example.item not in example.likes
        assert example.liked == (int(example.item.split()[-1]) % 2 == 0)


def test_training_is_older_and_events_without_opinion_are_counted(data: JudgeData) -> None:
    assert max(e.moment for e in data.train) < min(e.moment for e in data.validation)
    assert data.counts["dropped: no opinion"] > 0
    assert data.counts["train likes"] == sum(one.liked for one in data.train)


def test_a_log_without_dislikes_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="judge: 0"):
        judge_examples(CATALOG, TimeSplit.of(log(), (0.6, 0.8)), 60, 30)


def test_the_auc_is_that_of_the_yes() -> None:
    liked = [True, False, True, False]
    nothing = (0.0, 0.0)
    rows = [
        TrainingRow([1], [[2], [3]], 0 if like else 1, nothing, nothing, kind="judge")
        for like in liked
    ]
    yes = [2.0, 1.0, 0.5, 0.1]  # one of four pairs is the wrong way round
    metrics = metrics_of(rows, [torch.tensor([log_p, 0.0]) for log_p in yes])
    assert metrics["auc"] == pytest.approx(0.75)
    expected = [
        -np.log(1 / (1 + np.exp(-y if like else y))) for y, like in zip(yes, liked, strict=True)
    ]
    assert metrics["loss"] == pytest.approx(np.mean(expected), abs=1e-5)
