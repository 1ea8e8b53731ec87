"""Like or dislike of held-out events: the scorer and the LLM against two simple rates.

Users are split at random into halves. Each system's threshold is chosen on the first half (dev),
the figures are those of the second (test).
"""

import itertools
from collections import Counter
from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit

from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.metrics.classification import (
    Floats,
    Labels,
    best_threshold,
    classification,
    ece,
)
from shelftalker.eval.result import Comparison, Curve, Figures, ResultRow
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import ClassificationTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.pick import ANSWERS, item_line, titles_by_opinion

RATE_PRIOR = 5.0
"""Pseudo-events at the mean rate, added to every item and user."""


async def run(task: ClassificationTask, setup: TaskSetup) -> Figures:
    """Raises `InputError` if the held-out events do not hold both likes and dislikes."""
    unseen, flag = setup.unseen(setup.split(), "judge")
    known = _labelled(unseen.sample(task.users, task.seed))
    order = np.random.default_rng(task.seed).permutation(len(known.targets))
    dev, test = (known.part(rows.tolist()) for rows in np.array_split(order, 2))
    few = range(min(task.llm_users // 2, len(dev.targets), len(test.targets)))
    rows, curves = [], []
    hits: dict[str, Floats] = {}
    for system in task.systems:
        parts = [part.part(few) if system == "llm" else part for part in (dev, test)]
        on_dev, on_test = [await _probabilities(system, part, setup) for part in parts]
        dev_liked, liked = map(_liked, parts)
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
        n=len(test.targets),
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


def _labelled(held: HeldOut) -> HeldOut:
    """The tests of users with a history that say like or dislike. Raises `InputError` if there are
    too few."""
    both = zip(held.histories, held.targets, strict=True)
    known = held.part([row for row, (history, own) in enumerate(both) if own[0].sign and history])
    liked = _liked(known)
    if len(liked) < 20 or liked.all() or not liked.any():
        raise InputError(
            f"of {len(held.targets)} held-out events {len(liked)} say like or dislike, and "
            f"{int(liked.sum())} like: classification needs 20 with both among them"
        )
    return known


def _liked(held: HeldOut) -> Labels:
    return np.array([event.sign > 0 for [event] in held.targets], bool)


async def _probabilities(system: str, held: HeldOut, setup: TaskSetup) -> Floats:
    if system == "llm":
        return await _by_llm(held, setup)
    if system == "scorer":
        logits = setup.scorer(held).logits(held.histories).astype(np.float64)
        rows = setup.catalog.rows([event.item for [event] in held.targets])
        probabilities: Floats = expit(logits[np.arange(len(rows)), rows])
        return probabilities
    return _rates(held, with_users=system != "item rate")


async def _by_llm(held: HeldOut, setup: TaskSetup) -> Floats:
    """P(Yes) against `No`, after a prompt with the likes and dislikes of the history."""
    engine = await setup.engine()
    log_p = []
    for done, (history, [event]) in enumerate(zip(held.histories, held.targets, strict=True), 1):
        prompt = setup.prompts.render(
            "judge",
            likes=titles_by_opinion(setup.catalog, history, 1),
            dislikes=titles_by_opinion(setup.catalog, history, -1),
            item=item_line(setup.catalog[event.item]),
        )
        log_p.append((await engine.choose([prompt], ANSWERS, setup.adapter_for("judge")))[0, 0])
        setup.progress(done, len(held.targets), "likes by the LLM")
    return np.exp(np.array(log_p, np.float64))


def _rates(held: HeldOut, *, with_users: bool) -> Floats:
    """The item's smoothed share of likes; `with_users` adds the user's own rate in log-odds."""
    signed = [event for event in held.train if event.sign]
    base = float(np.mean([event.sign > 0 for event in signed]))

    def odds(key: Callable[[Event], str]) -> Floats:
        """Log-odds of a like of each held-out event, by its item or its user."""
        likes, number = Counter[str](), Counter[str]()
        for event in signed:
            likes[key(event)] += event.sign > 0
            number[key(event)] += 1
        keys = [key(event) for [event] in held.targets]
        share = np.array([likes[k] + RATE_PRIOR * base for k in keys])
        share /= np.array([number[k] + RATE_PRIOR for k in keys])
        log_odds: Floats = logit(share)
        return log_odds

    logits = odds(lambda event: event.item)
    if with_users:
        logits = logits + odds(lambda event: event.user) - logit(base)
    probabilities: Floats = expit(logits)
    return probabilities


def _comparisons(hits: dict[str, Floats], seed: int) -> list[Comparison]:
    """Accuracy of scorer and LLM less that of the simple rates, on the events both classified."""
    pairs = itertools.product(("scorer", "llm"), ("item rate", "user and item rate"))
    return [
        Comparison.of("accuracy", (a, hits[a][:n]), (b, hits[b][:n]), seed)
        for a, b in pairs
        if a in hits and b in hits and (n := min(len(hits[a]), len(hits[b])))
    ]
