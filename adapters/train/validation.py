"""Validation of an adapter: metrics of scored rows while it is trained, metrics with intervals in
the end, and the fitted weights of its picks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import log_softmax
from torch import Tensor

from shelftalker.adapters.data.packing import TrainingRow, fused_scores, llm_scores, loss
from shelftalker.adapters.data.pick import PickExample
from shelftalker.eval.metrics.classification import Floats, classification
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.eval.metrics.statistics import Estimate, estimate
from shelftalker.ranking.fusion import ChoiceTables, fit_weights
from shelftalker.ranking.pick_fitting import PickFit

Scores = Mapping[int, Tensor]
"""Index of each validation row that has a target → log-likelihoods of its branches."""
ScoredRow = Sequence[tuple[TrainingRow, Tensor]]
"""Rows, each with the log-likelihoods of its branches."""


def metrics_with_intervals(
    validation: Sequence[TrainingRow], trained: Scores, untrained: Scores
) -> dict[str, dict[str, float]]:
    """Of the trained and the untrained model. Picks: NDCG@10 of all validation examples, 0 where
    the target is not in the shortlist, and the paired gain over the scorer. Judgements: AUC, and
    precision, recall and macro F1 at P(Yes) ≥ .5. The loss of all rows with a target, and of
    judgements and texts."""
    after, before = (
        [(validation[at], own) for at, own in scored.items()] for scored in (trained, untrained)
    )
    values = {"loss": losses(after), "loss_untrained": losses(before)}
    if picks := of_kind(after, "pick"):
        misses = sum(row.kind == "pick" for row in validation) - len(picks)
        gains = pick_gains(picks)
        gains["ndcg_llm_untrained"] = pick_gains(of_kind(before, "pick"))["ndcg_llm"]
        gains["ndcg_gain"] = gains["ndcg"] - gains["ndcg_scorer"]
        values |= {name: np.pad(own, (0, misses)) for name, own in gains.items()}
    for kind in ("judge", "text"):
        if rows := of_kind(after, kind):
            values[f"{kind}_loss"] = losses(rows)
            values[f"{kind}_loss_untrained"] = losses(of_kind(before, kind))
    estimates = {name: estimate(own) for name, own in values.items()}
    if judged := of_kind(after, "judge"):
        judgements = classification(*yes_probabilities(judged))
        estimates |= {f"judge_{name}": own for name, own in judgements.items()}
        untrained_judgements = classification(*yes_probabilities(of_kind(before, "judge")))
        estimates["judge_auc_untrained"] = untrained_judgements["auc"]
    return {name: _metric(one) for name, one in estimates.items()}


def fit_pick_weights(
    examples: Sequence[PickExample],
    rows: Sequence[TrainingRow],
    scored: Scores,
    names: Mapping[str, str] = MappingProxyType({}),
) -> PickFit:
    """Fusion weights fitted on whole shortlists, see `fit_weights`; `names`: of the items, if the
    LLM is asked for those. `rows` begins with those of the examples, in the same order."""
    hits = {at: own for at, own in scored.items() if at < len(examples)}
    scores = [
        (
            examples[at].logits,
            log_softmax(llm_scores(rows[at], own.double()).numpy()),
            examples[at].popularity,
        )
        for at, own in hits.items()
    ]
    weights = fit_weights(ChoiceTables.of(scores, [rows[at].target for at in hits]))
    if names:
        weights = replace(weights, method="names", names=dict(names))
    return PickFit(weights, users=len(examples), hits=len(hits))


def _metric(one: Estimate) -> dict[str, Any]:
    return {"value": one.mean, "low": one.low, "high": one.high, "n": one.n}


def metrics_of(rows: Sequence[TrainingRow], likelihoods: Sequence[Tensor]) -> dict[str, float]:
    """`loss`, and for each kind of row that is there: `ndcg` (fused), `ndcg_llm`, `ndcg_scorer`;
    `auc`; `loss_text`. Picks without a target count 0."""
    pairs = list(zip(rows, likelihoods, strict=True))
    metrics = {"loss": float(losses(pairs).mean())}
    if picks := of_kind(pairs, "pick"):
        metrics |= {name: float(own.mean()) for name, own in pick_gains(picks).items()}
    if judged := of_kind(pairs, "judge"):
        metrics["auc"] = classification(*yes_probabilities(judged), draws=1)["auc"].mean
    if texts := of_kind(pairs, "text"):
        metrics["loss_text"] = float(losses(texts).mean())
    return metrics


def of_kind(scored: ScoredRow, kind: str) -> list[tuple[TrainingRow, Tensor]]:
    """The rows of one kind."""
    return [(row, own) for row, own in scored if row.kind == kind]


def losses(scored: ScoredRow) -> Floats:
    """The loss of each row that has a target, float64."""
    return np.array([float(loss(row, own)) for row, own in scored if row.target >= 0])


def yes_probabilities(judged: ScoredRow) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """P(Yes) of each judgement, and whether Yes is right."""
    yes = [float(torch.softmax(own.double(), dim=-1)[0]) for _, own in judged]
    return np.array(yes), np.array([row.target == 0 for row, _ in judged], bool)


def pick_gains(picks: ScoredRow) -> dict[str, Floats]:
    """NDCG@10 of each pick in the three orders, float64 [picks]; a tie ranks the target last."""
    ranks: dict[str, list[float]] = {"ndcg": [], "ndcg_llm": [], "ndcg_scorer": []}
    for row, own in picks:
        ranks["ndcg"].append(_rank(fused_scores(row, own), row.target))
        ranks["ndcg_llm"].append(_rank(llm_scores(row, own), row.target))
        ranks["ndcg_scorer"].append(_rank(torch.tensor(row.scorer), row.target))
    return {name: ndcg(np.array(own)) for name, own in ranks.items()}


def _rank(scores: Tensor, target: int) -> float:
    return float((scores >= scores[target]).sum() - 1) if target >= 0 else np.inf
