"""What online learning promises: it ranks first and learns then, and takes back what ranks worse.

Run with `pytest tests/test_online.py`. The world keeps to three shelves; then everybody starts to
follow any book with one that nobody had read before.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.learning.online_service import learn_online
from shelftalker.recommender import Recommender
from shelftalker.scorer.history import read
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.online import OnlineLearner, OnlineSettings
from shelftalker.scorer.progressive import Paired
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.scorer.weights import read_weights
from shelftalker.store.workspace import Workspace

SHELVES = ("space", "cooking", "crime")
BOOKS = 40
LEARN = "from shelftalker.cli import main; main()"


def catalog() -> Catalog:
    books = [
        Item(f"{shelf}-{n}", f"{shelf} {n}", f"A book about {shelf}.")
        for shelf in SHELVES
        for n in range(BOOKS)
    ]
    return Catalog.of([*books, Item("hit", "The talk of the town", "A novel.")])


def reading(users: range, seed: int, start: float) -> list[Event]:
    """Each user takes seven books of one shelf, one after the other; user by user."""
    rng = np.random.default_rng(seed)
    return [
        Event(f"u{user}", f"{SHELVES[user % 3]}-{n}", "like", time=start + 10 * user + step)
        for user in users
        for step, n in enumerate(rng.choice(BOOKS, 7, replace=False))
    ]


def craze(users: range, start: float) -> list[Event]:
    """A book of the own shelf, then the hit: what no one did before."""
    return [
        Event(f"u{user}", item, "like", time=start + 10 * user + step)
        for user in users
        for step, item in enumerate((f"{SHELVES[user % 3]}-{user % BOOKS}", "hit"))
    ]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("online") / "ws"
    with Workspace.create(path, default_domain="books") as workspace:
        workspace.add_domain("books")
        workspace.write_catalog("books", catalog())
        workspace.events.extend("books", reading(range(90), 0, 0.0))
        fit(workspace, "books")
    return path


@pytest.fixture
def path(fitted: Path, tmp_path: Path) -> Path:
    shutil.copytree(fitted, tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture(scope="module")
def scorer(fitted: Path) -> TwoTowerScorer:
    with Workspace.open(fitted) as workspace:
        return load_scorer(workspace, "books")


def past() -> list[Event]:
    return reading(range(90), 0, 0.0)


def rank_of_hit(scorer: TwoTowerScorer) -> int:
    history = [Event("new", f"space-{n}", "like", time=n) for n in range(3)]
    return [one.item_id for one in scorer.shortlist(history, n=200)].index("hit")


def scrambled(scorer: TwoTowerScorer) -> TwoTowerScorer:
    """Opinions turned round: every part counts against."""
    mix = scorer.weights.mix
    worse = replace(mix, towers=-mix.towers - 1, item_item=-mix.item_item - 1, content=-9.0)
    return scorer.with_weights(replace(scorer.weights, mix=worse))


def test_the_first_events_are_ranked_by_what_they_have_not_changed(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(40), 5000.0))
    paired = learner.against_serving
    assert len(paired.own) >= 40
    assert list(paired.own) == pytest.approx(list(paired.rival))
    learner.learn(craze(range(40, 80), 6000.0))
    assert list(paired.own) != pytest.approx(list(paired.rival))


def test_what_everybody_does_now_is_learned_and_not_only_by_its_text(
    scorer: TwoTowerScorer,
) -> None:
    learner = OnlineLearner(scorer, past())
    before = rank_of_hit(scorer)
    for turn in range(7):
        learner.learn(craze(range(30 * turn, 30 * turn + 30), 5000.0 * (turn + 1)))
    learned = learner.scorer()
    assert before > 20
    assert rank_of_hit(learned) < 3
    assert learner.better() is False  # too few events yet
    assert learner.against_serving.margin()[0] > 0
    assert rank_of_hit(scorer) == before  # what serves is left alone


def test_the_old_ways_are_not_forgotten(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(90), 5000.0))
    learned = learner.scorer()
    for shelf in SHELVES:
        history = [Event("new", f"{shelf}-{n}", "like", time=n) for n in range(3)]
        picks = [one.item_id for one in learned.shortlist(history, n=10)]
        assert sum(item.startswith(shelf) for item in picks) >= 7


def test_what_was_learned_survives_saving(scorer: TwoTowerScorer, tmp_path: Path) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(30), 5000.0))
    learned = learner.scorer({"position": 7})
    assert "hit" in learned.weights.ids
    learned.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, scorer.catalog, scorer.encoder)
    histories = [past()[:4], craze(range(3), 0.0)]
    np.testing.assert_allclose(again.logits(histories), learned.logits(histories), atol=1e-5)
    assert read_weights(tmp_path, scorer.encoder).card["position"] == 7


def test_the_learner_ranks_as_the_scorer_it_would_publish(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past())
    learner.learn(craze(range(30), 5000.0))
    histories = [read(past()[:4], scorer.catalog), read(craze(range(2), 0.0), scorer.catalog)]
    nothing, asked = np.zeros((2, scorer.encoder.dim), np.float32), np.zeros(2, bool)
    known = np.array([scorer.catalog.row(item) for item in learner.scorer().weights.ids])
    own, published = (
        side.logits(histories, nothing, asked, scorer.weights.mix, known)
        for side in (learner._model.side, learner.scorer().side)
    )
    np.testing.assert_allclose(own, published, atol=1e-4)


def test_a_rival_that_is_better_by_more_than_the_noise_wins() -> None:
    paired = Paired(100)
    rng = np.random.default_rng(0)
    own = rng.random(100).astype(np.float32)
    paired.add(own, own + 0.05 * rng.random(100).astype(np.float32))
    assert paired.worse(least=50, noise=2.0)
    assert not paired.worse(least=200, noise=2.0)
    noisy = Paired(100)
    noisy.add(own, rng.permutation(own))
    assert not noisy.worse(least=50, noise=2.0)


def test_a_model_is_better_only_by_more_than_the_noise() -> None:
    rng = np.random.default_rng(0)
    rival = rng.random(100).astype(np.float32)
    surely, luckily = Paired(100), Paired(100)
    surely.add(rival + 0.05 * rng.random(100).astype(np.float32), rival)
    luckily.add(rival + np.tile(np.array([0.31, -0.29], np.float32), 50), rival)
    assert luckily.margin()[0] > 0
    assert not luckily.better(least=50, noise=2.0)
    assert surely.better(least=50, noise=2.0)
    assert not surely.better(least=200, noise=2.0)


def test_steps_far_too_large_are_noticed(scorer: TwoTowerScorer) -> None:
    learner = OnlineLearner(scorer, past(), settings=OnlineSettings(lr=0.5, least=50))
    for turn in range(4):
        learner.learn(reading(range(100 + 30 * turn, 130 + 30 * turn), turn, 5000.0))
    assert learner.gone_astray()


def test_a_published_version_serves_and_a_restart_goes_on_behind_it(path: Path) -> None:
    settings = OnlineSettings(least=50)
    with Workspace.open(path) as workspace, Recommender.open(path, engine="none") as recommender:
        assert "hit" not in {one.item_id for one in recommender.shortlist("u1", n=20)}
        workspace.events.extend("books", craze(range(0, 1600, 2), 5000.0))
        state = learn_online(
            workspace,
            "books",
            threading.Event(),
            settings=settings,
            until_idle=True,
            publish_after=300,
        )
        assert state.version == workspace.current("books").scorer != "v1"
        assert "hit" in {one.item_id for one in recommender.shortlist("u1", n=20)}
        again = learn_online(workspace, "books", threading.Event(), until_idle=True)
        assert again.events < 1600


def test_a_served_version_that_ranks_worse_gives_way_to_the_last(path: Path) -> None:
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
            settings=OnlineSettings(least=50),
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


def test_killed_while_it_trains_the_last_version_serves(path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert any("epoch 2" in line for line in process.stdout)
    process.kill()
    process.wait()
    assert serves(path) == "v1"


TRAINING = """
import sys
from shelftalker.serving.domain import fit
from shelftalker.store.workspace import Workspace
report = lambda done, total, text: print(text, flush=True)
fit(Workspace.open(sys.argv[1]), "books", progress=report)
"""

PUBLISHING = """
import sys, threading
from shelftalker.store.workspace import Workspace
from shelftalker.learning.online_service import learn_online
from shelftalker.scorer.history import read
from shelftalker.scorer.online import OnlineSettings, OnlineLearner
OnlineLearner.better = lambda self: True  # publish after every batch, whatever it is worth
workspace = Workspace.open(sys.argv[1])
report = lambda state: print(state, flush=True)
print("ready", flush=True)
learn_online(workspace, "books", threading.Event(), report, publish_after=1,
             settings=OnlineSettings(noise=1e9))
"""


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15])
def test_killed_while_it_learns_and_publishes_a_whole_version_serves(
    path: Path, moment: float
) -> None:
    with Workspace.open(path) as workspace:
        workspace.events.extend("books", craze(range(6000), 5000.0))
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHING, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "published v3" in line:
            break
    time.sleep(moment)
    process.kill()
    process.wait()
    assert int(serves(path)[1:]) >= 3
