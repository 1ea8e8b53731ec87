"""Classification: will this user like this held-out item? The scorer, the LLM, two simple rates.

Users are halved at random: the threshold of each system is chosen on one half (dev), the figures
are those of the other (test).
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
from shelftalker.ranking.yes_no_prompt import ANSWERS, judge_prompt, opinions

Floats = npt.NDArray[np.float64]
PRIOR = 5.0


class Answers(NamedTuple):
    """Histories, the held-out event of each, and whether it was a like, bool [answers]."""

    histories: list[list[Event]]
    events: list[Event]
    liked: npt.NDArray[np.bool_]

    def part(self, rows: Sequence[int]) -> "Answers":
        """Some of the answers."""
        return Answers(
            [self.histories[row] for row in rows],
            [self.events[row] for row in rows],
            self.liked[list(rows)],
        )


async def run(task: ClassificationTask, bench: TaskSetup) -> Result:
    """Raises `InputError` where the held-out events are no likes and dislikes."""
    start = time.perf_counter()
    unseen, doubt = bench.unseen(bench.split(), "judge")
    held = unseen.sample(task.users, task.seed)
    known = _opinions(held)
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
            await _said(system, part.part(range(n)), held, bench) for part, n in parts
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
            "data": bench.data_name,
            "split": "leave-one-out; half of the users choose thresholds, half are the test",
            "scorer": "fitted on the training part",
            **(await bench.engine_facts("judge") if "llm" in task.systems else {}),
        },
        rows=rows,
        comparisons=_comparisons(hits, task.seed),
        curves=curves,
        flags=[doubt] if doubt else [],
    )


def _opinions(held: HeldOut) -> Answers:
    """The held-out events that say like or dislike, of users with a history."""
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
    return Answers([h for h, _ in pairs], [e for _, e in pairs], liked)


async def _said(system: str, answers: Answers, held: HeldOut, bench: TaskSetup) -> Floats:
    if system == "llm":
        return await _by_llm(answers, bench)
    if system == "scorer":
        logits = bench.scorer(held).logits(answers.histories).astype(np.float64)
        rows = bench.catalog.rows([event.item for event in answers.events])
        found: Floats = 1 / (1 + np.exp(-logits[np.arange(len(rows)), rows]))
        return found
    return _rates(answers, held, with_users=system != "item rate")


async def _by_llm(answers: Answers, bench: TaskSetup) -> Floats:
    """P(Yes) of `Yes`/`No`, likes and dislikes of the history shown."""
    engine = await bench.engine()
    prompts = PromptSet(bench.workspace.prompt_folders(bench.domain))
    said = []
    for done, (history, event) in enumerate(zip(answers.histories, answers.events, strict=True)):
        prompt = judge_prompt(
            opinions(bench.catalog, history, 1),
            opinions(bench.catalog, history, -1),
            item_line(bench.catalog[event.item]),
            prompts,
        )
        said.append((await engine.choose([prompt], ANSWERS, bench.adapter_for("judge")))[0, 0])
        bench.progress(done + 1, len(answers.events), "likes by the LLM")
    found: Floats = np.exp(np.array(said))
    return found


def _rates(answers: Answers, held: HeldOut, *, with_users: bool) -> Floats:
    """How often the item is liked, smoothed; with the user's own rate as a shift in log-odds."""
    opinions = [event for event in held.train if event.sign]
    base = float(np.mean([event.sign > 0 for event in opinions]))

    def rate(key: Callable[[Event], str]) -> dict[str, float]:
        likes: dict[str, float] = {}
        number: dict[str, float] = {}
        for event in opinions:
            likes[key(event)] = likes.get(key(event), 0.0) + (event.sign > 0)
            number[key(event)] = number.get(key(event), 0.0) + 1
        return {k: (likes[k] + PRIOR * base) / (number[k] + PRIOR) for k in number}

    def odds(p: float) -> float:
        return float(np.log(p / (1 - p)))

    items, users = rate(lambda e: e.item), rate(lambda e: e.user)
    logits = [
        odds(items.get(event.item, base))
        + (odds(users.get(event.user, base)) - odds(base) if with_users else 0.0)
        for event in answers.events
    ]
    found: Floats = 1 / (1 + np.exp(-np.array(logits)))
    return found


def _comparisons(hits: dict[str, Floats], seed: int) -> list[Comparison]:
    """The scorer's and the LLM's accuracy less the simple rates', on the answers both gave."""
    found = []
    for a in ("scorer", "llm"):
        for b in ("item rate", "user and item rate"):
            if a in hits and b in hits:
                n = min(len(hits[a]), len(hits[b]))
                found.append(
                    Comparison(
                        metric="accuracy",
                        a=a,
                        b=b,
                        difference=compare(hits[a][:n], hits[b][:n], seed),
                    )
                )
    return found
