"""The ranking benchmark: its split and metrics, and rivals that come out as others measured.

Run with `pytest tests/unit/eval/test_bench_scorer.py`; the figures need ../shared/data beside the
repository.
"""

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval import baselines
from shelftalker.eval.baselines import load
from shelftalker.eval.datasets import five_core, read_data
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.metrics.ranking import ndcg, recall, target_ranks
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.splits import leave_last
from tests.support import ROOT

DATA = ROOT / "../shared/data"


def event(user: str, item: str, when: float) -> Event:
    return Event(user, item, "view", time=when)


def test_the_last_event_by_time_is_the_test() -> None:
    split = leave_last([event("a", "3", 30), event("a", "1", 10), event("a", "2", 20)])
    assert [e.item for e in split.histories[0]] == ["1", "2"]
    assert split.targets[0][0].item == "3"
    assert split.train == split.histories[0]


def test_events_of_one_second_keep_the_order_of_the_log() -> None:
    split = leave_last([event("a", item, 5) for item in ("x", "b", "m")])
    assert split.targets[0][0].item == "m"


def test_a_user_without_a_history_is_trained_on_but_not_tested() -> None:
    split = leave_last([event("a", "1", 1), event("b", "1", 1), event("b", "2", 2)])
    assert len(split.targets) == 1
    assert len(split.train) == 2


def test_five_core_repeats_until_nothing_falls_out() -> None:
    full = [event(f"u{u}", f"i{i}", i) for u in range(5) for i in range(5)]
    chain = [event("u9", item, 0) for item in ("i0", "i1", "i2", "i3", "rare")]
    assert five_core(full + chain) == full


def test_ranks_and_metrics_have_known_values() -> None:
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1], [1.0, 1.0, 1.0]])
    ranks = target_ranks(scores, np.array([1, 2, 0]))
    assert ranks.tolist() == [0, 2, 1]
    np.testing.assert_allclose(ndcg(ranks, 2), [1, 0, 1 / np.log2(3)])
    assert recall(ranks, 2).tolist() == [1, 0, 1]


def test_a_masked_target_ranks_last() -> None:
    assert target_ranks(np.array([[-np.inf, 0.0]]), np.array([0]))[0] == 2


def test_the_interval_holds_the_mean_and_narrows_with_users() -> None:
    few = estimate(np.array([0.0, 1.0] * 10))
    many = estimate(np.array([0.0, 1.0] * 1000))
    assert few.low < few.mean == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 5


def test_seen_items_are_not_ranked_above_the_target() -> None:
    catalog = Catalog.of(Item(str(n), str(n)) for n in range(4))
    split = leave_last([event("a", "0", 1), event("a", "1", 2), event("a", "3", 3)])
    ranks = rank_all(lambda own: np.array([[9.0, 8.0, 0.0, 1.0]] * len(own)), split, catalog).ranks
    assert ranks.tolist() == [0]


def test_a_split_without_tests_is_refused() -> None:
    catalog = Catalog.of([Item("0", "0")])
    with pytest.raises(InputError, match="no test event"):
        rank_all(lambda own: np.zeros((len(own), 1)), leave_last([event("a", "0", 1)]), catalog)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("folder", "ridge", "popular", "ease_figure"),
    [("movies-ml100k", 500, 0.0444, 0.0759), ("ecom-amazon-office", 50, 0.0090, 0.1099)],
)
def test_peers_reach_published_figures(
    folder: str, ridge: float, popular: float, ease_figure: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(baselines.GRIDS, "ease", {"ridge": (ridge,)})
    catalog, events = read_data(DATA / folder)
    split = leave_last(events)
    for name, figure in (("popularity", popular), ("ease", ease_figure)):
        measured = ndcg(rank_all(load(name)(catalog, split.train), split, catalog).ranks).mean()
        assert measured == pytest.approx(figure, abs=5e-4)
