"""What the background learner does when others change the workspace, and when it fails.

Run with `pytest tests/unit/learning/test_online_service.py`.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import NotFitted
from shelftalker.learning import online_service
from shelftalker.learning.online_service import LearningThread
from shelftalker.recommender import Recommender
from shelftalker.scorer.online import OnlineLearner, Paired
from shelftalker.store.workspace import Workspace
from tests.support.letter_world import OPENERS, add_domain, fitted, open_letters, wait_for


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    for module in OPENERS:
        monkeypatch.setattr(f"shelftalker.{module}.open_encoder", open_letters)
    monkeypatch.setattr(online_service, "POLL_SECONDS", 0.01)
    with Workspace.create(tmp_path / "ws", default_domain="shop") as workspace:
        add_domain(workspace, "shop", fitted())
        yield workspace


@pytest.fixture
def learners(monkeypatch: pytest.MonkeyPatch) -> list[OnlineLearner]:
    """Every learner that is made, in order."""
    made: list[OnlineLearner] = []

    class Recorded(OnlineLearner):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr(online_service, "OnlineLearner", Recorded)
    return made


def likes(workspace: Workspace, item: str, users: range) -> None:
    events = [Event(f"u{user}", item, "like", time=100.0 + user) for user in users]
    workspace.events.extend("shop", events)


def test_items_added_while_it_runs_are_learned(
    workspace: Workspace, learners: list[OnlineLearner]
) -> None:
    thread = LearningThread(workspace, "shop", 500)
    try:
        wait_for(lambda: len(learners) == 1)
        likes(workspace, "0", range(3, 6))
        wait_for(lambda: learners[-1].learned == 3)
        new = Catalog.of([Item("new", "Item zz")])
        workspace.write_catalog("shop", workspace.catalog("shop").upserted(new))
        likes(workspace, "new", range(3, 8))
        wait_for(lambda: learners[-1].learned == 8)  # the three again, and the five
        assert "new" in learners[-1].scorer().weights.ids
    finally:
        thread.close()


def test_a_forgotten_user_leaves_the_memory_of_a_running_learner(
    workspace: Workspace, learners: list[OnlineLearner]
) -> None:
    thread = LearningThread(workspace, "shop", 500)
    try:
        wait_for(lambda: len(learners) == 1)
        likes(workspace, "0", range(3, 6))
        wait_for(lambda: learners[-1].learned == 3)
        assert "u3" in learners[-1]._histories
        with Recommender(workspace, "none") as recommender:
            recommender.forget("u3")
            likes(workspace, "1", range(4, 6))
            wait_for(lambda: learners[-1].learned == 5)
            assert "u3" not in learners[-1]._histories
            assert len(learners[-1]._histories["u4"]) == 7  # the others are still there
            thread.close()
    finally:
        thread.close()


def test_a_learner_that_fails_is_logged_at_once_and_says_why(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.add_domain("empty")
    thread = LearningThread(workspace, "empty", 500)
    wait_for(lambda: thread.error is not None)
    wait_for(lambda: bool(caplog.records))
    [record] = caplog.records
    assert (record.levelno, record.exc_info is not None) == (logging.ERROR, True)
    assert "empty" in record.getMessage()
    with pytest.raises(NotFitted):
        thread.close()


def test_starting_to_learn_again_raises_what_the_last_learner_failed_with(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fail(workspace: Workspace, domain: str, *args: Any, **options: Any) -> None:
        calls.append(domain)
        if len(calls) == 1:
            raise RuntimeError("no space left")

    monkeypatch.setattr(online_service, "learn_online", fail)
    with Recommender(workspace, "none") as recommender:
        recommender.start_learning()
        wait_for(lambda: recommender._learning["shop"].error is not None)
        with pytest.raises(RuntimeError, match="no space left"):
            recommender.start_learning()
        recommender.start_learning()
        wait_for(lambda: len(calls) == 2)
        recommender.stop_learning()


def test_a_publish_is_logged_without_users(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Paired, "better", lambda self: True)
    caplog.set_level(logging.INFO)
    thread = LearningThread(workspace, "shop", 1)
    try:
        likes(workspace, "0", range(3, 6))
        wait_for(lambda: workspace.current("shop").scorer == "v2")
        wait_for(lambda: "published v2" in caplog.text)
    finally:
        thread.close()
    [line] = [r.getMessage() for r in caplog.records if "published v2" in r.getMessage()]
    assert "shop" in line
    assert "3 events" in line
    assert "NDCG@10" in line
    assert "against v1" in line
    assert "u3" not in caplog.text
