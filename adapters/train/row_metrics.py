"""Metrics of scored rows: NDCG@10 of picks (LLM, scorer, fused), AUC of judgements, loss."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from shelftalker.adapters.data.packing import TrainingRow, fused_scores, llm_scores, loss
from shelftalker.eval.metrics.classification import Floats, classification
from shelftalker.eval.metrics.ranking import ndcg

ScoredRow = Sequence[tuple[TrainingRow, Tensor]]
"""Rows, each with the log-likelihoods of its branches."""


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
