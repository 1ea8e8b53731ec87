"""What a scorer version would earn, from what was shown by others: `experiment DIR off-policy`.

The policy that is valued draws the first item by its share of the version's shortlist, from the
visitor's history before that moment. Only first places count, for their propensity is exact. The
reward is that of `experiments.rewards_of`, of each item shown.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from shelftalker.data.events import Event
from shelftalker.eval.metrics.off_policy import (
    Logged,
    Values,
    difference,
    doubly_robust,
    ips,
    snips,
)
from shelftalker.ranking.experiment_status import rewarded
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace

PRIOR = 10.0
"""Shown items that an item's reward is drawn towards the mean with."""


def policy_value(
    workspace: Workspace, domain: str, version: str, hours: float = 24.0
) -> dict[str, Any]:
    """Estimates of the mean reward. Raises `InputError` where the log says too little, or there is
    no such version."""
    scorer = load_scorer(workspace, domain, version=version)
    shown = workspace.impressions.frame(domain).filter(pl.col("rank") == 1)
    shown = shown.with_row_index("row")
    rows = rewarded(shown, workspace.events.frame(domain), hours).group_by("row").agg(
        pl.col("user", "item", "time", "propensity").first(), pl.col("reward").max()
    ).sort("row")  # fmt: skip
    size = workspace.settings.shortlist_size
    histories = {user: workspace.events.of_user(domain, user) for user in set(rows["user"])}
    drawn = [
        _shares(scorer, [event for event in histories[user] if event.time < when], size)
        for user, when in rows.select("user", "time").iter_rows()
    ]
    items = rows["item"].to_list()
    logged = Logged(
        rows["reward"].to_numpy(),
        rows["propensity"].to_numpy(),
        np.array([shares.get(item, 0.0) for shares, item in zip(drawn, items, strict=True)]),
    )
    expected, of_target = _model(logged, items, drawn)
    return {
        "scorer": version,
        "rows": len(items),
        "ips": asdict(ips(logged)),
        "snips": asdict(snips(logged)),
        "doubly_robust": asdict(doubly_robust(logged, expected, of_target)),
        "more_than_what_was_shown": asdict(difference(logged)),
    }


def _shares(scorer: TwoTowerScorer, history: Sequence[Event], size: int) -> dict[str, float]:
    """The probability of each shortlisted item."""
    shortlist = scorer.shortlist(history, n=size)
    logits = np.array([one.logit for one in shortlist])
    odds = np.exp(logits - logits.max(initial=-np.inf))
    total = float(odds.sum())
    return {one.item_id: float(own) / total for one, own in zip(shortlist, odds, strict=True)}


def _model(
    logged: Logged, items: Sequence[str], drawn: Sequence[dict[str, float]]
) -> tuple[Values, Values]:
    """The reward expected of the item shown, and of the policy's items: each item's mean reward in
    the other half of the rows, so that no row helps to predict itself."""
    expected, of_target = np.zeros(len(items)), np.zeros(len(items))
    for half in (0, 1):
        others = range(1 - half, len(items), 2)
        mean = float(np.mean([logged.reward[row] for row in others])) if len(others) else 0.0
        sums: dict[str, list[float]] = {}
        for row in others:
            own = sums.setdefault(items[row], [PRIOR * mean, PRIOR])
            own[0] += logged.reward[row]
            own[1] += 1
        known = {item: total / count for item, (total, count) in sums.items()}
        for row in range(half, len(items), 2):
            expected[row] = known.get(items[row], mean)
            of_target[row] = sum(p * known.get(item, mean) for item, p in drawn[row].items())
    return expected, of_target
