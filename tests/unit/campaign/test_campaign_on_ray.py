"""A campaign on a real cluster of two Ray nodes, while a worker, a node and the driver are killed:
pytest tests/unit/campaign/test_campaign_on_ray.py"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

ray = pytest.importorskip("ray")

from ray.cluster_utils import Cluster  # noqa: E402

from shelftalker import Style  # noqa: E402
from shelftalker.campaign.plan import CampaignPlan, CampaignSettings  # noqa: E402
from shelftalker.campaign.run import Campaign  # noqa: E402
from shelftalker.campaign.workers import RayWorker, open_workers  # noqa: E402
from tests.unit.campaign.test_campaign import _wait_for  # noqa: E402

USERS = [f"u{n}" for n in range(30)]
SETTINGS = CampaignSettings("films", style=Style("email"), part_size=1)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    nodes = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    nodes.add_node(num_cpus=1)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.timeout(600)
def test_worker_node_and_driver_are_killed(world: Path, tmp_path: Path, cluster: Cluster) -> None:
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "shelftalker.cli", "campaign", str(world), "--out", str(out),
        "--engine", "none", "--part", "1", "--rate", "4",
    ]  # fmt: skip
    environment = os.environ | {"RAY_ADDRESS": cluster.address}
    driver = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        _wait_for(lambda: out.exists() and len(list(out.glob("part-*"))) > 4)
    finally:
        driver.kill()
        driver.wait()
    written = {file.name for file in out.glob("part-*")}
    assert 4 < len(written) < 20
    assert json.loads((out / "campaign.json").read_text())["part_size"] == 1

    ray.init(address=cluster.address, log_to_driver=False)
    plan = CampaignPlan.begin(str(out), SETTINGS, None, USERS)
    size, worker = open_workers((str(world), SETTINGS, "none"), local=False)
    assert size == 2
    campaign = Campaign(plan, size, worker, rate=4)
    kills: list[str] = []

    def kill(done: int, total: int, text: str) -> None:
        if not kills and done > len(written) + 2:
            kills.append("worker")
            one = next(iter(campaign._busy.values()))[0]
            assert isinstance(one, RayWorker)
            os.kill(one.process(), signal.SIGKILL)
        elif kills == ["worker"] and campaign.report.lost and done > len(written) + 8:
            kills.append("node")
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    report = campaign.run(kill)
    campaign.close()
    assert kills == ["worker", "node"]
    assert report.lost >= 1
    table = pl.read_parquet(str(out / "part-*.parquet"))
    assert Counter(table["user"]) == Counter(USERS)
    assert all(table["text"])
