"""Classification metrics: accuracy, precision, recall, macro F1, AUC and calibration error, with
bootstrap intervals over users (a user's answers are resampled together).
"""

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError
from shelftalker.eval.metrics.statistics import DRAWS, Estimate, resamples

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
BINS = 15
METRICS = ("accuracy", "precision", "recall", "f1_macro", "auc")


def classification(
    probabilities: Floats,
    liked: Labels,
    threshold: float = 0.5,
    users: npt.NDArray[np.int64] | None = None,
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> dict[str, Estimate]:
    """All of `METRICS`. `users`: index 0…n-1 of each answer's user; None: one answer per user."""
    if not len(liked) or liked.all() or not liked.any():
        raise InputError(
            f"{len(liked)} answers, {int(liked.sum())} of them likes: classification needs both "
            "likes and dislikes among the held-out events; take more users"
        )
    owner = np.arange(len(liked)) if users is None else users
    whole = _metrics(np.ones((1, len(liked))), probabilities, liked, threshold)
    drawn = [
        _metrics(weights[:, owner], probabilities, liked, threshold)
        for weights in resamples(int(owner.max()) + 1, seed, draws)
    ]
    estimates = {}
    for name in METRICS:
        low, high = np.nanpercentile(np.concatenate([part[name] for part in drawn]), [2.5, 97.5])
        estimates[name] = Estimate(float(whole[name][0]), float(low), float(high), len(liked))
    return estimates


def best_threshold(probabilities: Floats, liked: Labels) -> float:
    """The threshold with the highest macro F1, to be chosen on validation answers."""
    tried = np.unique(np.quantile(probabilities, np.linspace(0, 1, 101)))
    ones = np.ones((1, len(liked)))
    scores = [_metrics(ones, probabilities, liked, at)["f1_macro"][0] for at in tried]
    return float(tried[int(np.argmax(scores))])


def reliability(
    probabilities: Floats, happened: Labels, bins: int = BINS
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Mean stated probability, observed share and size of equal-mass bins."""
    place = _equal_mass(probabilities, bins)
    number = np.bincount(place)
    stated = np.bincount(place, probabilities) / number
    observed = np.bincount(place, happened.astype(np.float64)) / number
    return stated, observed, number


def ece(probabilities: Floats, happened: Labels, bins: int = BINS) -> float:
    """Expected calibration error: mean |stated - observed| over the bins, weighted by size."""
    stated, observed, number = reliability(probabilities, happened, bins)
    return float((np.abs(stated - observed) * number).sum() / number.sum())


def ece_estimate(
    probabilities: Floats,
    happened: Labels,
    users: npt.NDArray[np.int64] | None = None,
    *,
    bins: int = BINS,
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """`ece` with a bootstrap interval over users. The error of a resample is biased upwards, so the
    interval is too."""
    owner = np.arange(len(happened)) if users is None else users
    place = _equal_mass(probabilities, bins)
    surplus = np.zeros((int(owner.max()) + 1, int(place.max()) + 1))
    np.add.at(surplus, (owner, place), probabilities - happened)
    sizes = np.bincount(owner, minlength=len(surplus))
    errors = np.concatenate(
        [np.abs(w @ surplus).sum(1) / (w @ sizes) for w in resamples(len(surplus), seed, draws)]
    )
    low, high = np.percentile(errors, [2.5, 97.5])
    return Estimate(ece(probabilities, happened, bins), float(low), float(high), len(surplus))


def ece_by_chance(
    probabilities: Floats, bins: int = BINS, seed: int = 0, draws: int = 200
) -> float:
    """Mean `ece` of perfectly calibrated answers with these probabilities: the fewer the answers,
    the larger."""
    random = np.random.default_rng(seed)
    errors = [
        ece(probabilities, random.random(len(probabilities)) < probabilities, bins)
        for _ in range(draws)
    ]
    return float(np.mean(errors))


def _equal_mass(probabilities: Floats, bins: int) -> npt.NDArray[np.int64]:
    """Bin of each answer by rank; no bin is empty."""
    ranks = np.empty(len(probabilities), np.int64)
    ranks[np.argsort(probabilities, kind="stable")] = np.arange(len(probabilities))
    return ranks * min(bins, len(probabilities)) // len(probabilities)


def _metrics(
    weights: Floats, probabilities: Floats, liked: Labels, threshold: float
) -> dict[str, Floats]:
    """Each metric under each row of weights: weights [draws, answers] → [draws]."""
    predicted = probabilities >= threshold
    tp = weights @ (predicted & liked)
    fp = weights @ (predicted & ~liked)
    fn = weights @ (~predicted & liked)
    tn = weights @ (~predicted & ~liked)
    yes, no = _f1(tp, fp, fn), _f1(tn, fn, fp)
    return {
        "accuracy": (tp + tn) / (tp + fp + fn + tn),
        "precision": tp / np.maximum(tp + fp, 1e-12),
        "recall": tp / np.maximum(tp + fn, 1e-12),
        "f1_macro": (yes + no) / 2,
        "auc": _auc(weights, probabilities, liked),
    }


def _f1(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    f1: Floats = 2 * tp / np.maximum(2 * tp + fp + fn, 1e-12)
    return f1


def _auc(weights: Floats, probabilities: Floats, liked: Labels) -> Floats:
    """Ties count half."""
    order = np.argsort(probabilities, kind="stable")
    starts = np.unique(probabilities[order], return_index=True)[1]
    positive = np.add.reduceat((weights * liked)[:, order], starts, axis=1)
    negative = np.add.reduceat((weights * ~liked)[:, order], starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(1) * negative.sum(1)
    return np.where(pairs > 0, (positive * below).sum(1) / np.maximum(pairs, 1e-12), np.nan)
