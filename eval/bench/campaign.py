"""How many users a second a campaign of composed texts writes, and what kills cost: python -m
shelftalker.eval.bench.campaign --workspace demo --users 10000

Users are made from those of the workspace: each has the events of one of them, without a tenth.
`--ray` runs on a cluster of two nodes made here and kills a worker, then a node, in the middle.
"""

import os
import shutil
import signal
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from shelftalker.campaign.plan import CampaignPlan, CampaignSettings
from shelftalker.campaign.run import Campaign
from shelftalker.campaign.workers import RayWorker, open_workers
from shelftalker.eval.bench.harness import Report, run
from shelftalker.store.workspace import Workspace
from shelftalker.types import Style

DOMAIN = "movies"


def measure(
    workspace: Annotated[Path, typer.Option(help="a demo workspace, which is copied")],
    users: int = 10_000,
    workers: int = 2,
    ray: Annotated[bool, typer.Option("--ray", help="on two Ray nodes, with kills")] = False,
    seed: int = 0,
) -> Report:
    """E-mails of three composed cards for many users."""
    with tempfile.TemporaryDirectory() as name:
        place, out = Path(name) / "ws", Path(name) / "out"
        shutil.copytree(workspace, place)
        names = add_users(place, users, seed)
        settings = CampaignSettings(DOMAIN, k=3, style=Style("email"))
        plan = CampaignPlan.begin(str(out), settings, names, [])
        kills = _Kills() if ray else None
        arguments = (str(place), settings, "none")
        size, worker = open_workers(arguments, local=not ray, workers=workers)
        with closing(Campaign(plan, size, worker)) as campaign:
            estimate = campaign.estimate()
            report = campaign.run(lambda *at: kills.at(campaign, *at) if kills else None)
        rows = pl.read_parquet(f"{out}/part-*.parquet")
    figures = {
        "users": users,
        "workers": size,
        "users_per_second": round(report.wrote / report.seconds, 1),
        "seconds": round(report.seconds, 1),
        "estimated_seconds": round(estimate.seconds, 1),
        "workers_lost": report.lost,
        "missing_users": len(set(names) - set(rows["user"])),
        "doubled_users": len(rows) - rows["user"].n_unique(),
        "kills": kills.done if kills else [],
    }
    return Report("campaign", "composed e-mails for many users", figures, {"seed": seed})


def add_users(place: Path, users: int, seed: int) -> list[str]:
    """Add made-up users to the log of a workspace; returns their names."""
    random = np.random.default_rng(seed)
    with Workspace.open(place) as workspace:
        known = workspace.events.frame(DOMAIN).partition_by("user")
        names = [f"made-{number}" for number in range(users)]
        added = []
        for name, of in zip(names, random.integers(0, len(known), users), strict=True):
            kept = random.random(len(known[of])) < 0.9
            added.append(known[of].filter(pl.Series(kept)).with_columns(user=pl.lit(name)))
        workspace.events.extend(DOMAIN, pl.concat(added))
    return names


class _Kills:
    """Kills a worker at a quarter of the users and a node at half."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "include_dashboard": False}
        self.cluster: Any = Cluster(initialize_head=True, connect=True, head_node_args=head)
        self.node = self.cluster.add_node(num_cpus=1)
        self.done: list[str] = []

    def at(self, campaign: Campaign, done: int, total: int, _: str) -> None:
        import ray

        if not self.done and done > total / 4:
            self.done.append(f"worker at {done}")
            busy = [worker for worker, part in campaign._busy.values() if part]
            if busy and isinstance(busy[0], RayWorker):
                number = ray.get(busy[0]._actor.__ray_call__.remote(lambda _: os.getpid()))
                os.kill(number, signal.SIGKILL)
        elif len(self.done) == 1 and done > total / 2:
            self.done.append(f"node at {done}")
            self.cluster.remove_node(self.node, allow_graceful=False)
            time.sleep(0.1)


if __name__ == "__main__":
    run(measure)
