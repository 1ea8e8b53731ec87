"""What is popular of late comes first for newcomers. Run: pytest tests/unit/scorer/test_trend.py

Readers of the first half of the log take books on space, those of the second half crime.
"""

from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.ranking.shop_rules import Rules
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.history import CONSUMED, HistoryRows
from shelftalker.scorer.online import OnlineLearner
from shelftalker.scorer.settings import Training
from shelftalker.scorer.trend import RecentCounts, recent_counts
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.shortlisting import Shortlister
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from tests.support.shelf_world import SHELVES, shelf_of, world


def log(early: str = "space", late: str = "crime") -> list[Event]:
    return [
        Event(f"u{user}", f"{shelf}-{word}", "like", time=float(5 * user + step))
        for user in range(240)
        for shelf in (early if user < 140 else late,)
        for step, word in enumerate(np.roll(SHELVES[shelf], user)[:4])
    ]


@pytest.fixture(scope="module")
def fitted(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(world(), log(), encoder, settings=Training(dim=8, epochs=1))


def first_shelf(scorer: TwoTowerScorer, history: list[Event]) -> str:
    return shelf_of(scorer.shortlist(history, n=1)[0].item_id)


def test_a_newcomer_gets_what_is_popular_of_late(fitted: TwoTowerScorer, tmp_path: Path) -> None:
    assert first_shelf(fitted, []) == "crime"
    assert shelf_of(fitted.catalog.ids[int(fitted.popularity().argmax())]) == "space"
    fitted.save(tmp_path)
    loaded = TwoTowerScorer.load(tmp_path, world(), fitted.encoder)
    np.testing.assert_allclose(loaded.logits([[]]), fitted.logits([[]]), rtol=1e-6)


def test_who_has_a_history_is_scored_as_right_after_it(fitted: TwoTowerScorer) -> None:
    assert first_shelf(fitted, log()[:3]) == "space"


def test_who_asks_now_gets_more_of_what_is_popular_of_late(fitted: TwoTowerScorer) -> None:
    """As one who comes back does; a request in words is not touched."""
    history = tuple(log()[:3])
    crime = np.array([shelf_of(one) == "crime" for one in fitted.catalog.ids])
    [more] = fitted.logits([history], now=True) - fitted.logits([history])
    assert more[crime].min() > 0 >= more[~crime].max()
    asked = fitted.logits([history], ["a soup"], now=True)
    np.testing.assert_array_equal(asked, fitted.logits([history], ["a soup"]))


def test_the_visitor_of_a_service_asks_now(fitted: TwoTowerScorer) -> None:
    vocabulary = RuleReader(fitted.catalog).vocabulary
    shortlister = Shortlister(fitted.catalog, fitted, Rules(), vocabulary)
    history = tuple(log()[:3])
    for now in (True, False):
        best = shortlister.shortlist(Profile("u0", history, now=now), Request(), 3)
        assert best == fitted.shortlist(history, n=3, now=now)
    assert best[0].logit != fitted.shortlist(history, n=1, now=True)[0].logit


def test_the_trend_turns_while_it_serves(fitted: TwoTowerScorer) -> None:
    learner = OnlineLearner(fitted, log())
    turned = [Event(f"v{n}", f"cooking-{SHELVES['cooking'][n % 8]}", "like") for n in range(300)]
    learner.learn(turned)
    assert first_shelf(learner.scorer(), []) == "cooking"


def test_later_events_count_as_if_they_had_been_in_the_log() -> None:
    rows = np.random.default_rng(0).integers(5, size=60)
    whole = RecentCounts.of(rows, 5, 10.0).counts
    grown = RecentCounts.of(rows[:40], 5, 10.0).after(rows[40:], 5).counts
    np.testing.assert_allclose(grown, whole, rtol=1e-5)


@pytest.mark.parametrize("at_once", [True, False])
def test_all_events_count_alike_without_a_trend_or_newcomers(at_once: bool) -> None:
    """Everybody takes the same three; or everybody comes at once, and then interest turns."""
    early, late = np.array([0, 1, 2]), np.array([3, 4, 5] if at_once else [0, 1, 2])
    users = [
        HistoryRows(
            np.concatenate([early, late]),
            np.full(6, CONSUMED, np.int8),
            np.linspace(0, 5, 6) + (0 if at_once else 6 * user),
        )
        for user in range(60)
    ]
    assert recent_counts(users, 8) is None
