"""The evaluation as a whole: splits, what it refuses, and the faults it must catch, each planted.

Run with `pytest tests/test_eval.py`.
"""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from shelftalker.adapters import bundled as trained
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.engine.base import Adapters, Floats, Prompt
from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.compare_runs import changes
from shelftalker.eval.full_ranking import (
    check_lists,
    check_score,
    check_scorer,
    implausible,
    rank_all,
)
from shelftalker.eval.harness import results_of, run_tasks
from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.result import (
    Result,
    ResultRow,
    Sample,
    provenance,
    read_results,
    write_result,
)
from shelftalker.eval.runs import descriptions, picking, ranking
from shelftalker.eval.runs.sanity_flags import stuck_at, wrong_user
from shelftalker.eval.splits import HeldOut, check, hold_out
from shelftalker.eval.task import (
    all_tasks,
    find_tasks,
    read_task,
)
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.adapter_card import AdapterCard, Use
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine
from tests.unit.adapters.test_registry import random_lora


def event(user: str, item: str, when: float) -> Event:
    return Event(user, item, "like", time=when)


def crowd(users: int = 60, items: int = 100, own: int = 6) -> list[Event]:
    """Everybody takes other items at random, in turn."""
    draw = np.random.default_rng(0)
    return [
        event(f"u{user}", f"i{item}", 1000 * place + user)
        for user in range(users)
        for place, item in enumerate(draw.permutation(items)[:own])
    ]


CATALOG = Catalog.of(Item(f"i{n}", f"Item {n}") for n in range(100))


@pytest.fixture(scope="module")
def shared_bench(world: Path, tmp_path_factory: pytest.TempPathFactory) -> TaskSetup:
    """Over a copy of the tiny world; keeps the encoder and the scorer fitted for the tests."""
    copy = shutil.copytree(world, tmp_path_factory.mktemp("eval") / "ws")
    return TaskSetup(Workspace.open(copy), "films")


@pytest.fixture
def bench(shared_bench: TaskSetup) -> TaskSetup:
    """The tiny world with an engine that says one grounded sentence."""
    asyncio.run(shared_bench.close())
    shared_bench.engine_wanted = FakeEngine(["It is a thriller."])
    return shared_bench


def task_of(name: str, **changed: object) -> object:
    return all_tasks()[name].model_copy(update=changed)


# -- splits -----------------------------------------------------------------------------------


def test_a_moment_in_time_parts_everybodys_events() -> None:
    log = [event("a", "i1", 1), event("a", "i2", 9), event("b", "i3", 2), event("c", "i4", 9.5)]
    held = hold_out(log, "global-time", share=0.5)
    assert [e.item for e in held.train] == ["i1", "i3"]
    assert dict(zip(held.users, held.histories, strict=True)) == {"a": [log[0]], "c": []}


def test_taking_the_same_item_again_is_no_test() -> None:
    log = [event("a", "i1", 1), event("b", "i2", 2), event("a", "i1", 9), event("b", "i3", 9)]
    held = hold_out(log, "global-time", share=0.5)
    assert held.users == ["b"]


@pytest.mark.parametrize("name", ["leave-one-out", "global-time"])
def test_an_empty_split_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="holds no test event"):
        hold_out([event("a", "i1", 1)], name)  # type: ignore[arg-type]


def test_a_leak_of_the_test_event_into_training_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.train.append(held.targets[3][0])
    with pytest.raises(EvaluationError, match="leakage: the held-out event of user 'u3'"):
        check(held)


def test_a_history_that_knows_the_future_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.histories[2].append(event("u2", "i5", 1e9))
    with pytest.raises(EvaluationError, match="later than the held-out one"):
        check(held)


def test_a_history_of_somebody_else_is_refused() -> None:
    held = hold_out(crowd(), "leave-one-out")
    held.histories[0], held.histories[1] = held.histories[1], held.histories[0]
    with pytest.raises(EvaluationError, match="history of somebody else"):
        check(held)


def test_training_beyond_the_moment_is_refused() -> None:
    held = hold_out(crowd(), "global-time", 0.2)
    held.train.append(event("u1", "i99", 1e9))
    with pytest.raises(EvaluationError, match="lies after the first test event"):
        check(held)


# -- planted: a scorer that peeks ---------------------------------------------------------------


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


def test_a_scorer_that_has_learnt_the_answers_by_heart_is_flagged() -> None:
    held = hold_out(crowd(), "leave-one-out")
    score = peeker(held, "history")
    check_score(score, held)  # it hides well: only its figures give it away
    assert "stands first for 100%" in implausible(rank_all(score, held, CATALOG))


def test_an_honest_scorer_passes_both() -> None:
    held = hold_out(crowd(), "leave-one-out")
    honest = peeker(HeldOut("leave-one-out", [], [], []), "history")
    check_score(honest, held)
    assert implausible(rank_all(honest, held, CATALOG)) == ""


def test_a_scorer_trained_on_the_whole_log_is_caught(bench: TaskSetup) -> None:
    """The serving scorer has seen every event: its card says so."""
    held = bench.split()
    serving = bench.workspace.scorer_path("films")
    assert serving is not None
    trained_on = json.loads((serving / "card.json").read_text())["counts"]["events"]
    with pytest.raises(EvaluationError, match="trained on 80 events, but only 50"):
        check_scorer(bench.scorer(held), held, trained_on)


def test_our_own_scorer_is_fitted_on_the_training_part(bench: TaskSetup) -> None:
    held = bench.split()
    check_scorer(bench.scorer(held), held, bench.trained_on(held))
    assert bench.trained_on(held) == len(held.train)


def test_a_scorer_that_another_process_kept_meanwhile_does_no_harm(
    bench: TaskSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = bench.split()
    kept = bench.workspace.path / "cache" / "eval" / bench._key(held.train, 7)
    fit = TwoTowerScorer.fit

    def slow(*args: Any, **options: Any) -> TwoTowerScorer:
        scorer = fit(*args, **options)
        kept.mkdir(parents=True)
        scorer.save(kept)
        return scorer

    monkeypatch.setattr(TwoTowerScorer, "fit", slow)
    assert bench.trained_on(held, seed=7) == len(held.train)
    assert not list(kept.parent.glob(".*"))


# -- planted: seen items --------------------------------------------------------------------------


def test_a_list_with_a_seen_item_is_caught() -> None:
    with pytest.raises(EvaluationError, match="user 'a' is shown item 'i2', which is in"):
        check_lists([["i9", "i2"]], [[event("a", "i2", 1)]])
    with pytest.raises(EvaluationError, match="shows an item twice"):
        check_lists([["i9", "i9"]], [[]])


@pytest.fixture
def scorer_that_returns_seen_items(bench: TaskSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = bench.scorer(bench.split())
    honest = type(scorer).shortlist
    monkeypatch.setattr(
        type(scorer),
        "shortlist",
        lambda self, history, **options: honest(self, history, **options | {"exclude_seen": False}),
    )


@pytest.mark.usefixtures("scorer_that_returns_seen_items")
def test_a_scorer_that_returns_seen_items_stops_the_ranking(bench: TaskSetup) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    with pytest.raises(EvaluationError, match="which is in the history"):
        asyncio.run(ranking.run(task, bench))  # type: ignore[arg-type]


@pytest.mark.usefixtures("scorer_that_returns_seen_items")
def test_a_scorer_that_returns_seen_items_stops_the_picking(bench: TaskSetup) -> None:
    bench.engine_wanted = FakeEngine()
    task = task_of("picking", users=20, ways=["letters-once"])
    with pytest.raises(EvaluationError, match="which is in the history"):
        asyncio.run(picking.run(task, bench))  # type: ignore[arg-type]


# -- planted: a pick that always says A -----------------------------------------------------------


class AlwaysA(FakeEngine):
    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        row = np.full(len(labels), np.log(0.01 / max(len(labels) - 1, 1)))
        row[0] = np.log(0.99)
        return np.tile(row, (len(prompts), 1))


def test_a_pick_that_always_says_a_is_flagged(bench: TaskSetup) -> None:
    bench.engine_wanted = AlwaysA()
    task = task_of("picking", users=20, ways=["letters-once"])
    result = asyncio.run(picking.run(task, bench))  # type: ignore[arg-type]
    assert result.row("letters-once").values["flip rate"] == 1.0  # type: ignore[union-attr]
    assert any("place 1 of the list in 100%" in flag for flag in result.flags)


def test_what_serves_is_the_scorers_order_until_weights_say_otherwise(bench: TaskSetup) -> None:
    task = task_of("calibration", users=20)
    bench.engine_wanted = engine = FakeEngine()
    result = asyncio.run(picking.run(task, bench))  # type: ignore[arg-type]
    served, scorer = result.row("served"), result.row("scorer")
    assert served is not None
    assert scorer is not None
    assert served.metrics == scorer.metrics
    assert "the scorer's order stands" in served.note
    assert set(engine.calls) == {"likelihood"}  # the crosstalk check alone


def test_a_pick_that_reads_the_items_is_not_flagged() -> None:
    assert stuck_at(np.random.default_rng(0).integers(0, 20, 100)) == ""


# -- planted: a describer that invents a year -----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("It was released in 1931.", True), ("It is a film from Norway.", False)],
)
def test_an_invented_year_is_flagged(
    bench: TaskSetup, monkeypatch: pytest.MonkeyPatch, text: str, flagged: bool
) -> None:
    """The writer's own check is switched off, as if it had a hole."""
    from shelftalker.writing import describe
    from shelftalker.writing.verifier.grounds import Verdict

    class Blind(describe.Grounds):
        def check(self, sentence: str) -> Verdict:
            return Verdict(True, states=frozenset([sentence]))

    monkeypatch.setattr(describe, "Grounds", Blind)
    bench.engine_wanted = FakeEngine([text])
    result = asyncio.run(descriptions.run(task_of("descriptions", users=5), bench))  # type: ignore[arg-type]
    own = [flag for flag in result.flags if flag.startswith("shelftalker")]
    assert any("nothing says 1931" in flag for flag in own) == flagged
    assert any("1931" in flag and "no fact says" in flag for flag in own) == flagged
    row = result.row("shelftalker")
    assert row is not None
    assert row.metrics["groundedness"].mean == (0.0 if flagged else 1.0)


@pytest.mark.parametrize("blind", [False, True])
def test_a_check_that_stops_nothing_is_seen(
    bench: TaskSetup, monkeypatch: pytest.MonkeyPatch, blind: bool
) -> None:
    from shelftalker.writing.verifier.grounds import Grounds, Verdict

    if blind:
        monkeypatch.setattr(Grounds, "check", lambda self, sentence: Verdict(True))
    bench.engine_wanted = FakeEngine(["It is a film from Norway."])
    result = asyncio.run(descriptions.run(task_of("descriptions", users=5), bench))  # type: ignore[arg-type]
    row = result.row("the check")
    assert row is not None
    assert row.metrics["falsehoods stopped"].mean == (0.0 if blind else 1.0)
    assert row.metrics["true sentences refused"].mean == 0.0


# -- planted: an engine that answers for the wrong user -------------------------------------------


class Crossed(FakeEngine):
    """Asked by several at once, it answers each with what the one before asked."""

    crossed = True

    def __init__(self) -> None:
        super().__init__()
        self._before: Prompt | None = None
        self.running = 0

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        self.running += 1
        await asyncio.sleep(0.001)
        mixed = self.crossed and self.running > 1 and self._before
        asked = self._before if mixed and self._before else prefix
        self._before = prefix
        await asyncio.sleep(0.001)
        self.running -= 1
        seed = abs(hash(json.dumps(list(asked)))) % 2**32
        return np.random.default_rng(seed).normal(-20, 3, len(continuations))


class Straight(Crossed):
    crossed = False


@pytest.mark.parametrize(("engine", "crossed"), [(Crossed, True), (Straight, False)])
def test_an_engine_that_answers_for_the_wrong_user_is_flagged(
    bench: TaskSetup, engine: type[Crossed], crossed: bool
) -> None:
    bench.engine_wanted = engine()
    task = task_of("picking", users=12, ways=["likelihood"])
    result = asyncio.run(picking.run(task, bench))  # type: ignore[arg-type]
    assert any("answer of somebody else" in flag for flag in result.flags) == crossed


def test_answers_that_waver_a_little_are_no_crosstalk() -> None:
    alone = np.array([[-1.0, -2.0], [-2.0, -1.0]])
    assert wrong_user(alone, alone + 0.05) == ""
    assert "2 of 2 users" in wrong_user(alone, alone[::-1])


# -- tasks, results, runs -------------------------------------------------------------------------


def test_every_packaged_task_is_valid_and_named_after_its_file() -> None:
    tasks = all_tasks()
    assert {"ranking", "classification", "picking", "descriptions", "speed"} <= set(tasks)
    assert all(name == task.name for name, task in tasks.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: ranking\nspilt: x", "unknown key 'spilt'; did you mean 'split'"),
        ("kind: sorting", "Input tag 'sorting'"),
        ("kind: ranking\nmetrics: [ndgc@10]", "did you mean 'ndcg'"),
        ("kind: [", "not valid YAML"),
        ("name: x\nkind: ranking\nversion: 0", "version"),
        ("just text", "no valid task"),
    ],
)
def test_a_bad_task_file_gets_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        read_task(tmp_path / "t.yaml")


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'ranking'"):
        find_tasks(["rankin"])


def test_unknown_systems_are_named(bench: TaskSetup) -> None:
    task = task_of("ranking", systems=["ours", "magic"])
    with pytest.raises(InputError, match="unknown systems magic; available: ours, random"):
        asyncio.run(ranking.run(task, bench))  # type: ignore[arg-type]


def test_a_user_without_a_history_is_tested_as_a_new_visitor() -> None:
    log = [*crowd(), event("new", "i7", 1e6), event("new", "i8", 2e6)]
    held = hold_out(log, "global-time", 0.02)
    assert [] in held.histories
    ranked = rank_all(lambda own: np.ones((len(own), 100), np.float32), held, CATALOG)
    assert len(ranked.candidates) == len(held.targets)


def result(task: str = "ranking", version: int = 1, mean: float = 0.1) -> Result:
    return Result(
        task=task,
        version=version,
        kind="ranking",
        n=10,
        rows=[
            ResultRow(
                system="ours", metrics={"ndcg@10": Estimate(mean, mean - 0.01, mean + 0.01, 10)}
            )
        ],
        provenance=provenance({"data": "d", "split": "s", "seed": 0}, 1.0),
    )


def test_results_of_another_task_version_are_refused(tmp_path: Path) -> None:
    write_result(result(version=7), tmp_path)
    with pytest.raises(
        EvaluationError, match="version 7 of task 'ranking', which is now version 1"
    ):
        results_of(tmp_path)


@pytest.mark.parametrize("content", ["{}", "[1]", "not json", '{"task": "x"}'])
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=r"x.json is no result of a task"):
        read_results(tmp_path, {})


def test_cards_of_users_are_kept_apart_from_the_figures(tmp_path: Path) -> None:
    card = Sample(user="7", title="Heat", description="A film.", source="model", score=0.5)
    file = write_result(result().model_copy(update={"samples": [card]}), tmp_path)
    assert "Heat" not in file.read_text()
    assert results_of(tmp_path)[0].samples == [card]


def test_an_empty_folder_says_how_to_make_results(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="shelftalker eval DIR --out"):
        results_of(tmp_path)


def test_runs_without_a_common_task_cannot_be_compared() -> None:
    with pytest.raises(EvaluationError, match="share no task"):
        changes([result("ranking")], [result("picking")])
    with pytest.raises(EvaluationError, match="version 1 in the first run and 2 in"):
        changes([result()], [result(version=2)])


def test_a_run_is_the_same_twice_and_compares_as_unchanged(
    bench: TaskSetup, tmp_path: Path
) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    first, again = (run_tasks([task], bench, tmp_path / n)[0] for n in "ab")  # type: ignore[list-item]
    assert first.rows[0].metrics == again.rows[0].metrics
    found = changes(results_of(tmp_path / "a"), results_of(tmp_path / "b"))
    change = next(c for c in found if c.metric == "ndcg@10")
    assert change.difference is not None
    assert change.difference.mean == 0
    assert change.verdict == "no clear difference"


def test_every_figure_says_how_to_make_it_again(bench: TaskSetup, tmp_path: Path) -> None:
    task = task_of("ranking", systems=["ours", "popularity"])
    run_tasks([task], bench, tmp_path)  # type: ignore[list-item]
    made = json.loads((tmp_path / "ranking.json").read_text())
    assert (made["task"], made["version"], made["n"]) == ("ranking", 1, 30)
    assert {"data", "split", "seed", "commit", "command", "machine"} <= set(made["provenance"])
    assert all({"mean", "low", "high", "n"} == set(m) for m in made["rows"][0]["metrics"].values())


def test_our_scorer_finds_the_missing_film_of_each_group(bench: TaskSetup) -> None:
    """What a user of the tiny world lacks is of the group: better than popularity, paired."""
    task = task_of("ranking", systems=["ours", "popularity"])
    found = asyncio.run(ranking.run(task, bench))  # type: ignore[arg-type]
    assert found.comparisons[0].difference.verdict == "better"


def test_an_adapter_that_learned_to_write_has_no_say_in_picks(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    bench = TaskSetup(workspace, "movies")
    assert bench.adapter_for("describe") is None
    assert trained.serve(workspace, "movies", "movies") == "v1"
    assert bench.adapter_for("describe") == "movies@v1"
    assert bench.adapter_for("pick") is bench.adapter_for("judge") is None


def test_a_pick_is_tested_on_events_that_its_adapter_cannot_know(
    bench: TaskSetup, tmp_path: Path
) -> None:
    lora, held = random_lora(tmp_path / "lora"), bench.split()
    times = sorted(own[0].time for own in held.targets)

    def of(until: float | None) -> TaskSetup:
        facts = {"prompts": ["pick.en"], "data": {"until": until}}
        version = AdapterVersions(bench.workspace, bench.domain).register(lora, facts)
        return replace(bench, adapter=f"{bench.domain}@{version}")

    newer, doubt = of(times[20]).unseen(held, "pick")
    assert sorted(own[0].time for own in newer.targets) == times[21:]
    assert (newer.train, doubt) == (held.train, "")
    assert of(times[20]).unseen(held, "describe") == (held, "")  # the base model writes
    assert "nobody knows what" in of(None).unseen(held, "pick")[1]
    with pytest.raises(InputError, match="no held-out event is newer than the data of films@"):
        of(times[-1]).unseen(held, "pick")


def test_whoever_a_version_asks_is_in_the_engine(
    bench: TaskSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that only judges, whom requests never ask."""
    lora = random_lora(tmp_path / "lora")
    monkeypatch.setattr("shelftalker.eval.task_setup.open_engine", lambda *_, **__: FakeEngine())
    for prompt in ("judge.en", "names.en"):
        version = AdapterVersions(bench.workspace, bench.domain).register(
            lora, {"prompts": [prompt]}
        )
        name = f"{bench.domain}@{version}"
        measured = replace(bench, adapter=name, engine_wanted="transformers", _engine=None)
        engine = asyncio.run(measured.engine())
        assert isinstance(engine, FakeEngine)
        assert engine.adapters == {name}


def test_a_card_tells_what_an_adapter_was_taught(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    trained.serve(workspace, "movies", "movies")
    card = AdapterCard.read(workspace.path / "domains/movies/adapters/v1")
    names = card.model_copy(update={"prompts": {"names.en": "0"}})
    nothing = card.model_copy(update={"prompts": {}})
    for use in get_args(Use):
        assert card.trained_for(use) == (use == "describe")
        assert names.trained_for(use) == (use == "pick")
        assert nothing.trained_for(use)
