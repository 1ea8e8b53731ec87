"""The exact algorithms below the scorer: EASE, top-k, sampled softmax.

Run with `pytest tests/unit/scorer/test_item_item.py`.
"""

import numpy as np
import pytest
import torch

from shelftalker.eval.splits import by_user
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.history import read
from shelftalker.scorer.index import top_k
from shelftalker.scorer.item_item import ease, incidence
from shelftalker.scorer.settings import Training
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import candidates, train
from tests.support.shelf_world import log, shelf_of, world


@pytest.mark.parametrize(("users", "items"), [(40, 6), (20, 30)], ids=["items", "users"])
def test_ease_equals_the_ridge_regression_of_each_item_on_the_others(
    users: int, items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.item_item.BLOCK", 4)
    rng = np.random.default_rng(3)
    log = [rng.permutation(items)[: rng.integers(1, 6)].astype(np.int64) for _ in range(users)]
    dense = incidence(log, items).toarray().astype(np.float64)
    weights = ease(log, items, ridge=2.0).toarray()
    for item in range(items):
        rest = [other for other in range(items) if other != item]
        x = dense[:, rest]
        solution = np.linalg.solve(x.T @ x + 2.0 * np.eye(items - 1), x.T @ dense[:, item])
        np.testing.assert_allclose(weights[rest, item], solution, atol=1e-4)
    assert not weights.diagonal().any()


def test_a_large_catalogue_is_regressed_on_the_nearest_items(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    users = [rng.permutation(9)[: rng.integers(2, 6)].astype(np.int64) for _ in range(30)]
    exact = ease(users, 9, ridge=2.0).toarray()
    monkeypatch.setattr("shelftalker.scorer.item_item.DENSE_LIMIT", 3)
    monkeypatch.setattr("shelftalker.scorer.item_item.BLOCK", 4)
    np.testing.assert_allclose(ease(users, 9, ridge=2.0).toarray(), exact, atol=1e-4)
    monkeypatch.setattr("shelftalker.scorer.item_item.NEAREST", 2)
    few = ease(users, 9, ridge=2.0).toarray()
    assert np.count_nonzero(few, axis=0).max() == 2
    shared = incidence(users, 9)
    counts = (shared.T @ shared).toarray()
    cosine = counts / np.sqrt(np.diag(counts) + 2.0)[:, None]
    np.fill_diagonal(cosine, -1)
    for item in range(9):  # the two are the nearest, and regressed on together
        near = np.flatnonzero(few[:, item])
        assert cosine[near, item].min() >= np.sort(cosine[:, item])[-2]
        gram = counts[np.ix_(near, near)] + 2.0 * np.eye(2)
        solution = np.linalg.solve(gram, counts[near, item])
        np.testing.assert_allclose(few[near, item], solution, atol=1e-4)


def test_the_smallest_counts_go_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelftalker.scorer.item_item.DENSE_LIMIT", 3)
    monkeypatch.setattr("shelftalker.scorer.item_item.BLOCK", 4)
    pairs = [(0, 1)] * 3 + [(0, 2), (1, 2)] * 2 + [(2, 3), (3, 4), (4, 5)]
    users = [np.array(pair, np.int64) for pair in pairs]
    whole = ease(users, 6, ridge=2.0)
    monkeypatch.setattr("shelftalker.scorer.item_item.MOST_COUNTS", 12)
    fewer = ease(users, 6, ridge=2.0)
    assert whole[3, 4] > 0
    assert fewer[3, 4] == 0
    np.testing.assert_allclose(fewer[:3, :2].toarray(), whole[:3, :2].toarray(), atol=1e-6)


def test_a_sampled_softmax_learns_too(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.training.FULL_SOFTMAX", 8)
    monkeypatch.setattr("shelftalker.scorer.training.SAMPLED", 6)
    catalog = world()
    text = torch.from_numpy(encoder.encode([item.embedding_text() for item in catalog]))
    users = [read(own, catalog).rows for own in by_user(log()).values()]
    torch.manual_seed(0)  # of the first weights
    towers = Towers(text.shape[1], len(catalog), 16, 0.1)
    train(towers, users, text, Training(dim=16, batch=2), 0, epochs=6)
    vectors = towers.items(text, torch.arange(1, len(catalog) + 1))
    heist = catalog.rows(["crime-heist", "crime-jury"])
    logits = towers(towers.users(vectors[heist][None])[:, -1], vectors)[0]
    crime = torch.tensor([shelf_of(item_id) == "crime" for item_id in catalog.ids])
    assert logits[crime].min() > logits[~crime].max()


def test_the_sampled_normaliser_is_that_of_all_items_on_average(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shelftalker.scorer.training.FULL_SOFTMAX", 8)
    monkeypatch.setattr("shelftalker.scorer.training.SAMPLED", 20)
    torch.manual_seed(0)
    logits = torch.randn(200)
    batch = torch.tensor([[3, 7, 150], [7, 12, -1]])
    sums = []
    for _ in range(2000):
        rows, added = candidates(batch, 200)
        assert set(rows.tolist()) >= {3, 7, 12, 150}
        assert len(rows) == 24
        sums.append(float(torch.exp(logits[rows] + added).sum()))
    assert np.mean(sums) == pytest.approx(float(torch.exp(logits).sum()), rel=0.03)


@pytest.mark.parametrize(
    ("items", "n"), [(500, 1), (500, 10), (500, 499), (500, 500), (500, 900), (50_000, 20)]
)
def test_top_k_equals_a_full_sort_ties_by_row(items: int, n: int) -> None:
    rng = np.random.default_rng(n)
    scores = rng.integers(0, items // 10, items).astype(np.float32)
    mask = rng.random(items) < 0.8
    expected = sorted(np.flatnonzero(mask), key=lambda row: (-scores[row], row))[:n]
    assert top_k(scores, n, mask).tolist() == expected
