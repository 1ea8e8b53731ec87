"""Fit a scorer: select hyper-parameters on each user's last event, then refit on the whole log.

Selected on validation: the ridge and the recency decay of the item-to-item part, the towers'
epochs, the weight of low ratings, and the weights of the parts (by likelihood, then by NDCG@10).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from scipy import sparse

from shelftalker.scorer.base import Floats
from shelftalker.scorer.checkpoints import Checkpoints, key_of
from shelftalker.scorer.history import REFUSED, HistoryRows
from shelftalker.scorer.item_item import Rows, ease, incidence
from shelftalker.scorer.mixing import Held, choose_low_rating, fit_mix, mean_ndcg, ranked
from shelftalker.scorer.parts import ItemSide, Mix, centre, prior
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import Epoch, Training, Watch, train

RIDGES = (30.0, 100.0, 300.0, 1000.0)
DECAYS = (3.0, 5.0, 10.0, 20.0, 50.0)
MAX_VALIDATION_SCORES = 12_000_000  # users × items that are scored for validation
RIDGE_ITEMS = 4_000  # most popular items of a larger catalogue, on which the ridge is selected
FEW_USERS = 20  # fewer validation users than this: the defaults are used

Report = Callable[[str], None]


@dataclass(frozen=True)
class Fitted:
    """Trained parts over the items of the log, the mix, and the validation metrics."""

    towers: Towers | None = None
    item_item: sparse.csr_matrix | None = None
    mix: Mix = Mix()  # noqa: RUF009
    metrics: dict[str, float] = field(default_factory=dict)


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


def fit_parts(
    readings: Sequence[HistoryRows],
    text: Floats,
    settings: Training,
    seed: int,
    report: Report,
    watch: Watch | None = None,
    folder: Path | None = None,
) -> Fitted:
    """Fit on every user's whole history. Dislikes and skips count for B, but f does not pool them.

    `folder` holds the checkpoints while it trains.
    """
    checkpoints = None
    if folder:
        checkpoints = Checkpoints(folder, fingerprint(readings, text, settings, seed))
    chosen = choose(readings, text, settings, seed, report, watch, checkpoints)
    report("fit on the whole log")
    epochs = chosen.epochs or settings.epochs // 2
    towers = _towers(text, settings, seed)
    train(
        towers,
        _sequences(readings),
        torch.from_numpy(text),
        settings,
        seed,
        epochs=epochs,
        watch=watch,
        checkpoints=checkpoints,
    )
    metrics = chosen.metrics | {"epochs": epochs, "ridge": chosen.ridge}
    return Fitted(towers, ease(_rows(readings), len(text), chosen.ridge), chosen.mix, metrics)


def choose(
    readings: Sequence[HistoryRows],
    text: Floats,
    settings: Training,
    seed: int,
    report: Report,
    watch: Watch | None = None,
    checkpoints: Checkpoints | None = None,
) -> ValidationChoice:
    """Train without each user's last event and select by how that event is ranked."""
    held = _held_out(readings, len(text), seed)
    if len(held.targets) < FEW_USERS:
        return ValidationChoice(held)
    shorter = [reading[:-1] for reading in readings]
    ridge, decay = _choose_ridge(_rows(shorter), held, len(text))
    report(f"ridge {ridge:g}, decay {decay:g}")

    def notify(epoch: Epoch) -> None:
        report(f"epoch {epoch.number}: towers NDCG@10 {epoch.ndcg:.4f}")
        if watch:
            watch(epoch)

    side, epochs = _side(shorter, text, settings, seed, ridge, held, notify, checkpoints)
    mix = fit_mix(side, held, Mix(decay=decay))
    mix = choose_low_rating(side, mix, held)
    metrics = ranked(side, mix, held)
    report(f"validation NDCG@10 {metrics['ndcg@10']:.4f}")
    return ValidationChoice(held, mix, ridge, epochs, metrics, side)


def fingerprint(
    readings: Sequence[HistoryRows], text: Floats, settings: Training, seed: int
) -> str:
    """A hash of all inputs of a fit."""
    lengths = np.array([len(reading.rows) for reading in readings])
    kinds = [reading.kinds for reading in readings]
    log = [np.concatenate(part) for part in (_rows(readings), kinds)]
    return key_of(settings, seed, [text, lengths, *log])


def _held_out(readings: Sequence[HistoryRows], items: int, seed: int) -> Held:
    """Hold out the last event of users with at least three events, unless it is a dislike or skip;
    a sample of users where the catalogue is large."""
    users = [
        user
        for user, reading in enumerate(readings)
        if len(reading.rows) > 2 and reading.kinds[-1] != REFUSED
    ]
    most = max(1, MAX_VALIDATION_SCORES // max(items, 1))
    if len(users) > most:
        users = sorted(np.random.default_rng(seed).choice(users, most, replace=False).tolist())
    targets = np.array([readings[user].rows[-1] for user in users], np.int64)
    return Held([readings[user][:-1] for user in users], targets)


def _rows(readings: Sequence[HistoryRows]) -> Rows:
    return [reading.rows for reading in readings]


def _sequences(readings: Sequence[HistoryRows]) -> Rows:
    return [reading.sequence(low_rating=1.0) for reading in readings]


def _choose_ridge(users: Rows, held: Held, items: int) -> tuple[float, float]:
    """Ridge and decay of the best item-to-item ranking, on the most popular items if many."""
    if items > RIDGE_ITEMS:
        return _choose_ridge(*_popular_part(users, held, items), RIDGE_ITEMS)
    histories = [reading.rows for reading in held.readings]
    best = (-1.0, RIDGES[0], DECAYS[0])
    for ridge in RIDGES:
        weights = ease(users, items, ridge)
        for decay in DECAYS:
            scores = (incidence(histories, items, decay) @ weights).toarray()
            best = max(best, (mean_ndcg(scores, held), ridge, decay))
    return best[1:]


def _popular_part(users: Rows, held: Held, items: int) -> tuple[Rows, Held]:
    counts = np.bincount(np.concatenate(users), minlength=items)
    place = np.full(items, -1)
    place[np.argsort(-counts, kind="stable")[:RIDGE_ITEMS]] = np.arange(RIDGE_ITEMS)
    inside = [user for user, target in enumerate(held.targets) if place[target] >= 0]
    readings = []
    for user in inside:
        rows = place[held.readings[user].rows]
        readings.append(HistoryRows(rows[rows >= 0], held.readings[user].kinds[rows >= 0]))
    kept = [place[rows][place[rows] >= 0] for rows in users]
    return kept, Held(readings, place[held.targets[inside]])


def _side(
    readings: Sequence[HistoryRows],
    text: Floats,
    settings: Training,
    seed: int,
    ridge: float,
    held: Held,
    watch: Watch,
    checkpoints: Checkpoints | None,
) -> tuple[ItemSide, int]:
    """Parts trained without the validation events, and the best number of epochs."""
    towers = _towers(text, settings, seed)
    counts = np.bincount(np.concatenate(_rows(readings)), minlength=len(text))
    place = sparse.identity(len(text), np.float32, "csr")
    vectors = torch.from_numpy(text)

    def side(item_item: sparse.csr_matrix | None) -> ItemSide:
        return ItemSide(
            text=text,
            centred=centre(text, text.mean(0)),
            prior=prior(counts),
            towers=towers,
            vectors=towers.item_vectors(vectors, torch.arange(1, len(text) + 1)),
            item_item=item_item,
            place=place,
            window=settings.window,
        )

    def validate() -> float:
        return mean_ndcg(side(None).parts(held.readings, Mix(), slice(None))[..., 0], held)

    epochs = train(
        towers,
        _sequences(readings),
        vectors,
        settings,
        seed,
        stage="choose",
        validate=validate,
        watch=watch,
        checkpoints=checkpoints,
    )
    return side(ease(_rows(readings), len(text), ridge)), epochs


def _towers(text: Floats, settings: Training, seed: int) -> Towers:
    torch.manual_seed(seed)
    return Towers(text.shape[1], len(text), settings.dim, settings.dropout)
