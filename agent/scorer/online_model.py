"""The trainable copy of a scorer that online learning changes: towers, B, id vectors, popularity.

B takes normalised least-squares steps, the towers Adam steps on next-item cross-entropy.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.history import REFUSED, HistoryRows
from shelftalker.scorer.item_item import recency
from shelftalker.scorer.parts import prior
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import padded
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.scorer.weights import ScorerWeights, of_items, origins

BATCH = 32  # histories of one optimiser step
LR, NEGATIVES = 1e-3, 1000  # of the towers
ITEM_RATE = 0.05  # step size on B
WINDOW = 20  # latest events that are learned of one history


class OnlineModel:
    """A trainable copy of a scorer's towers and B, and the `ItemSide` that they give now."""

    def __init__(self, scorer: TwoTowerScorer, dropout: "SeededDropout") -> None:
        self.base = scorer.weights
        self.catalog = scorer.catalog
        self.side = replace(scorer.side, links=None)  # their product would not learn
        self._text = torch.from_numpy(scorer.side.text)
        self._keys = scorer.digests
        self._origin = origins(scorer.catalog, scorer.weights)
        self._ids = list(scorer.weights.ids)
        self._added: list[int] = []  # catalogue rows of items that were not trained before
        self._counts = scorer.weights.counts.copy()
        self._recent = scorer.weights.recent
        self._towers: Towers | None = None
        self._item_item = scorer.weights.item_item
        if (towers := scorer.weights.towers) is not None:
            self._towers = Towers.of(towers, scorer.weights.settings.dropout)
            self._dropout, self._plain_dropout = dropout, self._towers.dropout
            with torch.no_grad():
                self._plain = self._towers.text(self._text)  # g less its id vector
            self._optimizer = self._fresh_optimizer(self._towers)

    def count(self, rows: Sequence[int]) -> None:
        """Add events to the popularity; items without events so far join the trained ones, as one
        with all variants of their group."""
        firsts = self.catalog.first_of_group
        fresh = [row for row in dict.fromkeys(firsts[list(rows)].tolist()) if self._origin[row] < 0]
        if fresh and self._towers is not None:
            self._adopt(fresh)
        known = self._origin[np.array(rows, np.int64)]
        np.add.at(self._counts, known[known >= 0], 1)
        self.side = replace(self.side, prior=prior(of_items(self._counts, self._origin)))
        if self._recent is not None:
            self._recent = self._recent.after(known[known >= 0], len(self._counts))
            trend = of_items(self._recent.trend(self._counts), self._origin)
            of_late = prior(of_items(self._recent.counts, self._origin))
            self.side = replace(self.side, newcomers=of_late, trend=trend)

    def relate(self, users: Sequence[tuple[HistoryRows, int]]) -> None:
        """One normalised least-squares step on B towards predicting each user's latest events."""
        if self._towers is None:
            return
        entries: list[tuple[Rows, Rows, Floats]] = []
        columns = self._item_item.tocsc()
        for reading, latest in users:
            first = max(1, len(reading.rows) - min(latest, WINDOW))
            for place in range(first, len(reading.rows)):
                if reading.kinds[place] != REFUSED:
                    entries.append(self._correction(reading[:place], reading.rows[place], columns))
        if entries:
            rows, targets, values = (np.concatenate(part) for part in zip(*entries, strict=True))
            delta = sparse.csr_matrix((values, (rows, targets)), self._item_item.shape)
            self._item_item = (self._item_item + delta).tocsr()
            self.side = replace(self.side, item_item=self._item_item)

    def step(self, readings: Sequence[HistoryRows], random: np.random.Generator) -> None:
        """Train the towers for one epoch on the last events of each history: next-item softmax
        cross-entropy with sampled negatives."""
        sequences = [self._origin[reading.sequence()] for reading in readings]
        windows = [rows[rows >= 0][-WINDOW:] for rows in sequences]
        windows = [window for window in windows if len(window) > 1]
        if self._towers is None or not windows:
            return
        self._towers.train().dropout = self._dropout
        for part in np.array_split(random.permutation(len(windows)), 1 + len(windows) // BATCH):
            self._step(self._towers, [windows[place] for place in part], random)
        self._towers.eval().dropout = self._plain_dropout
        self._rebind(self._towers)

    def weights(self, card: dict[str, Any]) -> ScorerWeights:
        """A copy of the weights learned so far."""
        added = np.array(self._added, np.int64)
        return replace(
            self.base,
            ids=list(self._ids),
            text=np.concatenate([self.base.text, self.side.text[added]]),
            digests=np.concatenate([self.base.digests, self._keys[added]]),
            counts=self._counts.copy(),
            recent=self._recent,
            towers=copy.deepcopy(self._towers.weights()) if self._towers else None,
            item_item=self._item_item,
            card={**self.base.card, **card},
        )

    def _step(self, towers: Towers, windows: Sequence[Rows], random: np.random.Generator) -> None:
        trained = np.flatnonzero(self._origin >= 0)
        drawn = self._origin[random.choice(trained, NEGATIVES)]
        rows = np.unique(np.concatenate([*windows, drawn]))
        place = np.empty(len(self._ids), np.int64)  # of each trained item in the catalogue
        place[self._origin[trained]] = trained
        candidates = torch.from_numpy(rows)
        items = self._plain[torch.from_numpy(place[rows])] + towers.ids(candidates + 1)
        batch = padded(windows)
        real = batch[:, 1:] >= 0
        places = torch.searchsorted(candidates, batch.clamp(min=int(rows[0])))
        states = towers.users(items[places[:, :-1]])
        self._optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(towers(states[real], items), places[:, 1:][real])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(towers.parameters(), 1.0)
        self._optimizer.step()

    def _rebind(self, towers: Towers) -> None:
        with torch.no_grad():
            ids = towers.ids(torch.from_numpy(self._origin + 1))
            vectors = (self._plain + ids).numpy()
        self.side = replace(self.side, towers=towers.weights(), vectors=vectors)

    def _correction(
        self, history: HistoryRows, target: int, columns: sparse.csc_matrix
    ) -> tuple[Rows, Rows, Floats]:
        """Rows, columns and values to add to B so that the history predicts the target better."""
        mix, origin = self.base.mix, self._origin
        weights = history.weights(mix.grades) * recency(len(history.rows), mix.decay)
        last = dict(zip(origin[history.rows].tolist(), weights.tolist(), strict=True))
        last.pop(int(origin[target]), None)
        rows = np.array([row for row in last if row >= 0], np.int64)
        own = np.array([last[row] for row in rows.tolist()], np.float32)
        column = columns[:, [origin[target]]].toarray()[:, 0]
        missing = 1.0 - float(own @ column[rows])
        step = ITEM_RATE * missing / (1.0 + float(own @ own))
        return rows, np.full(len(rows), origin[target]), step * own

    def _adopt(self, fresh: list[int]) -> None:
        """Let items join the trained ones: the id vector of an unknown item, and in B a mixture of
        the rows of their nearest neighbours."""
        assert self._towers is not None
        mixture, known = self.side.place[fresh], self._item_item
        corner = sparse.csr_matrix((len(fresh), len(fresh)), dtype=np.float32)
        blocks = [[known, known @ mixture.T], [mixture @ known, corner]]
        self._item_item = sparse.bmat(blocks, format="csr")
        self._towers.ids = _grown(self._towers.ids, len(fresh))
        self._optimizer = self._fresh_optimizer(self._towers)
        place = {row: len(self._ids) + n for n, row in enumerate(fresh)}
        firsts = self.catalog.first_of_group
        members = np.flatnonzero(np.isin(firsts, fresh) & (self._origin < 0))
        self._origin[members] = [place[row] for row in firsts[members].tolist()]
        self._ids += [self.catalog.ids[row] for row in fresh]
        self._added += fresh
        self._counts = np.concatenate([self._counts, np.zeros(len(fresh), np.int64)])
        self.side = replace(self.side, item_item=self._item_item, place=self._placed(members))

    def _placed(self, fresh: Rows) -> sparse.csr_matrix:
        """The `place` matrix in which each adopted item maps to its own trained one."""
        old = self.side.place.tocoo()
        kept = ~np.isin(old.row, fresh)
        rows = np.concatenate([old.row[kept], fresh])
        columns = np.concatenate([old.col[kept], self._origin[fresh]])
        values = np.concatenate([old.data[kept], np.ones(len(fresh), np.float32)])
        return sparse.csr_matrix((values, (rows, columns)), (len(self.catalog), len(self._ids)))

    def _fresh_optimizer(self, towers: Towers) -> torch.optim.Optimizer:
        towers.text.requires_grad_(False)  # else every item without an id must be indexed again
        trained = [weight for weight in towers.parameters() if weight.requires_grad]
        return torch.optim.AdamW(trained, lr=LR, weight_decay=0.0, fused=True)


class SeededDropout(nn.Dropout):
    """Dropout with a random stream of its own: the global one belongs to the serving process."""

    def __init__(self, share: float, seed: int) -> None:
        super().__init__(share)
        self._generator = torch.Generator().manual_seed(seed)

    def forward(self, values: Tensor) -> Tensor:
        kept = torch.empty_like(values).bernoulli_(1 - self.p, generator=self._generator)
        return values * kept / (1 - self.p)


def _grown(embedding: nn.Embedding, more: int) -> nn.Embedding:
    """The embedding with more rows, each a copy of row 0, which stands for an unknown id."""
    weight = embedding.weight.detach()
    rows = torch.cat([weight, weight[:1].expand(more, -1)])
    return nn.Embedding(len(rows), rows.shape[1], padding_idx=0, _weight=rows)
