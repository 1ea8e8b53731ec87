"""Picking: the LLM's ways of ordering a shortlist against the scorer's order of the same one.

The shortlist comes from a scorer fitted on the training part; whether it holds the next item at all
is the ceiling of every way. Each way is asked twice where a list's order could matter: the share of
users whose first pick changes when the list is turned around is its flip rate.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.domain import Domain
from shelftalker.engine.base import Engine
from shelftalker.eval.bench import Bench, profile_of
from shelftalker.eval.classify import ece, reliability
from shelftalker.eval.listing import check_lists
from shelftalker.eval.metrics import ndcg, recall
from shelftalker.eval.results import Comparison, Curve, PerUser, Result, Row
from shelftalker.eval.runs.ways import Asked, Floats, order_by
from shelftalker.eval.statistics import compare, estimate, estimates
from shelftalker.eval.task import PickingTask
from shelftalker.pick import log_softmax
from shelftalker.request import Request

SCORER = "scorer"
ORDER_MATTERS = ("letters-once", "pairwise", "generated")
STUCK = 0.9
"""Share of first picks at one place of the list, however it is turned, that no taste explains."""


@dataclass
class Measured:
    """One way: log-probabilities [users, n] of the list as it is and turned around (None where the
    order cannot matter), and seconds a user."""

    there: list[Floats]
    back: list[Floats | None]
    seconds: list[float]


async def run(task: PickingTask, bench: Bench) -> Result:
    """Raises `EvaluationError` where a shortlist holds what the user has seen."""
    start = time.perf_counter()
    held = bench.split().sample(task.users, task.seed)
    domain = bench.serving(bench.split())
    engine = await bench.engine()
    asked = [
        _asked(domain, history, own[0].item, task.shortlist)
        for history, own in zip(held.histories, held.targets, strict=True)
    ]
    check_lists([[item.id for item in one.items] for one in asked], held.histories)
    ways: dict[str, Measured] = {
        SCORER: Measured([log_softmax(one.logits) for one in asked], [None] * len(asked), [0.0])
    }
    for way in task.ways:
        ways[way] = await _measure(way, asked, domain, engine, bench)
    rows, flags = [], []
    values: dict[str, dict[str, Floats]] = {}
    for name, measured in ways.items():
        values[name] = _values(measured, asked, task.k)
        facts, place = _facts(measured, asked)
        silent = name == "fused" and not domain.weights.llm
        note = "the LLM's fitted weight is 0: the scorer's order stands" if silent else ""
        metrics = estimates(values[name], task.seed)
        rows.append(Row(system=name, metrics=metrics, values=facts, note=note))
        if place:
            flags.append(f"{name}: {place}")
    inside = np.array([one.target >= 0 for one in asked], np.float64)
    rows.append(Row(system="ceiling", metrics={f"recall@{task.shortlist}": estimate(inside)},
                    note="the shortlist holds the next item"))  # fmt: skip
    flags += await _crosstalk(asked, domain, engine, bench)
    return Result.of(
        task,
        len(asked),
        time.perf_counter() - start,
        {
            "data": bench.data_name,
            "split": f"leave-one-out, shortlist of {task.shortlist}",
            "scorer": "fitted on the training part",
            **await bench.engine_facts(),
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


def _asked(domain: Domain, history: Sequence, target: str, n: int) -> Asked:  # type: ignore[type-arg]
    profile = profile_of(history, history[0].user if history else "new")
    shortlist = domain.shortlist(profile, Request(), n)
    ids = [scored.item_id for scored in shortlist]
    return Asked(
        items=[domain.catalog[item_id] for item_id in ids],
        logits=np.array([scored.logit for scored in shortlist]),
        popularity=np.asarray(domain.popularity_of(shortlist), np.float64),
        history=domain.history_lines(profile),
        target=ids.index(target) if target in ids else -1,
    )


async def _measure(
    way: str, asked: Sequence[Asked], domain: Domain, engine: Engine, bench: Bench
) -> Measured:
    measured = Measured([], [], [])
    folders = bench.workspace.prompt_folders(bench.domain)
    for done, one in enumerate(asked):
        began = time.perf_counter()
        there = await order_by(way, one, domain, engine, folders, bench.adapter_name)
        measured.seconds.append(time.perf_counter() - began)
        measured.there.append(there)
        measured.back.append(
            await order_by(way, one.turned(), domain, engine, folders, bench.adapter_name)
            if way in ORDER_MATTERS
            else None
        )
        bench.progress(done + 1, len(asked), f"picking by {way}")
    return measured


def _values(measured: Measured, asked: Sequence[Asked], k: int) -> dict[str, Floats]:
    ranks = np.array([_rank(p, one) for p, one in zip(measured.there, asked, strict=True)])
    return {
        f"ndcg@{k}": ndcg(ranks, k),
        "recall@1": recall(ranks, 1),
        "recall@3": recall(ranks, 3),
    }


def _facts(measured: Measured, asked: Sequence[Asked]) -> tuple[dict[str, float], str]:
    """Calibration, latency and flip rate; a sentence where a place of the list decides."""
    flips, place = _turned(measured)
    facts = {
        "ece": ece(*_first_picks(measured, asked)),
        "milliseconds a user": 1000 * float(np.median(measured.seconds)),
    }
    return facts | ({} if flips is None else {"flip rate": flips}), place


def _rank(log_probabilities: Floats, one: Asked) -> float:
    if one.target < 0:
        return float(len(one.items))
    return float((log_probabilities > log_probabilities[one.target]).sum())


def _first_picks(
    measured: Measured, asked: Sequence[Asked]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """How sure of its first pick, and whether that was the next item."""
    firsts = [int(np.argmax(p)) for p in measured.there]
    sure = np.array([np.exp(p[at]) for p, at in zip(measured.there, firsts, strict=True)])
    right = np.array([one.target == at for one, at in zip(asked, firsts, strict=True)], bool)
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


def stuck_at(places: npt.NDArray[np.int64]) -> str:
    """A sentence where nearly all first picks are at one place of the list as it was shown."""
    common = int(np.bincount(places).argmax())
    share = float((places == common).mean())
    if share < STUCK:
        return ""
    return (
        f"picks place {common + 1} of the list in {share:.0%} of the cases, whichever item "
        "stands there; it reads the place, not the items"
    )


async def _crosstalk(
    asked: Sequence[Asked], domain: Domain, engine: Engine, bench: Bench
) -> list[str]:
    """Ask some users one by one, then all at once: each must get the same answer again."""
    some = [one for one in asked if one.history][:6]
    folders = bench.workspace.prompt_folders(bench.domain)

    async def answer(one: Asked) -> Floats:
        same = Asked(some[0].items, some[0].logits, some[0].popularity, one.history, -1)
        return await order_by("likelihood", same, domain, engine, folders, bench.adapter_name)

    alone = [await answer(one) for one in some]
    together = await asyncio.gather(*(answer(one) for one in some))
    note = wrong_user(np.array(alone), np.array(together)) if len(some) > 1 else ""
    return [note] if note else []


def wrong_user(alone: Floats, together: Floats) -> str:
    """A sentence where a user's answer among others resembles somebody else's answer alone.

    Both are [users, n]: log-probabilities of the same items for each user.
    """
    apart = np.abs(together[:, None] - alone[None]).sum(-1)
    nearest = apart.argmin(1)
    wrong = [
        user
        for user, other in enumerate(nearest)
        if user != other and apart[user, user] > 2 * apart[user, other] + 1e-3
    ]
    if not wrong:
        return ""
    return (
        f"the engine gave {len(wrong)} of {len(alone)} users the answer of somebody else when "
        "all were asked at the same time"
    )


def _comparisons(
    values: dict[str, dict[str, Floats]],
    asked: Sequence[Asked],
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
    ways: dict[str, Measured], values: dict[str, dict[str, Floats]], asked: Sequence[Asked], k: int
) -> list[Curve]:
    curves = []
    for way, measured in ways.items():
        firsts, happened = _first_picks(measured, asked)
        stated, observed, _ = reliability(firsts, happened, 5)
        curves.append(Curve(kind="reliability", name=way, x=stated.tolist(), y=observed.tolist()))
        curves.append(
            Curve(
                kind="quality against latency",
                name=way,
                x=[1000 * float(np.median(measured.seconds))],
                y=[float(values[way][f"ndcg@{k}"].mean())],
            )
        )
    return curves
