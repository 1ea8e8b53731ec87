"""Classification metrics: accuracy, precision, recall, macro F1, AUC and calibration error, with
bootstrap intervals.
"""

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError
from shelftalker.eval.metrics.statistics import DRAWS, Estimate, resamples

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
BINS = 15


def classification(
    probabilities: Floats,
    liked: Labels,
    threshold: float = 0.5,
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> dict[str, Estimate]:
    """Each metric by its name, for answers of as many users. Raises `InputError` without both likes
    and dislikes."""
    if not len(liked) or liked.all() or not liked.any():
        raise InputError(
            f"{len(liked)} answers, {int(liked.sum())} of them likes: classification needs both "
            "likes and dislikes among the held-out events; take more users"
        )
    whole = _metrics(np.ones((1, len(liked))), probabilities, liked, threshold)
    drawn = [
        _metrics(weights, probabilities, liked, threshold)
        for weights in resamples(len(liked), seed, draws)
    ]
    estimates = {}
    for name, [mean] in whole.items():
        low, high = np.nanpercentile(np.concatenate([part[name] for part in drawn]), [2.5, 97.5])
        estimates[name] = Estimate(float(mean), float(low), float(high), len(liked))
    return estimates


def best_threshold(probabilities: Floats, liked: Labels) -> float:
    """The threshold with the highest macro F1, to be chosen on validation answers."""
    tried = np.unique(np.quantile(probabilities, np.linspace(0, 1, 101)))
    ones = np.ones((1, len(liked)))
    scores = [_metrics(ones, probabilities, liked, at)["f1_macro"][0] for at in tried]
    return float(tried[int(np.argmax(scores))])


def reliability(
    probabilities: Floats, happened: Labels
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Mean stated probability, observed share and size of `BINS` equal-mass bins."""
    place = _equal_mass(probabilities)
    number = np.bincount(place)
    stated = np.bincount(place, probabilities) / number
    observed = np.bincount(place, happened.astype(np.float64)) / number
    return stated, observed, number


def ece(probabilities: Floats, happened: Labels) -> float:
    """Expected calibration error: mean |stated - observed| over the bins, weighted by size."""
    stated, observed, number = reliability(probabilities, happened)
    return float((np.abs(stated - observed) * number).sum() / number.sum())


def ece_estimate(
    probabilities: Floats, happened: Labels, users: npt.NDArray[np.int64], seed: int = 0
) -> Estimate:
    """`ece` with a bootstrap interval over users, `users` int64 [answers]: 0…n-1. The error of a
    resample is biased upwards, so the interval is too."""
    place = _equal_mass(probabilities)
    surplus = np.zeros((int(users.max()) + 1, int(place.max()) + 1))
    np.add.at(surplus, (users, place), probabilities - happened)
    sizes = np.bincount(users)
    errors = np.concatenate(
        [np.abs(w @ surplus).sum(1) / (w @ sizes) for w in resamples(len(surplus), seed)]
    )
    low, high = np.percentile(errors, [2.5, 97.5])
    return Estimate(ece(probabilities, happened), float(low), float(high), len(surplus))


def ece_by_chance(probabilities: Floats) -> float:
    """Mean `ece` of perfectly calibrated answers with these probabilities: the fewer the answers,
    the larger."""
    random, n = np.random.default_rng(0), len(probabilities)
    errors = [ece(probabilities, random.random(n) < probabilities) for _ in range(200)]
    return float(np.mean(errors))


def _equal_mass(probabilities: Floats) -> npt.NDArray[np.int64]:
    """Bin of each answer by rank; no bin is empty."""
    ranks = np.empty(len(probabilities), np.int64)
    ranks[np.argsort(probabilities, kind="stable")] = np.arange(len(probabilities))
    return ranks * min(BINS, len(probabilities)) // len(probabilities)


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
