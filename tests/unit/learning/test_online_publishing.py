"""What a learner puts into service and takes back, and what a kill at any moment leaves.

Run with `pytest tests/unit/learning/test_online_publishing.py`.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from shelftalker.learning.fit import fit
from shelftalker.learning.online_service import learn_online
from shelftalker.recommender import Recommender
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.online import Paired
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from tests.support.forked import forked
from tests.support.shelf_log import build, craze, reading

LEARN = "from shelftalker.cli import main; main()"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("online") / "ws")


@pytest.fixture
def path(fitted: Path, tmp_path: Path) -> Path:
    shutil.copytree(fitted, tmp_path / "ws")
    return tmp_path / "ws"


def scrambled(scorer: TwoTowerScorer) -> TwoTowerScorer:
    """Opinions turned round: every part counts against."""
    mix = scorer.weights.mix
    worse = replace(mix, towers=-mix.towers - 1, item_item=-mix.item_item - 1, content=-9.0)
    return scorer.rebound(scorer.catalog, replace(scorer.weights, mix=worse))


def test_a_published_version_serves_and_a_restart_goes_on_behind_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.online.LEAST", 50)
    with Workspace.open(path) as workspace, Recommender.open(path, engine="none") as recommender:
        assert "hit" not in {one.item_id for one in recommender.shortlist("u1", n=20)}
        workspace.events.extend("books", craze(range(0, 1600, 2), 5000.0))
        state = learn_online(
            workspace, "books", threading.Event(), until_idle=True, publish_after=300
        )
        assert state.version == workspace.current("books").scorer != "v1"
        assert "hit" in {one.item_id for one in recommender.shortlist("u1", n=20)}
        again = learn_online(workspace, "books", threading.Event(), until_idle=True)
        assert again.events < 1600


def test_a_served_version_that_ranks_worse_gives_way_to_the_last(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.online.LEAST", 50)
    with Workspace.open(path) as workspace:
        bad = scrambled(load_scorer(workspace, "books"))
        bad.weights.card["before"] = "v1"
        with workspace.new_version("books", "scorer") as version:
            bad.save(version.folder)
        workspace.set_current("books", scorer="v2")
        workspace.events.extend("books", reading(range(200, 260), 3, 5000.0))
        actions: list[str] = []
        learn_online(
            workspace,
            "books",
            threading.Event(),
            lambda state: actions.append(state.action),
            until_idle=True,
        )
        assert workspace.current("books").scorer == "v1"
        assert any("back to v1" in action for action in actions)


def test_a_recommender_owns_a_learner_and_one_feedback_is_seen_at_once(path: Path) -> None:
    with Recommender.open(path, engine="none") as recommender:
        recommender.start_learning(publish_after=1)
        before = recommender.shortlist("u0", n=5)
        recommender.feedback("u0", before[0].item_id, "like")
        after = recommender.shortlist("u0", n=5)
        assert before[0].item_id not in {one.item_id for one in after}
        recommender.feedback("visitor", "crime-1", "like")
        assert recommender.shortlist("visitor", n=1)[0].item_id.startswith("crime")
        recommender.stop_learning()
        assert not [t for t in threading.enumerate() if t.name.startswith("learn")]


def command(path: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", LEARN, "fit", str(path), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def serves(path: Path) -> str:
    """The version that serves after a kill: it must load, rank and keep every complete version."""
    with Workspace.open(path) as workspace:
        for version in workspace.versions("books", "scorer"):
            load_scorer(workspace, "books", version=version)
        with Recommender.open(path, engine="none") as recommender:
            assert len(recommender.shortlist("u0", n=5)) == 5
        return str(workspace.current("books").scorer)


def test_ctrl_c_ends_the_process_cleanly(path: Path) -> None:
    process = command(path, "--online", "--json")
    assert process.stderr is not None
    assert "Ctrl-C ends it" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert '"version": "v1"' in stdout


def train(end: Connection, path: Path) -> None:
    fit(Workspace.open(path), "books", progress=lambda done, total, text: end.send(text))


def test_killed_while_it_trains_the_last_version_serves(path: Path) -> None:
    with forked(train, path) as (_, end):
        while "epoch 2" not in end.recv():
            pass
    assert serves(path) == "v1"


def publish(end: Connection, path: Path) -> None:
    """After every batch, whatever it is worth."""
    Paired.better = lambda self: True  # type: ignore[method-assign]
    Paired.worse = lambda self: False  # type: ignore[method-assign]
    learn_online(
        Workspace.open(path),
        "books",
        threading.Event(),
        lambda state: end.send(state.action),
        publish_after=1,
    )


@pytest.mark.parametrize("moment", [0.0, 0.1])
def test_killed_while_it_learns_and_publishes_a_whole_version_serves(
    path: Path, moment: float
) -> None:
    with Workspace.open(path) as workspace:
        workspace.events.extend("books", craze(range(6000), 5000.0))
    with forked(publish, path) as (_, end):
        while "published v3" not in end.recv():
            pass
        time.sleep(moment)
    assert int(serves(path)[1:]) >= 3
