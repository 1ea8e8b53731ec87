"""What scored rows say: NDCG@10 of picks by the LLM, by the scorer and fused; how judgements do."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from shelftalker.adapters.rows import Row, fused, loss

Floats = npt.NDArray[np.float64]


def metrics_of(rows: Sequence[Row], found: Sequence[Tensor]) -> dict[str, float]:
    """`loss` of all rows; of picks `ndcg` (fused), `ndcg_llm`, `ndcg_scorer`; of judgements `auc`,
    `precision`, `recall`, `f1`. Picks without a target count 0."""
    pairs = list(zip(rows, found, strict=True))
    losses = [loss(row, own) for row, own in pairs if row.target >= 0]
    metrics = {"loss": float(torch.stack(losses).mean())}
    picks = [(row, own) for row, own in pairs if row.task == "pick"]
    judgements = [(row, own) for row, own in pairs if row.task == "judge"]
    if picks:
        metrics |= {name: float(gains.mean()) for name, gains in pick_gains(picks).items()}
    if judgements:
        metrics |= judged(judgements)
    return metrics


def pick_gains(picks: Sequence[tuple[Row, Tensor]]) -> dict[str, Floats]:
    """NDCG@10 of each pick, float64 [picks], by the three orders; ties count against."""
    orders: dict[str, list[float]] = {"ndcg": [], "ndcg_llm": [], "ndcg_scorer": []}
    for row, own in picks:
        orders["ndcg"].append(_gain(fused(row, own), row.target))
        orders["ndcg_llm"].append(_gain(own - torch.tensor(row.bare), row.target))
        orders["ndcg_scorer"].append(_gain(torch.tensor(row.scorer), row.target))
    return {name: np.array(gains) for name, gains in orders.items()}


def judged(judgements: Sequence[tuple[Row, Tensor]]) -> dict[str, float]:
    """TALLRec's scores; branch 0 is Yes."""
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    liked = np.array([row.target == 0 for row, _ in judgements])
    odds = np.array([float(own[0] - own[1]) for _, own in judgements])
    precision, recall, f1, _ = precision_recall_fscore_support(
        liked, odds > 0, average="binary", zero_division=0
    )
    both = liked.any() and not liked.all()
    auc = float(roc_auc_score(liked, odds)) if both else float("nan")
    return {"auc": auc, "precision": float(precision), "recall": float(recall), "f1": float(f1)}


def _gain(scores: Tensor, target: int) -> float:
    if target < 0:
        return 0.0
    rank = int((scores >= scores[target]).sum()) - 1
    return float(1 / np.log2(rank + 2)) if rank < 10 else 0.0
