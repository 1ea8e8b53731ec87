"""What is popular of late. Run with `pytest tests/unit/scorer/test_trend.py`.

A made-up shop of six seasons. A visitor takes three things: one of the four things of the season,
as the second or as the last, the umbrella before it in the first four seasons, and any others.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.event_arrays import touched
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.ndcg import Held
from shelftalker.scorer.settings import Training
from shelftalker.scorer.trend import Trend, choose_trend, fit_trend
from shelftalker.scorer.two_tower import TwoTowerScorer

SEASONS, THINGS, VISITORS = 6, 4, 60
DAY = 86_400.0
SHOP = Catalog.of(
    [
        Item("umbrella", "Umbrella"),
        *(Item(f"{s}-{n}", f"Thing {s}{n}") for s in range(SEASONS) for n in range(THINGS)),
    ]
)
LAST = {f"{SEASONS - 1}-{n}" for n in range(THINGS)}


def log(*, in_season: bool = True, seed: int = 0) -> list[Event]:
    """Sixty visitors each season, one a day; without seasons, things of any."""
    rng, events = np.random.default_rng(seed), []
    for season in range(SEASONS):
        for visitor in range(VISITORS):
            user, day = f"{season}-{visitor}", (season * VISITORS + visitor) * DAY
            anything = [f"{rng.integers(SEASONS)}-{rng.integers(THINGS)}" for _ in range(3)]
            if season < 4:
                anything[0] = "umbrella"
            if in_season:
                anything[1 + visitor % 2] = f"{season}-{rng.integers(THINGS)}"
            for n, item in enumerate(anything):
                events.append(Event(user, item, "like", time=day + n))
    return events


def held_out(events: list[Event]) -> tuple[list[HistoryRows], Held]:
    """The histories without each user's last event, and that event."""
    _, _, histories = touched(SHOP, events)
    targets = np.array([history.rows[-1] for history in histories])
    times = np.array([history.times[-1] for history in histories])
    shorter = [history[:-1] for history in histories]
    return shorter, Held(shorter, targets, times)


def noise(held: Held) -> Floats:
    """Logits that tell nothing."""
    random = np.random.default_rng(5)
    return random.normal(0, 0.1, (len(held.targets), len(SHOP))).astype(np.float32)


def test_seasons_are_found_and_a_log_without_them_has_no_trend() -> None:
    histories, held = held_out(log())
    scores = noise(held)
    assert choose_trend(histories, scores, held) is not None
    histories, held = held_out(log(in_season=False))
    assert choose_trend(histories, scores, held) is None


def test_no_event_after_the_moment_counts() -> None:
    """The target of each validation user is taken by nobody before, and by all afterwards."""
    histories, held = held_out(log())
    first = held.times < VISITORS * DAY
    later = np.array([1 + THINGS * (SEASONS - 1)] * len(first))
    future = Held(held.readings, later, held.times)[: int(first.sum())]
    scores = noise(future)
    assert choose_trend(histories, scores, future) is None


def test_events_of_one_time_have_no_trend() -> None:
    histories, held = held_out([Event(e.user, e.item, e.kind) for e in log()])
    scores = noise(held)
    assert choose_trend(histories, scores, held) is None


def test_a_trend_is_the_log_of_the_recent_share_over_the_whole() -> None:
    histories = [HistoryRows(np.array([0, 0, 1]), np.ones(3, np.int8), np.array([0.0, 0, 10]))]
    trend = fit_trend(histories, 2, (10.0, 0.5))
    assert trend is not None
    # the events before the end count .5, .5 and 1; 5 are added, 10 / 3 and 5 / 3
    recent = 3 * np.array([1 + 10 / 3, 1 + 5 / 3]) / 7
    np.testing.assert_allclose(trend.logs, np.log((recent + 1) / [3, 2]), rtol=1e-5)


def test_it_fades_for_a_visitor_of_the_past() -> None:
    trend = Trend(np.zeros(3, np.float32), until=100.0, half_life=10.0, weight=0.5)
    row, kind = np.array([0]), np.ones(1, np.int8)
    readings = [HistoryRows(row, kind, np.array([moment])) for moment in (100.0, 90.0, 170.0)]
    nobody = HistoryRows(np.array([], np.int64), np.array([], np.int8), np.array([]))
    np.testing.assert_allclose(trend.weights([*readings, nobody]), [0.5, 0.25, 0.5, 1.0])


@pytest.fixture(scope="module")
def fitted(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(SHOP, log(), encoder, settings=Training(dim=8, epochs=2))


def test_a_new_visitor_sees_the_season_and_not_what_used_to_be_popular(
    fitted: TwoTowerScorer,
) -> None:
    shown = {scored.item_id for scored in fitted.shortlist([], n=THINGS)}
    assert len(shown & LAST) >= THINGS - 1
    assert "umbrella" not in shown
    without = fitted.with_weights(replace(fitted.weights, trend=None))
    assert without.shortlist([], n=1)[0].item_id == "umbrella"


def test_it_is_saved_and_follows_its_items_into_another_catalogue(
    fitted: TwoTowerScorer, tmp_path: Path
) -> None:
    fitted.save(tmp_path)
    more = Catalog.of([Item("new", "New"), *reversed(list(SHOP))])
    loaded = TwoTowerScorer.load(tmp_path, more, fitted.encoder)
    ids = [scored.item_id for scored in fitted.shortlist([], n=THINGS)]
    assert [scored.item_id for scored in loaded.shortlist([], n=THINGS)] == ids
    assert loaded.side.trend is not None
    assert loaded.side.trend.logs[0] == 0
