"""What scored rows say: NDCG@10 of picks by the LLM, by the scorer and fused."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from shelftalker.adapters.rows import Row, fused, loss

Floats = npt.NDArray[np.float64]


def metrics_of(rows: Sequence[Row], found: Sequence[Tensor]) -> dict[str, float]:
    """`loss`, `ndcg` (fused), `ndcg_llm`, `ndcg_scorer`. Picks without a target count 0."""
    pairs = list(zip(rows, found, strict=True))
    losses = [loss(row, own) for row, own in pairs if row.target >= 0]
    gains = {name: float(own.mean()) for name, own in pick_gains(pairs).items()}
    return {"loss": float(torch.stack(losses).mean())} | gains


def pick_gains(picks: Sequence[tuple[Row, Tensor]]) -> dict[str, Floats]:
    """NDCG@10 of each pick, float64 [picks], by the three orders; ties count against."""
    orders: dict[str, list[float]] = {"ndcg": [], "ndcg_llm": [], "ndcg_scorer": []}
    for row, own in picks:
        orders["ndcg"].append(_gain(fused(row, own), row.target))
        orders["ndcg_llm"].append(_gain(own - torch.tensor(row.bare), row.target))
        orders["ndcg_scorer"].append(_gain(torch.tensor(row.scorer), row.target))
    return {name: np.array(gains) for name, gains in orders.items()}


def _gain(scores: Tensor, target: int) -> float:
    if target < 0:
        return 0.0
    rank = int((scores >= scores[target]).sum()) - 1
    return float(1 / np.log2(rank + 2)) if rank < 10 else 0.0
