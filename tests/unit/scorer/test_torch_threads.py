"""Scoring leaves torch's thread count and random state alone: both are global to the process.

Run with `pytest tests/unit/scorer/test_torch_threads.py`.
"""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from shelftalker.data.events import Event
from shelftalker.scorer.online import OnlineLearner
from shelftalker.scorer.tower_weights import TowerWeights
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.support.letter_world import fitted


@pytest.fixture(scope="module")
def scorer() -> TwoTowerScorer:
    return fitted()


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_overlapping_requests_leave_the_thread_count_as_it_was(
    scorer: TwoTowerScorer, monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    """The second request begins inside the first one and ends after it."""
    first_inside, second_inside, first_done = (threading.Event() for _ in range(3))

    def overlapping(compute: Any) -> Any:
        def wrapped(*args: Any) -> Any:
            if threading.current_thread().name == "first":
                first_inside.set()
                assert second_inside.wait(10)
            else:
                second_inside.set()
                assert first_done.wait(10)
            return compute(*args)

        return wrapped

    monkeypatch.setattr(TowerWeights, "user_vectors", overlapping(TowerWeights.user_vectors))
    counts: dict[str, int] = {}

    def request() -> None:
        scorer.shortlist([Event("me", "1", "like"), Event("me", "2", "like")], n=3)
        first_done.set()
        counts[threading.current_thread().name] = torch.get_num_threads()

    first = threading.Thread(target=request, name="first")
    second = threading.Thread(target=request, name="second")
    first.start()
    assert first_inside.wait(10)
    second.start()
    first.join()
    second.join()
    born_later = threading.Thread(
        target=lambda: counts.update(later=torch.get_num_threads()), name="later"
    )
    born_later.start()
    born_later.join()
    assert counts == {"first": 2, "second": 2, "later": 2}


def test_the_vectors_for_serving_are_those_of_training(scorer: TwoTowerScorer) -> None:
    weights, vectors = scorer.weights.towers, scorer.side.vectors
    assert weights is not None
    assert vectors is not None
    towers, ids = Towers.of(weights, dropout=0.3), np.arange(len(vectors))
    histories = [vectors[:1], vectors[:7], vectors[3:5]]
    with torch.no_grad():
        expected = [
            towers.bilinear(towers.users(torch.from_numpy(own)[None])[:, -1])[0].numpy()
            for own in histories
        ]
        items = towers.items(torch.from_numpy(scorer.side.text), torch.from_numpy(ids)).numpy()
    np.testing.assert_allclose(weights.user_vectors(histories), expected, atol=2e-5)
    np.testing.assert_allclose(weights.item_vectors(scorer.side.text, ids), items, atol=2e-5)


def test_online_learning_leaves_the_global_random_state_alone(scorer: TwoTowerScorer) -> None:
    before = torch.get_rng_state()
    events = [Event("u1", str(n), "like", time=10.0 + n) for n in range(6, 10)]
    learned = []
    for _ in range(2):
        learner = OnlineLearner(scorer, [Event("u1", "1", "like")])
        learner.learn(events)
        learned.append(learner.scorer().logits([events]))
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(*learned)
    assert not np.allclose(learned[0], scorer.logits([events]))
