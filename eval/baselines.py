"""Baselines: published recommenders behind one interface, each tuned on validation users.

`load(name)` returns `fit(catalog, train, seed, progress) -> Score`. Fitting holds out every user's
last training event, chooses the entry of the peer's grid with the best NDCG@10 on at most
`VALIDATION_USERS` users, and refits it on all of `train`. The two transformers choose their number
of epochs by early stopping instead (`sequential_peers.py`). Every event is an interaction, and
histories are in order, as for our scorer.
"""

import itertools
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse
from threadpoolctl import threadpool_limits

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError
from shelftalker.eval.leave_one_out import Score, Split, by_user, leave_one_out, rank_targets
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.history import read
from shelftalker.scorer.item_item import ease_dense, incidence

PEERS = {
    "random": "shelftalker.eval.baselines:random",
    "popularity": "shelftalker.eval.baselines:popularity",
    "recent-popularity": "shelftalker.eval.baselines:recent_popularity",
    "text": "shelftalker.eval.baselines:text_similarity",
    "itemknn": "shelftalker.eval.baselines:item_knn",
    "ials": "shelftalker.eval.baselines:ials",
    "bpr": "shelftalker.eval.baselines:bpr",
    "ease": "shelftalker.eval.baselines:ease",
    "sasrec": "shelftalker.eval.sequential_peers:sasrec",
    "bert4rec": "shelftalker.eval.sequential_peers:bert4rec",
}
GRIDS: dict[str, dict[str, Sequence[float | str]]] = {
    "recent-popularity": {"share": (0.003, 0.01, 0.03, 0.1, 0.3)},
    "text": {"decay": (1.0, 3.0, 10.0, 1e9)},
    "itemknn": {"kind": ("Cosine", "TFIDF", "BM25"), "neighbours": (20, 50, 100, 300)},
    "ials": {"factors": (32, 64, 128), "regularization": (0.1, 1.0, 10.0), "alpha": (1.0, 10.0)},
    "bpr": {"factors": (64,), "rate": (0.01, 0.05), "regularization": (0.001, 0.01)},
    "ease": {"ridge": (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)},
}
VALIDATION_USERS = 1000
ITERATIONS = {"ials": 15, "bpr": 100}

Build = Callable[..., Score]


class Fit(Protocol):
    """The signature of every entry of `PEERS`."""

    def __call__(
        self,
        catalog: Catalog,
        train: Sequence[Event],
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Score: ...


def load(name: str) -> Fit:
    """The peer of that name. Raises `InputError`."""
    if name not in PEERS:
        raise InputError(f"unknown peer {name!r}; available: {', '.join(PEERS)}")
    module, attribute = PEERS[name].split(":")
    fit: Fit = getattr(import_module(module), attribute)
    return fit


def random(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Random scores."""
    generator = np.random.default_rng(seed)
    return lambda histories: generator.random((len(histories), len(catalog)), np.float32)


def popularity(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """The number of users of each item, the same for everybody."""
    pairs = {(event.user, event.item) for event in train}
    counts = np.bincount(catalog.rows([item for _, item in pairs]), minlength=len(catalog))
    return lambda histories: np.tile(counts.astype(np.float32), (len(histories), 1))


def recent_popularity(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Popularity with exponential decay; the half-life is a share of the log's time span."""

    def build(train: Sequence[Event], share: float) -> Score:
        known = [event for event in train if event.item in catalog]
        times = np.array([event.time for event in known])
        age = (times.max() - times) / max(share * np.ptp(times), 1e-9)
        rows = catalog.rows([event.item for event in known])
        counts = np.bincount(rows, np.exp2(-age), len(catalog)).astype(np.float32)
        return lambda histories: np.tile(counts, (len(histories), 1))

    return tuned("recent-popularity", build, catalog, train, progress)


def text_similarity(
    catalog: Catalog,
    train: Sequence[Event],
    seed: int = 0,
    progress: Progress | None = None,
    encoder: Encoder | None = None,
) -> Score:
    """Cosine of an item's text to the (recency-weighted) mean of the history's texts."""
    from shelftalker.scorer.encoder import open_encoder

    used = encoder or open_encoder()
    vectors = used.encode([item.embedding_text() for item in catalog], progress)

    def build(train: Sequence[Event], decay: float) -> Score:
        def score(histories: Sequence[Sequence[Event]]) -> Floats:
            seen = incidence(_rows(histories, catalog), len(catalog), decay)
            scores: Floats = (seen @ vectors) @ vectors.T
            return scores

        return score

    return tuned("text", build, catalog, train, progress)


def item_knn(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Nearest neighbours of each history item (implicit; Sarwar et al., WWW 2001)."""
    from implicit import nearest_neighbours

    def build(train: Sequence[Event], kind: str, neighbours: int) -> Score:
        model = getattr(nearest_neighbours, f"{kind}Recommender")(K=neighbours, num_threads=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about implicit's own matrix format
            model.fit(_matrix(train, catalog), show_progress=False)
        return _linear(sparse.csr_matrix(model.similarity, dtype=np.float32), catalog)

    return tuned("itemknn", build, catalog, train, progress)


def ials(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Implicit ALS (Hu, Koren, Volinsky, ICDM 2008); users are folded in from their histories."""
    from implicit.als import AlternatingLeastSquares

    def build(train: Sequence[Event], factors: int, regularization: float, alpha: float) -> Score:
        with threadpool_limits(1, "blas"):  # as implicit recommends: BLAS threads slow it down
            model = AlternatingLeastSquares(
                factors=factors,
                regularization=regularization,
                alpha=alpha,
                iterations=ITERATIONS["ials"],
                random_state=seed,
                num_threads=1,
            )
            model.fit(_matrix(train, catalog), show_progress=False)

        def score(histories: Sequence[Sequence[Event]]) -> Floats:
            seen = incidence(_rows(histories, catalog), len(catalog))
            users = model.recalculate_user(np.arange(len(histories)), seen)
            scores: Floats = users @ model.item_factors.T
            return scores

        return score

    return tuned("ials", build, catalog, train, progress)


def bpr(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Matrix factorisation by pairwise ranking (Rendle et al., UAI 2009). It knows training users
    only; others get the mean user's ranking."""
    from implicit.bpr import BayesianPersonalizedRanking

    def build(train: Sequence[Event], factors: int, rate: float, regularization: float) -> Score:
        model = BayesianPersonalizedRanking(
            factors=factors,
            learning_rate=rate,
            regularization=regularization,
            iterations=ITERATIONS["bpr"],
            random_state=seed,
            num_threads=1,
        )
        model.fit(_matrix(train, catalog), show_progress=False)
        place = {user: row for row, user in enumerate(by_user(train))}
        users = np.vstack([model.user_factors, model.user_factors.mean(0)])

        def score(histories: Sequence[Sequence[Event]]) -> Floats:
            rows = [place.get(own[0].user, -1) if own else -1 for own in histories]
            scores: Floats = users[rows] @ model.item_factors.T
            return scores

        return score

    return tuned("bpr", build, catalog, train, progress)


def ease(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """EASE (Steck, WWW 2019) on the binary log, without recency."""

    def build(train: Sequence[Event], ridge: float) -> Score:
        users = _rows(list(by_user(train).values()), catalog)
        return _linear(ease_dense(users, len(catalog), ridge), catalog)

    return tuned("ease", build, catalog, train, progress)


def tuned(
    name: str,
    build: Build,
    catalog: Catalog,
    train: Sequence[Event],
    progress: Progress | None = None,
) -> Score:
    """Build with each entry of the peer's grid, then with the best one on all of `train`."""
    grid = [
        dict(zip(GRIDS[name], values, strict=True))
        for values in itertools.product(*GRIDS[name].values())
    ]
    held = validation(train, catalog)
    best, best_value = grid[0], -1.0
    for done, entry in enumerate(grid if held.targets else []):
        value = ndcg(rank_targets(build(held.train, **entry), held, catalog)).mean()
        if value > best_value:
            best, best_value = entry, value
        if progress:
            progress(done + 1, len(grid), f"{name} {entry}: validation NDCG@10 {value:.4f}")
    return build(train, **best)


def validation(train: Sequence[Event], catalog: Catalog) -> Split:
    """Holds out every user's last training event; at most `VALIDATION_USERS` fixed users."""
    split = leave_one_out([event for event in train if event.item in catalog])
    if len(split.targets) <= VALIDATION_USERS:
        return split
    picked = np.random.default_rng(0).choice(len(split.targets), VALIDATION_USERS, replace=False)
    return Split(
        split.train,
        [split.histories[user] for user in picked],
        [split.targets[user] for user in picked],
    )


def _rows(histories: Sequence[Sequence[Event]], catalog: Catalog) -> list[npt.NDArray[np.int64]]:
    return [read(history, catalog).rows for history in histories]


def _matrix(train: Sequence[Event], catalog: Catalog) -> sparse.csr_matrix:
    """float32 [users, items], 1 for an interaction."""
    return incidence(_rows(list(by_user(train).values()), catalog), len(catalog))


def _linear(weights: Floats | sparse.csr_matrix, catalog: Catalog) -> Score:
    """Scores are the history's indicator vector times `weights` [items, items]."""

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        scores = incidence(_rows(histories, catalog), len(catalog)) @ weights
        dense: Floats = scores.toarray() if sparse.issparse(scores) else scores
        return dense

    return score
