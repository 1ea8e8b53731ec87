"""What an online learner promises: it ranks first and learns then, and keeps what it knew.

Run with `pytest tests/unit/scorer/test_online.py`. The users keep to three shelves; then everybody
starts to follow any book with one that nobody had read before.
"""

from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.events import Event
from shelftalker.scorer.history import read
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.online import LEAST, OnlineLearner, Paired
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.scorer.weights import read_weights
from shelftalker.store.workspace import Workspace
from tests.support.shelf_log import SHELVES, build, craze, past, reading


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("online") / "ws")


@pytest.fixture(scope="module")
def scorer(fitted: Path) -> TwoTowerScorer:
    with Workspace.open(fitted) as workspace:
        return load_scorer(workspace, "books")


def rank_of_hit(scorer: TwoTowerScorer) -> int:
    history = [Event("new", f"space-{n}", "like", time=n) for n in range(3)]
    return [one.item_id for one in scorer.shortlist(history, n=200)].index("hit")


def test_the_first_events_are_ranked_by_what_they_have_not_changed(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(40), 5000.0))
    pairs = learner.against_serving.pairs
    assert len(pairs) >= 40
    assert all(own == pytest.approx(rival) for own, rival in pairs)
    learner.learn(craze(range(40, 80), 6000.0))
    assert not all(own == pytest.approx(rival) for own, rival in pairs)


def test_what_everybody_does_now_is_learned_and_not_only_by_its_text(
    scorer: TwoTowerScorer,
) -> None:
    learner = OnlineLearner(scorer, past())
    before = rank_of_hit(scorer)
    for turn in range(7):
        learner.learn(craze(range(30 * turn, 30 * turn + 30), 5000.0 * (turn + 1)))
    learned = learner.scorer()
    assert before > 20
    assert rank_of_hit(learned) < 3
    assert learner.against_serving.better() is False  # too few events yet
    assert learner.against_serving.margin()[0] > 0
    assert rank_of_hit(scorer) == before  # what serves is left alone


def test_the_old_ways_are_not_forgotten(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(90), 5000.0))
    learned = learner.scorer()
    for shelf in SHELVES:
        history = [Event("new", f"{shelf}-{n}", "like", time=n) for n in range(3)]
        picks = [one.item_id for one in learned.shortlist(history, n=10)]
        assert sum(item.startswith(shelf) for item in picks) >= 7


def test_what_was_learned_survives_saving(scorer: TwoTowerScorer, tmp_path: Path) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(30), 5000.0))
    learned = learner.scorer({"position": 7})
    assert "hit" in learned.weights.ids
    learned.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, scorer.catalog, scorer.encoder)
    histories = [past()[:4], craze(range(3), 0.0)]
    np.testing.assert_allclose(again.logits(histories), learned.logits(histories), atol=1e-5)
    assert read_weights(tmp_path, scorer.encoder).card["position"] == 7


def test_the_learner_ranks_as_the_scorer_it_would_publish(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(30), 5000.0))
    histories = [read(past()[:4], scorer.catalog), read(craze(range(2), 0.0), scorer.catalog)]
    known = np.array([scorer.catalog.row(item) for item in learner.scorer().weights.ids])
    own, published = (
        side.logits(histories, scorer.weights.mix, columns=known)
        for side in (learner._model.side, learner.scorer().side)
    )
    np.testing.assert_allclose(own, published, atol=1e-4)


def test_a_rival_that_is_better_by_more_than_the_noise_wins() -> None:
    paired, rng = Paired(), np.random.default_rng(0)
    own = rng.random(LEAST)
    rival = own + 0.05 * rng.random(LEAST)
    paired.add(own[1:], rival[1:])
    assert not paired.worse()  # too few events yet
    paired.add(own[:1], rival[:1])
    assert paired.worse()
    noisy = Paired()
    noisy.add(own, rng.permutation(own))
    assert not noisy.worse()


def test_a_model_is_better_only_by_more_than_the_noise() -> None:
    surely, luckily, rng = Paired(), Paired(), np.random.default_rng(0)
    rival = rng.random(LEAST)
    own = rival + 0.05 * rng.random(LEAST)
    surely.add(own[1:], rival[1:])
    assert not surely.better()  # too few events yet
    surely.add(own[:1], rival[:1])
    assert surely.better()
    luckily.add(rival + np.tile([0.31, -0.29], LEAST // 2), rival)
    assert luckily.margin()[0] > 0
    assert not luckily.better()


def test_steps_far_too_large_are_noticed(
    scorer: TwoTowerScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.online_model.LR", 0.5)
    monkeypatch.setattr("shelftalker.scorer.online.LEAST", 50)
    learner = OnlineLearner(scorer, past())
    for turn in range(4):
        learner.learn(reading(range(100 + 30 * turn, 130 + 30 * turn), turn, 5000.0))
    assert learner.against_serving.worse()
