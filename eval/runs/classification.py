"""Like or dislike of held-out events: the scorer and the LLM against two simple rates.

Users are split at random into halves. Each system's threshold is chosen on the first half (dev),
the figures are those of the second (test).
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.metrics.classification import Floats, best_threshold, classification, ece
from shelftalker.eval.result import Comparison, Curve, Figures, ResultRow
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import ClassificationTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.pick import ANSWERS, item_line, titles_by_opinion

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


async def run(task: ClassificationTask, setup: TaskSetup) -> Figures:
    """Raises `InputError` if the held-out events do not hold both likes and dislikes."""
    unseen, flag = setup.unseen(setup.split(), "judge")
    held = unseen.sample(task.users, task.seed)
    known = _labelled(held)
    order = np.random.default_rng(task.seed).permutation(len(known.events))
    dev, test = (known.part(rows.tolist()) for rows in np.array_split(order, 2))
    few = range(min(task.llm_users // 2, len(dev.events), len(test.events)))
    rows, curves = [], []
    hits: dict[str, Floats] = {}
    for system in task.systems:
        parts = [part.part(few) if system == "llm" else part for part in (dev, test)]
        on_dev, on_test = [await _probabilities(system, part, held, setup) for part in parts]
        dev_liked, liked = (part.liked for part in parts)
        threshold = best_threshold(on_dev, dev_liked)
        hits[system] = ((on_test >= threshold) == liked).astype(np.float64)
        dev_figures = classification(on_dev, dev_liked, threshold, draws=1)
        values = {
            "threshold, chosen on dev": round(threshold, 4),
            "dev f1_macro": dev_figures["f1_macro"].mean,
            "ece": ece(on_test, liked),
            "share of likes": float(liked.mean()),
        }
        metrics = classification(on_test, liked, threshold, seed=task.seed)
        rows.append(ResultRow(system=system, metrics=metrics, values=values))
        curves.append(Curve.reliability(system, on_test, liked))
    return Figures(
        n=len(test.events),
        facts={
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
    log_p = []
    for done, (history, event) in enumerate(zip(labelled.histories, labelled.events, strict=True)):
        prompt = setup.prompts.render(
            "judge",
            likes=titles_by_opinion(setup.catalog, history, 1),
            dislikes=titles_by_opinion(setup.catalog, history, -1),
            item=item_line(setup.catalog[event.item]),
        )
        log_p.append((await engine.choose([prompt], ANSWERS, setup.adapter_for("judge")))[0, 0])
        setup.progress(done + 1, len(labelled.events), "likes by the LLM")
    probabilities: Floats = np.exp(np.array(log_p))
    return probabilities


def _rates(labelled: LabelledEvents, held: HeldOut, *, with_users: bool) -> Floats:
    """The item's smoothed share of likes; `with_users` adds the user's own rate in log-odds."""
    signed = [event for event in held.train if event.sign]
    base = float(np.mean([event.sign > 0 for event in signed]))

    def odds(key: Callable[[Event], str]) -> Floats:
        """Log-odds of a like of each labelled event, by its item or its user."""
        likes, number = Counter[str](), Counter[str]()
        for event in signed:
            likes[key(event)] += event.sign > 0
            number[key(event)] += 1
        keys = [key(event) for event in labelled.events]
        share = np.array([likes[k] + RATE_PRIOR * base for k in keys])
        share /= np.array([number[k] + RATE_PRIOR for k in keys])
        log_odds: Floats = np.log(share / (1 - share))
        return log_odds

    logits = odds(lambda event: event.item)
    if with_users:
        logits = logits + odds(lambda event: event.user) - np.log(base / (1 - base))
    probabilities: Floats = 1 / (1 + np.exp(-logits))
    return probabilities


def _comparisons(hits: dict[str, Floats], seed: int) -> list[Comparison]:
    """Accuracy of scorer and LLM less that of the simple rates, on the events both classified."""
    pairs = itertools.product(("scorer", "llm"), ("item rate", "user and item rate"))
    return [
        Comparison.of("accuracy", (a, hits[a][:n]), (b, hits[b][:n]), seed)
        for a, b in pairs
        if a in hits and b in hits and (n := min(len(hits[a]), len(hits[b])))
    ]
