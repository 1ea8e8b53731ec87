"""Validation of a trained adapter: metrics with intervals, and the fitted weights of its picks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import log_softmax
from torch import Tensor

from shelftalker.adapters.data.packing import TrainingRow, llm_scores
from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.train.row_metrics import losses, of_kind, pick_gains, yes_probabilities
from shelftalker.eval.metrics.classification import classification
from shelftalker.eval.metrics.statistics import Estimate, estimate
from shelftalker.ranking.fusion import ChoiceTables, fit_weights
from shelftalker.ranking.pick_fitting import PickFit

Scores = Mapping[int, Tensor]
"""Index of each validation row that has a target → log-likelihoods of its branches."""


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
