"""Fit a scorer: select hyper-parameters on each user's last event, then refit on the whole log.

Selected on validation: the ridge and the recency decay of the item-to-item part, the towers'
epochs, the weights of low ratings, views and clicks, and those of the parts (by likelihood, then by
NDCG@10). How fast popularity fades is chosen on newcomers (`trend.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from scipy import sparse

from shelftalker.scorer.again import fit_again
from shelftalker.scorer.base import Floats, Rows
from shelftalker.scorer.checkpoints import Checkpoints, key_of
from shelftalker.scorer.history import REFUSED, Histories
from shelftalker.scorer.item_item import ease, incidence
from shelftalker.scorer.mixing import Held, choose_grades, fit_mix
from shelftalker.scorer.parts import Fitted, ItemSide, Mix, centre, prior
from shelftalker.scorer.settings import Epoch, Training, Watch
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import train
from shelftalker.scorer.trend import recent_counts

RIDGES = (30.0, 100.0, 300.0, 1000.0)
DECAYS = (3.0, 5.0, 10.0, 20.0, 50.0)
MAX_VALIDATION_SCORES = 12_000_000  # users × items that are scored for validation
RIDGE_ITEMS = 4_000  # most popular items of a larger catalogue, on which the ridge is selected
FEW_USERS = 20  # fewer validation users than this: the defaults are used

Report = Callable[[str], None]


@dataclass(frozen=True)
class FitData:
    """The inputs of a fit: each user's history, text vectors float32 [items, text_dim] of the items
    in them, settings and seed."""

    histories: Histories
    text: Floats
    settings: Training
    seed: int = 0

    def fingerprint(self) -> str:
        """A hash of all of this."""
        lengths = self.histories.lengths
        kinds = [history.kinds for history in self.histories]
        log = [np.concatenate(part) for part in (self.rows(), kinds)]
        return key_of(self.settings, self.seed, [self.text, lengths, *log])

    def rows(self) -> list[Rows]:
        """The item rows of each history: the input of B."""
        return [history.rows for history in self.histories]

    def sequences(self) -> list[Rows]:
        """The rows without dislikes and skips: the input of f."""
        return [history.sequence() for history in self.histories]

    def new_towers(self) -> Towers:
        """Untrained towers, initialised from the seed."""
        torch.manual_seed(self.seed)
        settings = self.settings
        return Towers(self.text.shape[1], len(self.text), settings.dim, settings.dropout)


@dataclass(frozen=True)
class FitObservers:
    """Who follows a fit: `report` gets one line per step, `watch` every epoch; `checkpoints`, if
    given, are stored."""

    report: Report = lambda line: None
    watch: Watch | None = None
    checkpoints: Checkpoints | None = None


@dataclass(frozen=True)
class ValidationChoice:
    """The hyper-parameters selected on validation, and `side`, the parts trained without the
    held-out events. Without `side` there were too few users, and the rest are defaults.
    """

    held: Held
    mix: Mix = Mix()  # noqa: RUF009
    ridge: float = RIDGES[1]
    epochs: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    side: ItemSide | None = None


def fit_parts(data: FitData, observers: FitObservers, folder: Path | None = None) -> Fitted:
    """Fit on every user's whole history. Dislikes and skips count for B, but f does not pool them.

    `folder` holds the checkpoints while it trains.
    """
    if folder:
        observers = replace(observers, checkpoints=Checkpoints(folder, data.fingerprint()))
    chosen = choose(data, observers)
    observers.report("fit on the whole log")
    epochs = chosen.epochs or data.settings.epochs // 2
    towers = data.new_towers()
    train(
        towers,
        data.sequences(),
        torch.from_numpy(data.text),
        data.settings,
        data.seed,
        epochs=epochs,
        watch=observers.watch,
        checkpoints=observers.checkpoints,
    )
    metrics = chosen.metrics | {"epochs": epochs, "ridge": chosen.ridge}
    item_item = ease(data.rows(), len(data.text), chosen.ridge)
    again = fit_again(data.histories, len(data.text), data.seed)
    recent = recent_counts(data.histories, len(data.text))
    return Fitted(towers.weights(), item_item, chosen.mix, metrics, again, recent)


def choose(data: FitData, observers: FitObservers) -> ValidationChoice:
    """Train without each user's last event and select by how that event is ranked."""
    held, items = _held_out(data), len(data.text)
    if len(held.targets) < FEW_USERS:
        return ValidationChoice(held)
    but_last = np.maximum(data.histories.lengths - 1, 0)
    shorter = replace(data, histories=data.histories.first(but_last))
    ridge, decay = _choose_ridge(shorter.rows(), held, items)
    observers.report(f"ridge {ridge:g}, decay {decay:g}")
    side, epochs = _side(shorter, ridge, held, observers)
    mix = fit_mix(side, held, Mix(decay=decay))
    mix = choose_grades(side, mix, held)
    scores = side.logits(held.readings, mix)
    metrics = {"ndcg@10": held.mean_ndcg(scores), "users": len(held.targets)}
    observers.report(f"validation NDCG@10 {metrics['ndcg@10']:.4f}")
    return ValidationChoice(held, mix, ridge, epochs, metrics, side)


def _held_out(data: FitData) -> Held:
    """Hold out the last event of users with at least three events, unless it is a dislike or skip,
    or on an item of the events before; a sample of users where the catalogue is large."""
    users = [
        user
        for user, history in enumerate(data.histories)
        if len(history.rows) > 2
        and history.kinds[-1] != REFUSED
        and history.rows[-1] not in history.rows[:-1]
    ]
    most = max(1, MAX_VALIDATION_SCORES // max(len(data.text), 1))
    if len(users) > most:
        random = np.random.default_rng(data.seed)
        users = sorted(random.choice(users, most, replace=False).tolist())
    last = [data.histories[user][-1:] for user in users]
    targets = np.concatenate([np.empty(0, np.int64), *(own.rows for own in last)])
    return Held([data.histories[user][:-1] for user in users], targets)


def _choose_ridge(users: Sequence[Rows], held: Held, items: int) -> tuple[float, float]:
    """Ridge and decay of the best item-to-item ranking, on the most popular items if many."""
    if items > RIDGE_ITEMS:
        return _choose_ridge(*_popular_part(users, held, items), RIDGE_ITEMS)
    histories = [reading.rows for reading in held.readings]
    best = (-1.0, RIDGES[0], DECAYS[0])
    for ridge in RIDGES:
        weights = ease(users, items, ridge)
        for decay in DECAYS:
            scores = (incidence(histories, items, decay) @ weights).toarray()
            best = max(best, (held.mean_ndcg(scores), ridge, decay))
    return best[1:]


def _popular_part(users: Sequence[Rows], held: Held, items: int) -> tuple[list[Rows], Held]:
    counts = np.bincount(np.concatenate(users), minlength=items)
    place = np.full(items, -1)
    place[np.argsort(-counts, kind="stable")[:RIDGE_ITEMS]] = np.arange(RIDGE_ITEMS)
    inside = [user for user, target in enumerate(held.targets) if place[target] >= 0]
    popular = [held.readings[user][place[held.readings[user].rows] >= 0] for user in inside]
    readings = [replace(own, rows=place[own.rows]) for own in popular]
    kept = [place[rows][place[rows] >= 0] for rows in users]
    return kept, Held(readings, place[held.targets[inside]])


def _side(data: FitData, ridge: float, held: Held, observers: FitObservers) -> tuple[ItemSide, int]:
    """Parts trained without the validation events, and the best number of epochs."""
    towers, text = data.new_towers(), data.text
    counts = np.bincount(np.concatenate(data.rows()), minlength=len(text))
    place = sparse.identity(len(text), np.float32, "csr")

    def side() -> ItemSide:
        weights = towers.weights()
        return ItemSide(
            text=text,
            centred=centre(text, text.mean(0)),
            prior=prior(counts),
            towers=weights,
            vectors=weights.item_vectors(text, np.arange(1, len(text) + 1)),
            item_item=sparse.csr_matrix(place.shape, dtype=np.float32),
            place=place,
            window=data.settings.window,
        )

    def validate() -> float:
        return held.mean_ndcg(next(side().each_part(held.readings, Mix(), slice(None))))

    def notify(epoch: Epoch) -> None:
        observers.report(f"epoch {epoch.number}: towers NDCG@10 {epoch.ndcg:.4f}")
        if observers.watch:
            observers.watch(epoch)

    epochs = train(
        towers,
        data.sequences(),
        torch.from_numpy(text),
        data.settings,
        data.seed,
        stage="choose",
        validate=validate,
        watch=notify,
        checkpoints=observers.checkpoints,
    )
    return replace(side(), item_item=ease(data.rows(), len(text), ridge)), epochs
