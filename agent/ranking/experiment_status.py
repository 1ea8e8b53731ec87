"""How an experiment on visitors stands: reward by arm, and the difference from the first arm.

A visitor's reward is 1 if they did something with an item within so many hours after it was shown
to them: a click, a play, a like, a purchase, or a rating of 4 stars and more. The intervals are
`sequential`: look as often as you like, and stop when a difference excludes 0.
"""

from dataclasses import asdict
from typing import Any

import polars as pl

from shelftalker.errors import InputError
from shelftalker.eval.metrics.sequential import confidence_sequence, difference
from shelftalker.ranking.experiments import EXPERIMENT_FILE, read_experiment
from shelftalker.store.workspace import Workspace

GOOD = ("click", "play", "like", "purchase")


def status(workspace: Workspace, domain: str, hours: float = 24.0) -> dict[str, Any]:
    """The experiment of a domain. Raises `InputError` where there is none."""
    folder = workspace.domain_path(domain)
    experiment = read_experiment(folder)
    if experiment is None:
        raise InputError(
            f"no experiment runs in {domain!r}; describe one in {folder}/{EXPERIMENT_FILE}"
        )
    shown = workspace.impressions.frame(domain).filter(pl.col("experiment") == experiment.name)
    rewards = (
        rewarded(shown, workspace.events.frame(domain), hours)
        .group_by("arm", "user")
        .agg(pl.col("reward").max(), pl.col("time").min())
        .sort("time", "user")  # in the order in which they came
    )
    by_arm = {
        arm: rewards.filter(pl.col("arm") == arm)["reward"].to_list() for arm in experiment.arms
    }
    first, *_ = experiment.arms
    return {
        "experiment": experiment.name,
        "arms": {
            arm: {
                "visitors": len(values),
                "reward": asdict(confidence_sequence(values)),
                **({"against": first, "difference": asdict(difference(values, by_arm[first]))}
                   if arm != first else {}),
            }
            for arm, values in by_arm.items()
        },
    }  # fmt: skip


def rewarded(shown: pl.DataFrame, events: pl.DataFrame, hours: float) -> pl.DataFrame:
    """The items shown with a column `reward`; once more for each further event on the item."""
    good = events.filter(
        pl.col("kind").is_in(GOOD) | ((pl.col("kind") == "rating") & (pl.col("value") >= 4))
    ).select("user", "item", done=pl.col("time"))
    after = pl.col("done") - pl.col("time")
    return shown.join(good, on=["user", "item"], how="left").with_columns(
        reward=after.is_between(0, 3600 * hours).fill_null(False).cast(pl.Float64)
    )
