"""The feedback benchmark measures what it says, and notices a shortlist that has learned nothing.

Run with `pytest tests/unit/eval/test_bench_feedback.py`.
"""

from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench.feedback import build, floor_ms, latencies
from shelftalker.scorer.loading import load_scorer
from shelftalker.store.workspace import Workspace


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("goods") / "ws"
    build(built, items=300, history=4)
    return built


def test_each_event_is_in_the_log_and_timed(path: Path) -> None:
    with Recommender.open(path, engine="none") as recommender:
        before = recommender.workspace.events.count("goods")
        figures = latencies(recommender, repeat=3)
        assert recommender.workspace.events.count("goods") == before + 3
    assert figures["both"]["p95"] >= figures["both"]["median"] > figures["shortlist"]["median"] > 0


def test_the_floor_is_far_below_the_path(path: Path) -> None:
    with Workspace.open(path) as workspace:
        floor = floor_ms(load_scorer(workspace, "goods"))
    with Recommender.open(path, engine="none") as recommender:
        assert 0 < floor < latencies(recommender, repeat=3)["both"]["median"]


def test_a_shortlist_that_has_learned_nothing_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recommender.open(path, engine="none") as recommender:
        stale = recommender.shortlist("u0")
        monkeypatch.setattr(recommender, "shortlist", lambda user: stale)
        with pytest.raises(EvaluationError, match="still holds"):
            latencies(recommender, repeat=1)
