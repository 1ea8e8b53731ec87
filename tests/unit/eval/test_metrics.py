"""Metrics: known answers, and agreement with ranx, RecTools and scikit-learn on random rankings.

Run with `pytest tests/unit/eval/test_metrics.py`.
"""

import numpy as np
import pytest

from shelftalker.errors import InputError
from shelftalker.eval.metrics import beyond_accuracy as beyond
from shelftalker.eval.metrics.classification import (
    best_threshold,
    classification,
    ece,
    ece_by_chance,
    ece_estimate,
)
from shelftalker.eval.metrics.ranking import auc, mean_rank, metric
from shelftalker.eval.metrics.statistics import by_user, compare, estimate, estimates

ITEMS, USERS, K = 40, 60, 10


@pytest.fixture(scope="module")
def world() -> dict[str, np.ndarray]:
    """60 users with 1 to 5 relevant items among 40, ranked at random."""
    draw = np.random.default_rng(3)
    order = np.array([draw.permutation(ITEMS) for _ in range(USERS)])
    relevant = [draw.choice(ITEMS, draw.integers(1, 6), replace=False) for _ in range(USERS)]
    users = np.repeat(np.arange(USERS), [len(own) for own in relevant])
    items = np.concatenate(relevant)
    ranks = np.array([np.flatnonzero(order[u] == i)[0] for u, i in zip(users, items, strict=True)])
    counts = draw.permutation(ITEMS) + 1.0  # no ties: their order is not defined
    return {
        "order": order,
        "users": users,
        "items": items,
        "ranks": ranks.astype(float),
        "counts": counts,
    }


NAMES = ("recall@10", "precision@10", "hit_rate@10", "ndcg@10", "mrr@10", "map@10", "ndcg@3")


def test_ranking_metrics_agree_with_ranx(
    world: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)  # compiling takes longer than the rest
    ranx = pytest.importorskip("ranx")
    qrels: dict[str, dict[str, int]] = {}
    for user, item in zip(world["users"], world["items"], strict=True):
        qrels.setdefault(f"u{user}", {})[f"i{item}"] = 1
    run = {
        f"u{user}": {f"i{item}": float(ITEMS - place) for place, item in enumerate(row)}
        for user, row in enumerate(world["order"])
    }
    expected = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(run), list(NAMES))
    for name in NAMES:
        named = metric(name)
        measured = named.function(world["ranks"], named.k, world["users"])
        assert measured.mean() == pytest.approx(expected[name], abs=1e-9), name


def test_lists_agree_with_rectools(world: dict[str, np.ndarray]) -> None:
    rectools = pytest.importorskip("rectools.metrics")
    pandas = pytest.importorskip("pandas")
    lists = world["order"][:, :K]
    reco = pandas.DataFrame(
        {
            "user_id": np.repeat(np.arange(USERS), K),
            "item_id": lists.ravel(),
            "rank": np.tile(np.arange(1, K + 1), USERS),
        }
    )
    takers = world["counts"].astype(int)
    previous = pandas.DataFrame(
        {
            "user_id": np.concatenate([np.arange(n) for n in takers]),
            "item_id": np.repeat(np.arange(ITEMS), takers),
        }
    )
    test = pandas.DataFrame({"user_id": world["users"], "item_id": world["items"]})
    hits = np.array(
        [np.isin(row, world["items"][world["users"] == user]) for user, row in enumerate(lists)]
    )
    novelty = rectools.MeanInvUserFreq(k=K).calc(reco, previous)
    n_users = int(previous["user_id"].nunique())
    assert beyond.novelty(lists, world["counts"], n_users).mean() == pytest.approx(novelty)
    popularity = rectools.AvgRecPopularity(k=K).calc(reco, previous)
    assert beyond.popularity(lists, world["counts"]).mean() == pytest.approx(popularity)
    covered = rectools.CatalogCoverage(k=K, normalize=True).calc(reco, range(ITEMS))
    assert beyond.coverage(lists, ITEMS) == pytest.approx(covered)
    serendipity = rectools.Serendipity(k=K).calc_per_user(reco, test, previous, range(ITEMS))
    measured = beyond.serendipity(lists, hits, world["counts"])
    np.testing.assert_allclose(measured, serendipity.sort_index().to_numpy(), atol=1e-12)


def test_auc_is_that_of_scikit_learn(world: dict[str, np.ndarray]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    measured = auc(world["ranks"], world["users"], candidates=ITEMS)
    for user in range(USERS):
        liked = np.isin(world["order"][user], world["items"][world["users"] == user])
        expected = sklearn.roc_auc_score(liked, -np.arange(ITEMS))
        assert measured[user] == pytest.approx(expected)


def test_mean_rank_counts_from_one() -> None:
    assert mean_rank(np.array([0.0, 4.0]), np.array([0, 0])).tolist() == [3.0]


def test_two_alike_items_are_not_diverse_and_two_orthogonal_are() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    measured = beyond.diversity(np.array([[0, 1], [0, 2], [1, -1]]), vectors)
    assert measured[:2].tolist() == [0.0, 1.0]
    assert np.isnan(measured[2])


def test_one_item_for_everybody_is_the_most_uneven() -> None:
    same, spread = np.zeros((4, 1), int), np.arange(4)[:, None]
    assert beyond.gini(spread, 4) == pytest.approx(0)
    assert beyond.gini(same, 4) == pytest.approx(0.75)  # (n - 1) / n


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ndgc@10", "unknown metric 'ndgc@10'; did you mean 'ndcg'"),
        ("shine@10", "available: recall, precision"),
        ("recall", "needs a depth, as in 'recall@10'"),
        ("recall@0", "needs a depth"),
        ("auc@10", "looks at the whole ranking"),
    ],
)
def test_a_bad_metric_name_gets_a_sentence(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        metric(name)


def test_classification_agrees_with_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(0)
    liked = draw.random(400) < 0.6
    probabilities = np.clip(0.3 * liked + 0.7 * draw.random(400), 0, 1).round(2).astype(np.float64)
    measured = classification(probabilities, liked, 0.5, draws=200)
    yes = probabilities >= 0.5
    assert measured["accuracy"].mean == pytest.approx(sklearn.accuracy_score(liked, yes))
    assert measured["precision"].mean == pytest.approx(sklearn.precision_score(liked, yes))
    assert measured["recall"].mean == pytest.approx(sklearn.recall_score(liked, yes))
    assert measured["f1_macro"].mean == pytest.approx(sklearn.f1_score(liked, yes, average="macro"))
    assert measured["auc"].mean == pytest.approx(sklearn.roc_auc_score(liked, probabilities))
    assert all(e.low < e.mean < e.high for e in measured.values())


def test_likes_alone_are_no_classification() -> None:
    with pytest.raises(InputError, match="both likes and dislikes"):
        classification(np.array([0.5, 0.6]), np.array([True, True]))


def test_the_threshold_separates_what_can_be_separated() -> None:
    probabilities, liked = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    assert 0.2 < best_threshold(probabilities, liked) <= 0.8


def test_calibration_error_of_calibrated_and_overconfident_probabilities() -> None:
    draw = np.random.default_rng(0)
    honest = draw.random(20_000)
    happened = draw.random(20_000) < honest
    assert ece(honest, happened) < 0.02
    assert ece(np.full(20_000, 0.99), happened) == pytest.approx(0.49, abs=0.02)


def test_few_answers_look_badly_calibrated_by_chance() -> None:
    sure = np.random.default_rng(0).random(20_000)
    assert ece_by_chance(sure) < 0.02
    few = ece_by_chance(sure[:100])
    assert 0.08 < few < 0.2
    happened = [np.random.default_rng(n).random(100) < sure[:100] for n in range(200)]
    assert few == pytest.approx(np.mean([ece(sure[:100], one) for one in happened]), rel=0.1)


def test_calibration_error_sees_overconfidence_among_many_small_probabilities() -> None:
    small, bold = np.full(1900, 0.05), np.full(100, 0.9)
    happened = np.random.default_rng(0).random(2000) < np.concatenate([small, np.full(100, 0.2)])
    measured = ece_estimate(np.concatenate([small, bold]), happened, np.repeat(np.arange(100), 20))
    assert 0.02 < measured.low < measured.mean < measured.high < 0.09
    assert measured.mean == pytest.approx(0.045, abs=0.01)
    assert measured.n == 100


def test_intervals_have_their_nominal_coverage() -> None:
    draw = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        measured = estimate((draw.random(150) < 0.3).astype(float), seed=trial)
        held += measured.low <= 0.3 <= measured.high
    assert 0.9 <= held / 200 <= 0.99


def test_events_of_a_user_are_one_case() -> None:
    users = np.array(["b", "a", "b", "b"])
    assert by_user(np.array([1.0, 0.5, 0.0, 0.5]), users).tolist() == [0.5, 0.5]
    many = np.random.default_rng(0).integers(0, 20, 2000)
    values = np.random.default_rng(1).normal(size=20)[many]
    over_events, over_users = estimate(values), estimate(by_user(values, many.astype(str)))
    assert over_users.high - over_users.low > 3 * (over_events.high - over_events.low)


def test_a_paired_test_sees_what_separate_intervals_do_not() -> None:
    draw = np.random.default_rng(0)
    user = draw.random(300)
    a, b = user + 0.02 + 0.02 * draw.standard_normal(300), user
    separate = estimates({"a": a, "b": b})
    assert separate["a"].low < separate["b"].high
    measured = compare(a, b)
    assert measured.low > 0
    assert measured.p < 0.01
    assert measured.verdict == "better"


def test_systems_that_do_not_differ_are_not_called_different() -> None:
    draw = np.random.default_rng(5)
    false_alarms = sum(
        compare(draw.random(100), draw.random(100), seed=trial).p < 0.05 for trial in range(100)
    )
    assert false_alarms <= 12
    same = draw.random(50)
    assert compare(same, same).p == 1.0


def test_a_users_missing_value_is_left_out() -> None:
    measured = estimates({"whole": np.ones(4), "holes": np.array([1.0, np.nan, 3.0, np.nan])})
    assert measured["holes"].mean == 2.0
    assert measured["holes"].n == 2
