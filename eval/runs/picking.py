"""Picking: methods of ordering a shortlist with the LLM against the scorer's order of it.

The shortlist comes from a scorer fitted on the training part; its recall is the ceiling of every
method. Where the order of the list could matter, each method runs on the list and on the reversed
list; the flip rate is the share of users whose first pick changes.

`fused` is the product's pick, with weights fitted beforehand if no adapter brings its own; `served`
uses the weights in service, which keep the scorer's order if the LLM's weight is 0. `likelihood`,
`letters` and `pointwise` are the LLM alone; `letters-once` shows the list in one order only.

The product's method and fusion weights are fitted on the last events of the training part, never on
the tested ones. If an adapter picks, only users whose last event is newer than its data are tested,
and methods that it was not trained for run on the base model. A probability is conditional on the
shortlist holding the next item, so calibration is measured on those shortlists only.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax

from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine
from shelftalker.eval.full_ranking import check_lists
from shelftalker.eval.metrics.classification import Floats
from shelftalker.eval.metrics.statistics import estimate, estimates
from shelftalker.eval.result import Comparison, Figures, PerUser, ResultRow
from shelftalker.eval.runs.method_scores import MethodScores
from shelftalker.eval.splits import HeldOut, hold_out
from shelftalker.eval.task import PickingTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.pick import LETTERS, PickQuestion, letters_prompt, pick, preference
from shelftalker.ranking.pick_fitting import Choice, PickFit, choice_of, fit_choices
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

SCORER = "scorer"
PRODUCT = ("fused", "served")
ORDER_MATTERS = ("fused", "letters-once")


async def run(task: PickingTask, setup: TaskSetup) -> Figures:
    """Raises `EvaluationError` if a shortlist holds an item of the user's history."""
    unseen, flag = setup.unseen(setup.split(), "pick")
    held = unseen.sample(task.users, task.seed)
    domain, engine = setup.serving(setup.split()), await setup.engine()
    fit = await _fit(task, setup)
    weights = domain.weights if fit is None else fit.weights
    choices = choices_of(domain, held, task.shortlist)
    once = [_once(domain, history) for history in held.histories]
    check_lists([[item.id for item in one.items] for one in choices], once)
    by_scorer = [log_softmax(one.logits) for one in choices]
    scores = {SCORER: MethodScores(choices, by_scorer, seconds=[0.0])}
    for method in task.methods:
        scores[method] = await _measure(method, choices, weights, engine, setup)
    rows, curves, per_user, flags = [], [], [], [flag] if flag else []
    values: dict[str, dict[str, Floats]] = {}
    ndcg = f"ndcg@{task.k}"
    for name, measured in scores.items():
        values[name] = measured.ranking(task.k)
        facts, bias = measured.facts()
        metrics = estimates(values[name], task.seed) | measured.calibration(task.seed)
        note = _note(weights) if name in PRODUCT else ""
        rows.append(ResultRow(system=name, metrics=metrics, values=facts, note=note))
        curves += measured.curves(name, float(values[name][ndcg].mean()))
        per_user.append(PerUser.of(name, ndcg, held.users, values[name][ndcg]))
        flags += [f"{name}: {bias}"] if bias else []
    inside = np.array([one.target >= 0 for one in choices], np.float64)
    rows.append(ResultRow(system="ceiling", metrics={f"recall@{task.shortlist}": estimate(inside)},
                    note="the shortlist holds the next item"))  # fmt: skip
    return Figures(
        n=len(choices),
        facts={
            "split": f"leave-one-out, {len(unseen.users)} users whose last event no adapter knows, "
            f"shortlist of {task.shortlist}",
            "scorer": "fitted on the training part",
            **await setup.engine_facts("pick"),
        },
        rows=rows + _validation_rows(fit),
        comparisons=_comparisons(values, choices, list(map(len, held.histories)), task),
        curves=curves,
        per_user=per_user,
        flags=flags + await _crosstalk(choices, engine, setup),
    )


async def _fit(task: PickingTask, setup: TaskSetup) -> PickFit | None:
    """The product's method and weights, fitted on the training part. None if an adapter brings its
    own, or nothing is fused."""
    if setup.adapter_for("pick") or "fused" not in task.methods:
        return None
    earlier = hold_out(setup.split().train, "leave-one-out").sample(task.validation, task.seed)
    choices = choices_of(setup.serving(earlier), earlier, task.shortlist)
    engine = await setup.engine()
    return await fit_choices(engine, choices, prompts=setup.prompts, progress=setup.progress)


def _note(weights: PickWeights) -> str:
    if not weights.llm:
        return "the LLM's fitted weight is 0: the scorer's order stands"
    return f"asked by {weights.method}, weight {weights.llm:.3f} beside {weights.scorer:.3f}"


def _validation_rows(fit: PickFit | None) -> list[ResultRow]:
    """The validation figures that the product's method was chosen by."""
    return [
        ResultRow(
            system=tried.method,
            segment="validation",
            values={
                "log loss fused": tried.log_loss,
                "weight": tried.llm,
                "ndcg@10": tried.ndcg,
                "milliseconds a user": tried.milliseconds,
            },
            note="chosen by validation users" if fit and tried.method == fit.weights.method else "",
        )
        for tried in (fit.ways if fit else ())
    ]


def _once(domain: Domain, history: Sequence[Event]) -> list[Event]:
    """The events on items that are not offered again."""
    again = set(domain.scorer.may_return(history)) if domain.rules.again else set()
    return [event for event in history if domain.catalog.row(event.item) not in again]


def choices_of(domain: Domain, held: HeldOut, n: int) -> list[Choice]:
    """The shortlist of every tested user, with the place of the next item in it."""
    choices = []
    for history, own in zip(held.histories, held.targets, strict=True):
        profile = Profile(history[0].user if history else "new", tuple(history))
        shortlist = domain.shortlist(profile, Request(), n)
        choices.append(choice_of(domain.scorer, history, own[0].item, shortlist))
    return choices


async def _measure(
    method: str, choices: Sequence[Choice], weights: PickWeights, engine: Engine, setup: TaskSetup
) -> MethodScores:
    measured, prompts = MethodScores(choices), setup.prompts
    adapter = setup.adapter_for("pick") if method in (*PRODUCT, weights.method) else None

    async def log_p(asked: Choice) -> Floats:
        """Log-probability of each item of the shortlist, float64 [n], normalised."""
        question = asked.question(prompts)
        if method in PRODUCT:
            picked = await pick(
                engine, question, asked.scores, k=len(asked.items), weights=weights, adapter=adapter
            )
            return picked.log_probabilities
        if method == "letters-once":
            prompt = letters_prompt(question, asked.items)
            [scores] = await engine.choose([prompt], list(LETTERS[: len(asked.items)]), adapter)
            return np.asarray(log_softmax(scores))
        return await preference(engine, question, method=method, adapter=adapter)  # type: ignore[arg-type]

    for done, one in enumerate(choices, 1):
        began = time.perf_counter()
        measured.log_p.append(await log_p(one))
        measured.seconds.append(time.perf_counter() - began)
        if method in ORDER_MATTERS:
            measured.reversed_log_p.append(await log_p(one.turned()))
        setup.progress(done, len(choices), f"picking by {method}")
    return measured


def _comparisons(
    values: dict[str, dict[str, Floats]],
    choices: Sequence[Choice],
    events: Sequence[int],
    task: PickingTask,
) -> list[Comparison]:
    """Every method less the scorer's order, overall and by history length."""
    name = f"ndcg@{task.k}"
    lengths = np.array(events)
    middle = np.median(lengths)
    segments = {
        "all": np.ones(len(choices), bool),
        "shortlist holds the next item": np.array([one.target >= 0 for one in choices]),
        f"history of at most {middle:.0f}": lengths <= middle,
        f"history of more than {middle:.0f}": lengths > middle,
    }
    return [
        Comparison.of(
            name,
            (method, own[name][mask]),
            (SCORER, values[SCORER][name][mask]),
            task.seed,
            segment,
        )
        for method, own in values.items()
        if method != SCORER
        for segment, mask in segments.items()
        if mask.sum() >= 10
    ]


async def _crosstalk(choices: Sequence[Choice], engine: Engine, setup: TaskSetup) -> list[str]:
    """Ask for some users one by one, then concurrently: each must get the same answer again."""
    some = [one for one in choices if one.history][:6]

    async def answer(one: Choice) -> Floats:
        question = PickQuestion(some[0].items, one.history, prompts=setup.prompts)
        return await preference(engine, question, adapter=setup.adapter_for("pick"))

    alone = [await answer(one) for one in some]
    together = await asyncio.gather(*(answer(one) for one in some))
    note = crosstalk_flag(np.array(alone), np.array(together)) if len(some) > 1 else ""
    return [note] if note else []


def crosstalk_flag(alone: Floats, together: Floats) -> str:
    """A flag if a user's concurrent answer is nearer to another user's than to its own, else empty.

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
