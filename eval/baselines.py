"""Baselines: published recommenders behind one interface, each tuned on validation users.

`load(name)` returns `fit(catalog, train, seed, progress) -> Score`. A peer is a function
`peer(context, train, **entry) -> Score`, which fits one entry of its grid. Fitting holds out every
user's last training event, chooses the entry with the best NDCG@10 on at most `VALIDATION_USERS`
users, and refits it on all of `train`. The two transformers choose their number of epochs by early
stopping instead (`sequential_peers.py`). Every event is an interaction, and histories are in order,
as for our scorer.
"""

import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from threadpoolctl import threadpool_limits

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError
from shelftalker.eval.full_ranking import Score, rank_all
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.eval.splits import HeldOut, by_user, leave_last
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.encoder import open_encoder
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
"""`build(train, **entry)`."""
Fit = Callable[..., Score]
"""`fit(catalog, train, seed=0, progress=None)`."""


@dataclass(frozen=True)
class Context:
    """What a peer is fitted with, besides the log. `encoder`: of text; None: the default one."""

    catalog: Catalog
    seed: int = 0
    progress: Progress | None = None
    encoder: Encoder | None = None

    def rows(self, histories: Sequence[Sequence[Event]]) -> list[npt.NDArray[np.int64]]:
        """The item rows of each history."""
        return [read(history, self.catalog).rows for history in histories]

    @cached_property
    def vectors(self) -> Floats:
        """Text vectors of the catalogue, float32 [items, dim]."""
        encoder = self.encoder or open_encoder()
        return encoder.encode([item.embedding_text() for item in self.catalog], self.progress)

    def log(self, train: Sequence[Event]) -> sparse.csr_matrix:
        """Who took what, float32 [users, items]."""
        return self.matrix(list(by_user(train).values()))

    def matrix(
        self, histories: Sequence[Sequence[Event]], decay: float | None = None
    ) -> sparse.csr_matrix:
        """float32 [users, items], 1 for an interaction, or less for older ones with `decay`."""
        return incidence(self.rows(histories), len(self.catalog), decay)

    def linear(self, weights: Floats | sparse.csr_matrix) -> Score:
        """Scores are the history's indicator vector times `weights` [items, items]."""

        def score(histories: Sequence[Sequence[Event]]) -> Floats:
            scores = self.matrix(histories) @ weights
            dense: Floats = scores.toarray() if sparse.issparse(scores) else scores
            return dense

        return score


def load(name: str, encoder: Encoder | None = None) -> Fit:
    """The peer of that name. Raises `InputError`."""
    if name not in PEERS:
        raise InputError(f"unknown peer {name!r}; available: {', '.join(PEERS)}")
    module, attribute = PEERS[name].split(":")
    peer = getattr(import_module(module), attribute)

    def fit(
        catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
    ) -> Score:
        build = partial(peer, Context(catalog, seed, progress, encoder))
        return tuned(name, build, catalog, train, progress)

    return fit


def tuned(
    name: str,
    build: Build,
    catalog: Catalog,
    train: Sequence[Event],
    progress: Progress | None = None,
) -> Score:
    """Build with each entry of the peer's grid, then with the best one on all of `train`."""
    choices = GRIDS.get(name, {})
    entries: list[dict[str, Any]] = [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]
    best, best_value = entries[0], -1.0
    held = validation(train, catalog)
    for done, entry in enumerate(entries if choices and held.targets else (), 1):
        value = validation_ndcg(build(held.train, **entry), held, catalog)
        if value > best_value:
            best, best_value = entry, value
        if progress:
            progress(done, len(entries), f"{name} {entry}: validation NDCG@10 {value:.4f}")
    return build(train, **best)


def validation(train: Sequence[Event], catalog: Catalog) -> HeldOut:
    """Holds out every user's last training event; at most `VALIDATION_USERS` fixed users."""
    held = leave_last([event for event in train if event.item in catalog])
    if len(held.targets) <= VALIDATION_USERS:
        return held
    return held.part(
        np.random.default_rng(0).choice(len(held.targets), VALIDATION_USERS, replace=False).tolist()
    )


def validation_ndcg(score: Score, held: HeldOut, catalog: Catalog) -> float:
    """Mean NDCG@10 of the held-out events."""
    return float(ndcg(rank_all(score, held, catalog).ranks).mean())


def random(context: Context, train: Sequence[Event]) -> Score:
    """Random scores."""
    generator, items = np.random.default_rng(context.seed), len(context.catalog)
    return lambda histories: generator.random((len(histories), items), np.float32)


def popularity(context: Context, train: Sequence[Event]) -> Score:
    """The number of users of each item, the same for everybody."""
    pairs = {(event.user, event.item) for event in train}
    rows = context.catalog.rows([item for _, item in pairs])
    return _same_for_all(np.bincount(rows, minlength=len(context.catalog)))


def recent_popularity(context: Context, train: Sequence[Event], share: float) -> Score:
    """Popularity with exponential decay; the half-life is a share of the log's time span."""
    known = [event for event in train if event.item in context.catalog]
    times = np.array([event.time for event in known])
    age = (times.max() - times) / max(share * np.ptp(times), 1e-9)
    rows = context.catalog.rows([event.item for event in known])
    return _same_for_all(np.bincount(rows, np.exp2(-age), len(context.catalog)))


def _same_for_all(counts: npt.NDArray[Any]) -> Score:
    return lambda histories: np.tile(counts.astype(np.float32), (len(histories), 1))


def text_similarity(context: Context, train: Sequence[Event], decay: float) -> Score:
    """Cosine of an item's text to the (recency-weighted) mean of the history's texts."""
    vectors = context.vectors
    return lambda histories: (context.matrix(histories, decay) @ vectors) @ vectors.T


def item_knn(context: Context, train: Sequence[Event], kind: str, neighbours: int) -> Score:
    """Nearest neighbours of each history item (implicit; Sarwar et al., WWW 2001)."""
    from implicit import nearest_neighbours

    model = getattr(nearest_neighbours, f"{kind}Recommender")(K=neighbours, num_threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about implicit's own matrix format
        model.fit(context.log(train), show_progress=False)
    return context.linear(sparse.csr_matrix(model.similarity, dtype=np.float32))


def ials(context: Context, train: Sequence[Event], **entry: float) -> Score:
    """Implicit ALS (Hu, Koren, Volinsky, ICDM 2008); users are folded in from their histories."""
    from implicit.als import AlternatingLeastSquares

    with threadpool_limits(1, "blas"):  # as implicit recommends: BLAS threads slow it down
        model = AlternatingLeastSquares(
            **entry, iterations=ITERATIONS["ials"], random_state=context.seed, num_threads=1
        )
        model.fit(context.log(train), show_progress=False)

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        users = model.recalculate_user(np.arange(len(histories)), context.matrix(histories))
        scores: Floats = users @ model.item_factors.T
        return scores

    return score


def bpr(context: Context, train: Sequence[Event], rate: float, **entry: float) -> Score:
    """Matrix factorisation by pairwise ranking (Rendle et al., UAI 2009). It knows training users
    only; others get the mean user's ranking."""
    from implicit.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        learning_rate=rate, **entry, iterations=ITERATIONS["bpr"],
        random_state=context.seed, num_threads=1,
    )  # fmt: skip
    model.fit(context.log(train), show_progress=False)
    place = {user: row for row, user in enumerate(by_user(train))}
    users = np.vstack([model.user_factors, model.user_factors.mean(0)])

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        rows = [place.get(own[0].user, -1) if own else -1 for own in histories]
        scores: Floats = users[rows] @ model.item_factors.T
        return scores

    return score


def ease(context: Context, train: Sequence[Event], ridge: float) -> Score:
    """EASE (Steck, WWW 2019) on the binary log, without recency."""
    users = context.rows(list(by_user(train).values()))
    return context.linear(ease_dense(users, len(context.catalog), ridge))
