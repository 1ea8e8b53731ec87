"""Picking: the LLM's ways of ordering a shortlist against the scorer's order of the same one.

The shortlist comes from a scorer fitted on the training part; whether it holds the next item at all
is the ceiling of every way. Each way is asked twice where a list's order could matter: the share of
users whose first pick changes when the list is turned around is its flip rate.

What is fitted on choices (the way of asking, the fusion's weights) is fitted on the last events of
the training part, never on the tested ones. Where an adapter picks, users are tested whose last
event is newer than its data; ways that it did not learn are asked of the base model. A probability
is the chance of an item given that the next one is in the shortlist, so calibration is measured on
the shortlists that hold it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.engine.base import Engine
from shelftalker.eval.full_ranking import check_lists
from shelftalker.eval.metrics.classification import ece_by_chance, ece_estimate, reliability
from shelftalker.eval.metrics.ranking import ndcg, recall
from shelftalker.eval.metrics.statistics import Estimate, compare, estimate, estimates
from shelftalker.eval.result import Comparison, Curve, PerUser, Result, ResultRow
from shelftalker.eval.runs.pick_methods import PRODUCT, Floats, order_by
from shelftalker.eval.runs.sanity_flags import crosstalk, stuck_at
from shelftalker.eval.splits import hold_out
from shelftalker.eval.task import PickingTask
from shelftalker.eval.task_setup import TaskSetup, profile_of
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import log_softmax
from shelftalker.ranking.pick_fitting import Choice, PickFit, fit_choices
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

SCORER = "scorer"
ORDER_MATTERS = ("fused", "letters-once", "pairwise", "generated")


@dataclass
class Measured:
    """One way: log-probabilities [users, n] of the list as it is and turned around (None where the
    order cannot matter), and seconds a user."""

    there: list[Floats]
    back: list[Floats | None]
    seconds: list[float]


async def run(task: PickingTask, bench: TaskSetup) -> Result:
    """Raises `EvaluationError` where a shortlist holds what the user has seen."""
    start = time.perf_counter()
    unseen, doubt = bench.unseen(bench.split(), "pick")
    held = unseen.sample(task.users, task.seed)
    domain = bench.serving(bench.split())
    engine = await bench.engine()
    fit = await _fit(task, bench)
    weights = domain.weights if fit is None else fit.weights
    asked = [
        _asked(domain, history, own[0].item, task.shortlist)
        for history, own in zip(held.histories, held.targets, strict=True)
    ]
    check_lists([[item.id for item in one.items] for one in asked], held.histories)
    ways: dict[str, Measured] = {
        SCORER: Measured([log_softmax(one.logits) for one in asked], [None] * len(asked), [0.0])
    }
    for way in task.ways:
        ways[way] = await _measure(way, asked, weights, engine, bench)
    rows, flags = [], [doubt] if doubt else []
    values: dict[str, dict[str, Floats]] = {}
    for name, measured in ways.items():
        values[name] = _values(measured, asked, task.k)
        facts, place = _facts(measured, asked)
        metrics = estimates(values[name], task.seed) | _calibration(measured, asked, task.seed)
        note = _note(weights) if name in PRODUCT else ""
        rows.append(ResultRow(system=name, metrics=metrics, values=facts, note=note))
        if place:
            flags.append(f"{name}: {place}")
    inside = np.array([one.target >= 0 for one in asked], np.float64)
    rows.append(ResultRow(system="ceiling", metrics={f"recall@{task.shortlist}": estimate(inside)},
                    note="the shortlist holds the next item"))  # fmt: skip
    rows += _ways(fit)
    flags += await crosstalk(asked, engine, bench)
    return Result.of(
        task,
        len(asked),
        time.perf_counter() - start,
        {
            "data": bench.data_name,
            "split": f"leave-one-out, {len(unseen.users)} users whose last event no adapter knows, "
            f"shortlist of {task.shortlist}",
            "scorer": "fitted on the training part",
            **await bench.engine_facts("pick"),
        },
        rows=rows,
        comparisons=_comparisons(values, asked, list(map(len, held.histories)), task),
        curves=_curves(ways, values, asked, task.k),
        per_user=[
            PerUser.of(way, f"ndcg@{task.k}", held.users, own[f"ndcg@{task.k}"])
            for way, own in values.items()
        ],
        flags=flags,
    )


async def _fit(task: PickingTask, bench: TaskSetup) -> PickFit | None:
    """Way of asking and weights, fitted on the training part; an adapter brings its own, and where
    nothing is fused, none are needed."""
    if bench.adapter_for("pick") or "fused" not in task.ways:
        return None
    earlier = hold_out(bench.split().train, "leave-one-out").sample(task.validation, task.seed)
    domain = bench.serving(earlier)
    choices = [
        _asked(domain, history, own[0].item, task.shortlist)
        for history, own in zip(earlier.histories, earlier.targets, strict=True)
    ]
    prompts = PromptSet(bench.workspace.prompt_folders(bench.domain))
    return await fit_choices(
        await bench.engine(), choices, prompts=prompts, progress=bench.progress
    )


def _note(weights: PickWeights) -> str:
    if not weights.llm:
        return "the LLM's fitted weight is 0: the scorer's order stands"
    return f"asked by {weights.method}, weight {weights.llm:.3f} beside {weights.scorer:.3f}"


def _ways(fit: PickFit | None) -> list[ResultRow]:
    """What the way of asking was chosen by."""
    return [
        ResultRow(
            system=way.method,
            segment="validation",
            values={
                "log loss fused": way.log_loss,
                "weight": way.llm,
                "ndcg@10": way.ndcg,
                "milliseconds a user": way.milliseconds,
            },
            note="chosen by validation users" if fit and way.method == fit.weights.method else "",
        )
        for way in (fit.ways if fit else ())
    ]


def _asked(domain: Domain, history: Sequence, target: str, n: int) -> Choice:  # type: ignore[type-arg]
    profile = profile_of(history, history[0].user if history else "new")
    shortlist = domain.shortlist(profile, Request(), n)
    ids = [scored.item_id for scored in shortlist]
    return Choice(
        items=[domain.catalog[item_id] for item_id in ids],
        logits=np.array([scored.logit for scored in shortlist]),
        popularity=np.asarray(domain.popularity_of(shortlist), np.float64),
        history=domain.history_lines(profile),
        target=ids.index(target) if target in ids else -1,
    )


async def _measure(
    way: str, asked: Sequence[Choice], weights: PickWeights, engine: Engine, bench: TaskSetup
) -> Measured:
    measured = Measured([], [], [])
    prompts = PromptSet(bench.workspace.prompt_folders(bench.domain))
    adapter = bench.adapter_for("pick") if way in (*PRODUCT, weights.method) else None
    for done, one in enumerate(asked):
        began = time.perf_counter()
        there = await order_by(way, one, weights, engine, prompts, adapter)
        measured.seconds.append(time.perf_counter() - began)
        measured.there.append(there)
        measured.back.append(
            await order_by(way, one.turned(), weights, engine, prompts, adapter)
            if way in ORDER_MATTERS
            else None
        )
        bench.progress(done + 1, len(asked), f"picking by {way}")
    return measured


def _values(measured: Measured, asked: Sequence[Choice], k: int) -> dict[str, Floats]:
    ranks = np.array([_rank(p, one) for p, one in zip(measured.there, asked, strict=True)])
    return {
        f"ndcg@{k}": ndcg(ranks, k),
        "recall@1": recall(ranks, 1),
        "recall@3": recall(ranks, 3),
    }


def _facts(measured: Measured, asked: Sequence[Choice]) -> tuple[dict[str, float], str]:
    """Latency, flip rate, and the calibration error of first picks were they all as sure as they
    say; a sentence where a place of the list decides."""
    flips, place = _turned(measured)
    facts = {"milliseconds a user": 1000 * float(np.median(measured.seconds))}
    sure, _ = _first_picks(measured, asked)
    if len(sure):
        facts["ece of first picks by chance"] = ece_by_chance(sure)
    return facts | ({} if flips is None else {"flip rate": flips}), place


def _rank(log_probabilities: Floats, one: Choice) -> float:
    if one.target < 0:
        return float(len(one.items))
    return float((log_probabilities > log_probabilities[one.target]).sum())


def _calibration(measured: Measured, asked: Sequence[Choice], seed: int) -> dict[str, Estimate]:
    """Of the first picks, and of every item of the shortlists."""
    hits = [(p, one) for p, one in zip(measured.there, asked, strict=True) if one.target >= 0]
    if not hits:
        return {}
    sure, right = _first_picks(measured, asked)
    every = np.exp(np.concatenate([p for p, _ in hits]))
    taken = np.concatenate([np.arange(len(p)) == one.target for p, one in hits])
    owner = np.repeat(np.arange(len(hits)), [len(p) for p, _ in hits])
    return {
        "ece of first picks": ece_estimate(sure, right, seed=seed),
        "ece of all items": ece_estimate(every, taken, owner, seed=seed),
    }


def _first_picks(
    measured: Measured, asked: Sequence[Choice]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """How sure of its first pick, and whether that was the next item, where the list holds it."""
    hits = [(p, one) for p, one in zip(measured.there, asked, strict=True) if one.target >= 0]
    firsts = [int(np.argmax(p)) for p, _ in hits]
    sure = np.array([np.exp(p[at]) for (p, _), at in zip(hits, firsts, strict=True)])
    right = np.array([one.target == at for (_, one), at in zip(hits, firsts, strict=True)], bool)
    return np.clip(sure, 0, 1), right


def _turned(measured: Measured) -> tuple[float | None, str]:
    """The flip rate, and a sentence where the first pick sits at one place both ways."""
    pairs = [(t, b) for t, b in zip(measured.there, measured.back, strict=True) if b is not None]
    if not pairs:
        return None, ""
    there = np.array([int(np.argmax(t)) for t, _ in pairs])
    back = np.array([int(np.argmax(b)) for _, b in pairs])
    last = np.array([len(t) - 1 for t, _ in pairs])
    flips = float((there != last - back).mean())
    return flips, stuck_at(np.concatenate([there, back]))


def _comparisons(
    values: dict[str, dict[str, Floats]],
    asked: Sequence[Choice],
    events: Sequence[int],
    task: PickingTask,
) -> list[Comparison]:
    """Every way less the scorer's order, overall and by history length."""
    name = f"ndcg@{task.k}"
    lengths = np.array(events)
    middle = np.median(lengths)
    segments = {
        "all": np.ones(len(asked), bool),
        "shortlist holds the next item": np.array([one.target >= 0 for one in asked]),
        f"history of at most {middle:.0f}": lengths <= middle,
        f"history of more than {middle:.0f}": lengths > middle,
    }
    return [
        Comparison(
            metric=name,
            a=way,
            b=SCORER,
            segment=segment,
            difference=compare(own[name][mask], values[SCORER][name][mask], task.seed),
        )
        for way, own in values.items()
        if way != SCORER
        for segment, mask in segments.items()
        if mask.sum() >= 10
    ]


def _curves(
    ways: dict[str, Measured], values: dict[str, dict[str, Floats]], asked: Sequence[Choice], k: int
) -> list[Curve]:
    curves = []
    for way, measured in ways.items():
        firsts, happened = _first_picks(measured, asked)
        if len(firsts):
            stated, observed, _ = reliability(firsts, happened)
            curves.append(
                Curve(kind="reliability", name=way, x=stated.tolist(), y=observed.tolist())
            )
        curves.append(
            Curve(
                kind="quality against latency",
                name=way,
                x=[1000 * float(np.median(measured.seconds))],
                y=[float(values[way][f"ndcg@{k}"].mean())],
            )
        )
    return curves
