"""Like or dislike of held-out events: the scorer and the LLM against two simple rates.

Users are split at random into halves. Each system's threshold is chosen on the first half (dev),
the figures are those of the second (test).
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.metrics.classification import best_threshold, classification, ece, reliability
from shelftalker.eval.metrics.statistics import compare
from shelftalker.eval.result import Comparison, Curve, Result, ResultRow
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import ClassificationTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import item_line
from shelftalker.ranking.yes_no_prompt import ANSWERS, judge_prompt, titles_by_opinion

Floats = npt.NDArray[np.float64]
RATE_PRIOR = 5.0
"""Pseudo-events at the mean rate, added to every item and user."""


class LabelledEvents(NamedTuple):
    """Held-out events that say like or dislike. `liked`: bool [events]."""

    histories: list[list[Event]]
    events: list[Event]
    liked: npt.NDArray[np.bool_]

    def part(self, rows: Sequence[int]) -> "LabelledEvents":
        """The events of these rows."""
        return LabelledEvents(
            [self.histories[row] for row in rows],
            [self.events[row] for row in rows],
            self.liked[list(rows)],
        )


async def run(task: ClassificationTask, setup: TaskSetup) -> Result:
    """Raises `InputError` if the held-out events do not hold both likes and dislikes."""
    start = time.perf_counter()
    unseen, flag = setup.unseen(setup.split(), "judge")
    held = unseen.sample(task.users, task.seed)
    known = _labelled(held)
    order = np.random.default_rng(task.seed).permutation(len(known.events))
    dev, test = (known.part(rows.tolist()) for rows in np.array_split(order, 2))
    few = min(task.llm_users // 2, len(dev.events), len(test.events))
    rows, curves = [], []
    hits: dict[str, Floats] = {}
    for system in task.systems:
        parts = [(dev, len(dev.events)), (test, len(test.events))]
        if system == "llm":
            parts = [(dev, few), (test, few)]
        on_dev, on_test = [
            await _probabilities(system, part.part(range(n)), held, setup) for part, n in parts
        ]
        dev_liked, liked = dev.liked[: len(on_dev)], test.liked[: len(on_test)]
        threshold = best_threshold(on_dev, dev_liked)
        hits[system] = ((on_test >= threshold) == liked).astype(np.float64)
        rows.append(
            ResultRow(
                system=system,
                metrics=classification(on_test, liked, threshold, seed=task.seed),
                values={
                    "threshold, chosen on dev": round(threshold, 4),
                    "dev f1_macro": classification(on_dev, dev_liked, threshold, draws=1)[
                        "f1_macro"
                    ].mean,
                    "ece": ece(on_test, liked),
                    "share of likes": float(liked.mean()),
                },
            )
        )
        stated, observed, _ = reliability(on_test, liked)
        curves.append(
            Curve(kind="reliability", name=system, x=stated.tolist(), y=observed.tolist())
        )
    return Result.of(
        task,
        len(test.events),
        time.perf_counter() - start,
        {
            "data": setup.data_name,
            "split": "leave-one-out; half of the users choose thresholds, half are the test",
            "scorer": "fitted on the training part",
            **(await setup.engine_facts("judge") if "llm" in task.systems else {}),
        },
        rows=rows,
        comparisons=_comparisons(hits, task.seed),
        curves=curves,
        flags=[flag] if flag else [],
    )


def _labelled(held: HeldOut) -> LabelledEvents:
    """Likes and dislikes of users with a history. Raises `InputError` if there are too few."""
    pairs = [
        (history, own[0])
        for history, own in zip(held.histories, held.targets, strict=True)
        if own[0].sign and history
    ]
    liked = np.array([event.sign > 0 for _, event in pairs], bool)
    if len(pairs) < 20 or liked.all() or not liked.any():
        raise InputError(
            f"of {len(held.targets)} held-out events {len(pairs)} say like or dislike, and "
            f"{int(liked.sum())} like: classification needs 20 with both among them"
        )
    return LabelledEvents([h for h, _ in pairs], [e for _, e in pairs], liked)


async def _probabilities(
    system: str, labelled: LabelledEvents, held: HeldOut, setup: TaskSetup
) -> Floats:
    if system == "llm":
        return await _by_llm(labelled, setup)
    if system == "scorer":
        logits = setup.scorer(held).logits(labelled.histories).astype(np.float64)
        rows = setup.catalog.rows([event.item for event in labelled.events])
        probabilities: Floats = 1 / (1 + np.exp(-logits[np.arange(len(rows)), rows]))
        return probabilities
    return _rates(labelled, held, with_users=system != "item rate")


async def _by_llm(labelled: LabelledEvents, setup: TaskSetup) -> Floats:
    """P(Yes) against `No`, after a prompt with the likes and dislikes of the history."""
    engine = await setup.engine()
    prompts = PromptSet(setup.workspace.prompt_folders(setup.domain))
    log_p = []
    for done, (history, event) in enumerate(zip(labelled.histories, labelled.events, strict=True)):
        prompt = judge_prompt(
            titles_by_opinion(setup.catalog, history, 1),
            titles_by_opinion(setup.catalog, history, -1),
            item_line(setup.catalog[event.item]),
            prompts,
        )
        log_p.append((await engine.choose([prompt], ANSWERS, setup.adapter_for("judge")))[0, 0])
        setup.progress(done + 1, len(labelled.events), "likes by the LLM")
    probabilities: Floats = np.exp(np.array(log_p))
    return probabilities


def _rates(labelled: LabelledEvents, held: HeldOut, *, with_users: bool) -> Floats:
    """The item's smoothed share of likes; `with_users` adds the user's own rate in log-odds."""
    signed = [event for event in held.train if event.sign]
    base = float(np.mean([event.sign > 0 for event in signed]))

    def rate(key: Callable[[Event], str]) -> dict[str, float]:
        likes: dict[str, float] = {}
        number: dict[str, float] = {}
        for event in signed:
            likes[key(event)] = likes.get(key(event), 0.0) + (event.sign > 0)
            number[key(event)] = number.get(key(event), 0.0) + 1
        return {k: (likes[k] + RATE_PRIOR * base) / (number[k] + RATE_PRIOR) for k in number}

    def odds(p: float) -> float:
        return float(np.log(p / (1 - p)))

    items, users = rate(lambda e: e.item), rate(lambda e: e.user)
    logits = [
        odds(items.get(event.item, base))
        + (odds(users.get(event.user, base)) - odds(base) if with_users else 0.0)
        for event in labelled.events
    ]
    probabilities: Floats = 1 / (1 + np.exp(-np.array(logits)))
    return probabilities


def _comparisons(hits: dict[str, Floats], seed: int) -> list[Comparison]:
    """Accuracy of scorer and LLM less that of the simple rates, on the events both classified."""
    pairs = [(a, b) for a in ("scorer", "llm") for b in ("item rate", "user and item rate")]
    comparisons = []
    for a, b in pairs:
        if a in hits and b in hits:
            n = min(len(hits[a]), len(hits[b]))
            difference = compare(hits[a][:n], hits[b][:n], seed)
            comparisons.append(Comparison(metric="accuracy", a=a, b=b, difference=difference))
    return comparisons
