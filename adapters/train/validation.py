"""What training came to, on the validation examples: figures with intervals, and the pick weights
to serve the adapter with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from shelftalker.adapters.data.packing import TrainingRow, heard
from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.train.row_metrics import Floats, losses, of_kind, pick_gains, said
from shelftalker.eval.metrics.classification import classification
from shelftalker.eval.metrics.statistics import Estimate, estimate
from shelftalker.ranking.fusion import fit_weights
from shelftalker.ranking.pick import log_softmax
from shelftalker.ranking.pick_fitting import PickFit

Voices = tuple[Floats, Floats, Floats, npt.NDArray[np.int64]]
Scores = Mapping[int, Tensor]
"""Place among the validation rows → log-likelihoods of its branches, where there is a target."""


def metrics_with_intervals(
    held: Sequence[TrainingRow], trained: Scores, untrained: Scores
) -> dict[str, dict[str, float]]:
    """Trained and untrained, by kind. Picks: the orders of all validation examples, misses counting
    0, with the paired gain over the scorer. Judgements: AUC, and precision, recall and macro F1 at
    P(Yes) ≥ .5. Everything, and judgements and texts by themselves: the loss where there is a
    target."""
    after, before = (
        [(held[at], own) for at, own in found.items()] for found in (trained, untrained)
    )
    values = {"loss": losses(after), "loss_untrained": losses(before)}
    if picks := of_kind(after, "pick"):
        misses = sum(row.kind == "pick" for row in held) - len(picks)
        gains = pick_gains(picks)
        gains["ndcg_llm_untrained"] = pick_gains(of_kind(before, "pick"))["ndcg_llm"]
        gains["ndcg_gain"] = gains["ndcg"] - gains["ndcg_scorer"]
        values |= {name: np.pad(own, (0, misses)) for name, own in gains.items()}
    for kind in ("judge", "text"):
        if rows := of_kind(after, kind):
            values[f"{kind}_loss"] = losses(rows)
            values[f"{kind}_loss_untrained"] = losses(of_kind(before, kind))
    found = {name: estimate(own) for name, own in values.items()}
    if judged := of_kind(after, "judge"):
        found |= {f"judge_{name}": own for name, own in classification(*said(judged)).items()}
        rated = classification(*said(of_kind(before, "judge")))
        found["judge_auc_untrained"] = rated["auc"]
    return {name: _metric(one) for name, one in found.items()}


def fitted(
    examples: Sequence[PickExample],
    rows: Sequence[TrainingRow],
    scored: Scores,
    names: Mapping[str, str] = MappingProxyType({}),
) -> PickFit:
    """Fusion weights of the whole shortlists' log-likelihoods, asked by these names if there are
    any; see `fit_weights`. `rows` begins with those of the examples, in the same order."""
    said = voices(examples, rows, scored)
    weights = fit_weights(*said)
    if names:
        weights = replace(weights, method="names", names=dict(names))
    return PickFit(weights, users=len(examples), hits=len(said[0]))


def voices(examples: Sequence[PickExample], rows: Sequence[TrainingRow], scored: Scores) -> Voices:
    """What scorer, LLM and popularity say of each shortlist that holds its target, float64 [hits,
    longest], -inf beyond a list's end, and the targets' columns: what `fit_weights` takes."""
    hits = {at: own for at, own in scored.items() if at < len(examples)}
    width = max(len(one.candidates) for one in examples)
    table: Floats = np.full((3, len(hits), width), -np.inf)
    for place, (at, own) in enumerate(hits.items()):
        llm = log_softmax(heard(rows[at], own.double()).numpy())
        said = (examples[at].logits, llm, examples[at].popularity)
        table[:, place, : len(llm)] = said
    scorer, llm, popularity = table
    return scorer, llm, popularity, np.array([rows[at].target for at in hits], np.int64)


def _metric(found: Estimate) -> dict[str, Any]:
    return {"value": found.mean, "low": found.low, "high": found.high, "n": found.n}
