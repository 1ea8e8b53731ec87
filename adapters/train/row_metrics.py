"""What scored rows say: NDCG@10 of picks by the LLM, by the scorer and fused; AUC of judgements."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from shelftalker.adapters.data.packing import TrainingRow, fused, heard, loss
from shelftalker.eval.metrics.classification import classification

Floats = npt.NDArray[np.float64]
ScoredRow = Sequence[tuple[TrainingRow, Tensor]]
"""Rows, each with the log-likelihoods of its branches."""


def metrics_of(rows: Sequence[TrainingRow], found: Sequence[Tensor]) -> dict[str, float]:
    """`loss`, and of each kind of row that is there: `ndcg` (fused), `ndcg_llm`, `ndcg_scorer`;
    `auc`; `loss_text`. Picks without a target count 0."""
    pairs = list(zip(rows, found, strict=True))
    metrics = {"loss": float(losses(pairs).mean())}
    if picks := of_kind(pairs, "pick"):
        metrics |= {name: float(own.mean()) for name, own in pick_gains(picks).items()}
    if judged := of_kind(pairs, "judge"):
        metrics["auc"] = classification(*said(judged), draws=1)["auc"].mean
    if texts := of_kind(pairs, "text"):
        metrics["loss_text"] = float(losses(texts).mean())
    return metrics


def of_kind(scored: ScoredRow, kind: str) -> list[tuple[TrainingRow, Tensor]]:
    """The rows of one kind."""
    return [(row, found) for row, found in scored if row.kind == kind]


def losses(scored: ScoredRow) -> Floats:
    """One a row that has a target."""
    return np.array([float(loss(row, found)) for row, found in scored if row.target >= 0])


def said(judged: ScoredRow) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """P(Yes), and whether it is Yes."""
    yes = [float(torch.softmax(found.double(), dim=-1)[0]) for _, found in judged]
    return np.array(yes), np.array([row.target == 0 for row, _ in judged], bool)


def pick_gains(picks: ScoredRow) -> dict[str, Floats]:
    """NDCG@10 of each pick, float64 [picks], by the three orders; ties count against."""
    orders: dict[str, list[float]] = {"ndcg": [], "ndcg_llm": [], "ndcg_scorer": []}
    for row, own in picks:
        orders["ndcg"].append(_gain(fused(row, own), row.target))
        orders["ndcg_llm"].append(_gain(heard(row, own), row.target))
        orders["ndcg_scorer"].append(_gain(torch.tensor(row.scorer), row.target))
    return {name: np.array(gains) for name, gains in orders.items()}


def _gain(scores: Tensor, target: int) -> float:
    if target < 0:
        return 0.0
    rank = int((scores >= scores[target]).sum()) - 1
    return float(1 / np.log2(rank + 2)) if rank < 10 else 0.0
