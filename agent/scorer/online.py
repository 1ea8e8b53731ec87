"""`OnlineLearner`: small steps on f, W, the id vectors and the item-to-item part, event by event.

Every batch of events is first ranked, by the learner, by the version that serves and by the one
that served before it (progressive validation), and only then trained on, with a replay sample of
other users against forgetting. The paired differences in NDCG@10 say when the learner may be
published, when it has gone astray, and when the version that serves should give way to the last.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch.nn import functional

from shelftalker.data.events import Event
from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import REFUSED, HistoryRows, read
from shelftalker.scorer.item_item import recency
from shelftalker.scorer.parts import prior
from shelftalker.scorer.progressive import Paired, first_takes, ndcg
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import padded
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.scorer.weights import ScorerWeights, origins

Rows = npt.NDArray[np.int64]

BATCH = 32  # histories of one optimiser step


@dataclass(frozen=True)
class OnlineSettings:
    """Steps and windows. `noise` is in standard errors of the paired difference."""

    lr: float = 1e-3
    item_rate: float = 0.05
    replay: int = 2
    window: int = 20
    negatives: int = 1000
    rolling: int = 2000
    least: int = 200
    noise: float = 2.0


class OnlineLearner:
    """Learns from the events after a scorer was fitted; the scorer itself is left as it is."""

    def __init__(
        self,
        serving: TwoTowerScorer,
        past: Sequence[Event],
        *,
        before: TwoTowerScorer | None = None,
        settings: OnlineSettings | None = None,
        seed: int = 0,
    ) -> None:
        """`past`: the log that the scorer knows; `before`: the version that served before it."""
        self.settings = settings or OnlineSettings()
        self.catalog = serving.catalog
        self._random = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self._histories: dict[str, list[Event]] = {}
        for event in past:
            self._remember(event)
        self.learned = 0
        self.take(serving, before)

    def take(self, serving: TwoTowerScorer, before: TwoTowerScorer | None = None) -> None:
        """Go on from a scorer as from a fresh start, measuring against it."""
        self.serving, self.before = serving, before
        self._model = _Model(serving, self.settings)
        self.against_serving = Paired(self.settings.rolling)
        self.serving_against_before = Paired(self.settings.rolling)

    def learn(self, events: Sequence[Event]) -> None:
        """Rank the events, newest knowledge excluded, then train on them and remember them."""
        held = [event for event in events if event.item in self.catalog]
        self._validate(held)
        for event in held:
            self._remember(event)
        self._model.count([self.catalog.row(event.item) for event in held])
        users = list(dict.fromkeys(event.user for event in held))
        others = self._random.permutation(list(self._histories))[
            : self.settings.replay * len(users)
        ]
        latest = {event.user: 0 for event in held}
        for event in held:
            latest[event.user] += 1
        readings = [read(self._histories[user], self.catalog) for user in users]
        self._model.relate([(r, latest[user]) for r, user in zip(readings, users, strict=True)])
        replayed = [read(self._histories[user], self.catalog) for user in others]
        self._model.step([*readings, *replayed], self._random)
        self.learned += len(held)

    def gone_astray(self) -> bool:
        """The learner ranks worse than what serves, by more than the noise."""
        return self.against_serving.worse(self.settings.least, self.settings.noise)

    def served_was_worse(self) -> bool:
        """What serves ranks worse than what served before, by more than the noise."""
        return self.serving_against_before.worse(self.settings.least, self.settings.noise)

    def better(self) -> bool:
        """The learner ranks better than what serves, by more than the noise."""
        return self.against_serving.better(self.settings.least, self.settings.noise)

    def scorer(self, card: dict[str, Any] | None = None) -> TwoTowerScorer:
        """What has been learned, as a scorer over the same catalogue; `card` adds to its card."""
        return self.serving.with_weights(self._model.weights(card or {}))

    def _remember(self, event: Event) -> None:
        if event.item in self.catalog:
            self._histories.setdefault(event.user, []).append(event)

    def _validate(self, events: Sequence[Event]) -> None:
        """NDCG@10 of items that users took to for the first time, before anything is learned."""
        histories, rows = first_takes(events, self._histories, self.catalog)
        if not len(rows):
            return
        serving = ndcg(self.serving.side, self.serving.weights, histories, rows)
        own = ndcg(self._model.side, self._model.base, histories, rows)
        self.against_serving.add(own, serving)
        if self.before is not None:
            before = ndcg(self.before.side, self.before.weights, histories, rows)
            self.serving_against_before.add(serving, before)


class _Model:
    """The trainable copy: towers and B of a scorer, bound to its catalogue step by step."""

    def __init__(self, scorer: TwoTowerScorer, settings: OnlineSettings) -> None:
        self.settings = settings
        self.base = scorer.weights
        self.catalog = scorer.catalog
        self.side = scorer.side
        self._text = torch.from_numpy(scorer.side.text)
        self._keys = scorer.digests
        self._origin = origins(scorer.catalog, scorer.weights)
        self._ids = list(scorer.weights.ids)
        self._added: list[int] = []  # rows of items that the log did not have before
        self._counts = scorer.weights.counts.copy()
        self._towers: Towers | None = copy.deepcopy(scorer.weights.towers)
        self._item_item = scorer.weights.item_item
        if self._towers is not None:
            with torch.no_grad():
                self._plain = self._towers.text(self._text)  # g less its id vector
            self._optimizer = self._fresh_optimizer(self._towers)

    def count(self, rows: Sequence[int]) -> None:
        """Count events into the popularity; items new to the log get a place among the trained."""
        fresh = [row for row in dict.fromkeys(rows) if self._origin[row] < 0]
        if fresh and self._towers is not None:
            self._adopt(fresh)
        known = self._origin[np.array(rows, np.int64)]
        np.add.at(self._counts, known[known >= 0], 1)
        counts = np.append(self._counts, 0)[self._origin]
        self.side = replace(self.side, prior=prior(counts))

    def relate(self, users: Sequence[tuple[HistoryRows, int]]) -> None:
        """One normalised step on B for each user's latest events: it should have told them."""
        if self._item_item is None or self.side.place is None:
            return
        entries: list[tuple[Rows, Rows, Floats]] = []
        columns = self._item_item.tocsc()
        for reading, latest in users:
            first = max(1, len(reading.rows) - min(latest, self.settings.window))
            for place in range(first, len(reading.rows)):
                if reading.kinds[place] != REFUSED:
                    entries.append(self._correction(reading[:place], reading.rows[place], columns))
        if entries:
            rows, targets, values = (np.concatenate(part) for part in zip(*entries, strict=True))
            delta = sparse.csr_matrix((values, (rows, targets)), self._item_item.shape)
            self._item_item = (self._item_item + delta).tocsr()
            self.side = replace(self.side, item_item=self._item_item)

    def step(self, readings: Sequence[HistoryRows], random: np.random.Generator) -> None:
        """Steps of next-item cross-entropy over the last events of each history, once each."""
        sequences = [self._origin[reading.sequence(1.0)] for reading in readings]
        windows = [rows[rows >= 0][-self.settings.window :] for rows in sequences]
        windows = [window for window in windows if len(window) > 1]
        if self._towers is None or not windows:
            return
        self._towers.train()
        for part in np.array_split(random.permutation(len(windows)), 1 + len(windows) // BATCH):
            self._step(self._towers, [windows[place] for place in part], random)
        self._towers.eval()
        self._rebind(self._towers)

    def weights(self, card: dict[str, Any]) -> ScorerWeights:
        """What has been learned so far, for saving and serving."""
        added = np.array(self._added, np.int64)
        return replace(
            self.base,
            ids=list(self._ids),
            text=np.concatenate([self.base.text, self.side.text[added]]),
            digests=np.concatenate([self.base.digests, self._keys[added]]),
            counts=self._counts.copy(),
            towers=copy.deepcopy(self._towers),
            item_item=self._item_item,
            card={**self.base.card, **card},
        )

    def _step(self, towers: Towers, windows: Sequence[Rows], random: np.random.Generator) -> None:
        held = np.flatnonzero(self._origin >= 0)
        drawn = self._origin[random.choice(held, self.settings.negatives)]
        rows = np.unique(np.concatenate([*windows, drawn]))
        place = np.empty(len(self._ids), np.int64)  # of each trained item in the catalogue
        place[self._origin[held]] = held
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
        self.side = replace(self.side, towers=towers, vectors=vectors)

    def _correction(
        self, history: HistoryRows, target: int, columns: sparse.csc_matrix
    ) -> tuple[Rows, Rows, Floats]:
        """What to add to B[history, target] so that the history predicts the target a bit more."""
        mix, origin = self.base.mix, self._origin
        weights = history.weights(mix.low_rating) * recency(len(history.rows), mix.decay)
        last = dict(zip(origin[history.rows].tolist(), weights.tolist(), strict=True))
        last.pop(int(origin[target]), None)
        rows = np.array([row for row in last if row >= 0], np.int64)
        own = np.array([last[row] for row in rows.tolist()], np.float32)
        column = columns[:, [origin[target]]].toarray()[:, 0]
        missing = 1.0 - float(own @ column[rows])
        step = self.settings.item_rate * missing / (1.0 + float(own @ own))
        return rows, np.full(len(rows), origin[target]), step * own

    def _adopt(self, fresh: list[int]) -> None:
        """Give items a row among the trained: no id vector yet, their neighbours' ties."""
        assert self._towers is not None
        assert self._item_item is not None
        assert self.side.place is not None
        near = self.side.place[fresh]
        ties = self._item_item
        corner = sparse.csr_matrix((len(fresh), len(fresh)), dtype=np.float32)
        self._item_item = sparse.bmat([[ties, ties @ near.T], [near @ ties, corner]], format="csr")
        self._towers.ids = _grown(self._towers.ids, len(fresh))
        self._optimizer = self._fresh_optimizer(self._towers)
        self._origin[fresh] = np.arange(len(fresh)) + len(self._ids)
        self._ids += [self.catalog.ids[row] for row in fresh]
        self._added += fresh
        self._counts = np.concatenate([self._counts, np.zeros(len(fresh), np.int64)])
        self.side = replace(self.side, item_item=self._item_item, place=self._placed(fresh))

    def _placed(self, fresh: list[int]) -> sparse.csr_matrix:
        """The placement with the adopted items standing for themselves."""
        assert self.side.place is not None
        old = self.side.place.tocoo()
        kept = ~np.isin(old.row, fresh)
        rows = np.concatenate([old.row[kept], fresh])
        columns = np.concatenate([old.col[kept], self._origin[fresh]])
        values = np.concatenate([old.data[kept], np.ones(len(fresh), np.float32)])
        return sparse.csr_matrix((values, (rows, columns)), (len(self.catalog), len(self._ids)))

    def _fresh_optimizer(self, towers: Towers) -> torch.optim.Optimizer:
        towers.text.requires_grad_(False)  # g of an item without an id stays where it is indexed
        trained = [weight for weight in towers.parameters() if weight.requires_grad]
        return torch.optim.AdamW(trained, lr=self.settings.lr, weight_decay=0.0)


def _grown(embedding: torch.nn.Embedding, more: int) -> torch.nn.Embedding:
    """An embedding with more rows, each what an unknown id has."""
    rows, dim = embedding.weight.shape
    larger = torch.nn.Embedding(rows + more, dim, padding_idx=0)
    with torch.no_grad():
        larger.weight[:rows] = embedding.weight
        larger.weight[rows:] = embedding.weight[0]  # as an item without an id
    return larger
