"""Ranking of the full catalogue: a scorer that knows its test events, or returns seen items."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from shelftalker.data.events import Event
from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.full_ranking import (
    check_lists,
    check_score,
    check_scorer,
    implausible,
    rank_all,
)
from shelftalker.eval.runs import ranking
from shelftalker.eval.splits import HeldOut, hold_out
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.unit.eval.conftest import CATALOG, crowd, event, task_of


def peeker(held: HeldOut, by: str):  # type: ignore[no-untyped-def]
    """Knows each user's held-out item, by the user's name or by what is in the history."""

    def key(history: Sequence[Event]) -> object:
        return history[0].user if by == "name" else frozenset(e.item for e in history)

    answers = {
        key(history): own[0].item for history, own in zip(held.histories, held.targets, strict=True)
    }

    def score(histories: Sequence[Sequence[Event]]) -> np.ndarray:
        scores = np.tile(np.linspace(0, 1, len(CATALOG), dtype=np.float32), (len(histories), 1))
        for row, history in enumerate(histories):
            if (item := answers.get(key(history))) is not None:
                scores[row, CATALOG.row(item)] = 9.0
        return scores

    return score


def test_a_scorer_that_looks_its_users_up_is_caught() -> None:
    held = hold_out(crowd(), "leave-one-out")
    with pytest.raises(EvaluationError, match="looks users up"):
        check_score(peeker(held, "name"), held)


def test_a_scorer_that_memorised_the_answers_is_flagged() -> None:
    held = hold_out(crowd(), "leave-one-out")
    score = peeker(held, "history")
    check_score(score, held)  # it hides well: only its figures give it away
    assert "ranks first for 100%" in implausible(rank_all(score, held, CATALOG))


def test_an_honest_scorer_passes_both() -> None:
    held = hold_out(crowd(), "leave-one-out")
    honest = peeker(HeldOut("leave-one-out", [], [], []), "history")
    check_score(honest, held)
    assert implausible(rank_all(honest, held, CATALOG)) == ""


def test_a_scorer_trained_on_the_whole_log_is_caught(setup: TaskSetup) -> None:
    """The scorer in service was trained on every event, as its card says."""
    held = setup.split()
    serving = setup.workspace.scorer_path("films")
    assert serving is not None
    scorer = TwoTowerScorer.load(serving, setup.catalog, setup.encoder)
    with pytest.raises(EvaluationError, match="trained on 80 events, but only 50"):
        check_scorer(scorer, held)


def test_our_own_scorer_is_fitted_on_the_training_part(setup: TaskSetup) -> None:
    held = setup.split()
    scorer = setup.scorer(held)
    check_scorer(scorer, held)
    assert scorer.weights.card["counts"]["events"] == len(held.train)


def test_a_scorer_stored_by_another_process_meanwhile_does_no_harm(
    setup: TaskSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = setup.split()
    kept = setup.workspace.path / "cache" / "eval" / setup._key(held.train, 7)
    fit = TwoTowerScorer.fit

    def slow(*args: Any, **options: Any) -> TwoTowerScorer:
        scorer = fit(*args, **options)
        kept.mkdir(parents=True)
        scorer.save(kept)
        return scorer

    monkeypatch.setattr(TwoTowerScorer, "fit", slow)
    assert setup.scorer(held, seed=7).weights.card["counts"]["events"] == len(held.train)
    assert not list(kept.parent.glob(".*"))


def test_a_list_with_a_seen_item_is_caught() -> None:
    with pytest.raises(EvaluationError, match="user 'a' is shown item 'i2', which is in"):
        check_lists([["i9", "i2"]], [[event("a", "i2", 1)]])
    with pytest.raises(EvaluationError, match="shows an item twice"):
        check_lists([["i9", "i9"]], [[]])


@pytest.mark.usefixtures("scorer_that_returns_seen_items")
def test_a_scorer_that_returns_seen_items_stops_the_ranking(setup: TaskSetup) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    with pytest.raises(EvaluationError, match="which is in the history"):
        asyncio.run(ranking.run(task, setup))  # type: ignore[arg-type]


def test_unknown_systems_are_named(setup: TaskSetup) -> None:
    task = task_of("ranking", systems=["ours", "magic"])
    with pytest.raises(InputError, match="unknown systems magic; available: ours, random"):
        asyncio.run(ranking.run(task, setup))  # type: ignore[arg-type]


def test_a_peer_that_knows_users_by_their_ids_is_measured(setup: TaskSetup) -> None:
    figures = asyncio.run(ranking.run(task_of("ranking", systems=["bpr"]), setup))  # type: ignore[arg-type]
    assert figures.row("bpr") is not None


def test_a_user_without_a_history_is_tested_as_a_new_visitor() -> None:
    log = [*crowd(), event("new", "i7", 1e6), event("new", "i8", 2e6)]
    held = hold_out(log, "global-time", 0.02)
    assert [] in held.histories
    ranked = rank_all(lambda own: np.ones((len(own), 100), np.float32), held, CATALOG)
    assert len(ranked.candidates) == len(held.targets)


def test_our_scorer_finds_the_missing_film_of_each_group(setup: TaskSetup) -> None:
    """What a user of the tiny world lacks is of the group: better than popularity, paired."""
    task = task_of("ranking", systems=["ours", "popularity"])
    result = asyncio.run(ranking.run(task, setup))  # type: ignore[arg-type]
    assert result.comparisons[0].difference.verdict == "better"
