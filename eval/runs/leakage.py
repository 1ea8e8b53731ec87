"""Leakage: does the LLM know a data set from its own training, so that its picks look too good?

*Random ids*: the LLM picks by likelihood from the same shortlists, with titles, with titles after
another user's history, and with every title replaced by a random number. Nothing that it may
remember of a title or of a list can help with numbers. *Completion of titles*: the second half of a
title is ranked among those of other titles, by how much likelier the first half makes it. A model
that never met the titles still gains by their language: made-up titles are no part of this.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shelftalker.data.catalog import Item
from shelftalker.engine.base import Engine
from shelftalker.eval.metrics.ranking import ndcg, recall
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Comparison, Figures, ResultRow
from shelftalker.eval.runs.picking import choices_of
from shelftalker.eval.task import LeakageTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.pick import Floats, PickQuestion, preference, scored_title, title_prompt
from shelftalker.ranking.pick_fitting import Choice

TITLES, OTHERS_HISTORY, NUMBERS = "titles", "titles after another's history", "random numbers"
SHORTEST = 2
"""Words that a title has at least, to be halved."""


async def run(task: LeakageTask, setup: TaskSetup) -> Figures:
    """Picks of the base model, whatever adapter is in service: adapters learn from the log."""
    held = setup.split().sample(task.users, task.seed)
    choices = choices_of(setup.serving(setup.split()), held, task.shortlist)
    choices = [choice for choice in choices if choice.target >= 0]
    random, engine = np.random.default_rng(task.seed), await setup.engine()
    others = [choice.history for choice in choices]
    asked = {
        TITLES: choices,
        OTHERS_HISTORY: [
            replace(choice, history=history)
            for choice, history in zip(choices, others[1:] + others[:1], strict=True)
        ],
        NUMBERS: [numbered(choice, random) for choice in choices],
    }
    ranks = {name: await _ranks(engine, own, setup) for name, own in asked.items()}
    values = {
        name: {"ndcg@10": ndcg(own, 10), "recall@1": recall(own, 1)} for name, own in ranks.items()
    }
    rows = [
        ResultRow(system=name, metrics=estimates(own, task.seed)) for name, own in values.items()
    ]
    titles = list(dict.fromkeys(scored_title(item) for item in setup.catalog))
    first = await completions(engine, titles, task.titles, task.rivals, random)
    rows.append(
        ResultRow(
            system="completion of titles",
            metrics=estimates({"true half first": first}, task.seed),
            values={"by chance": 1 / task.rivals},
        )
    )
    own = values[TITLES]["ndcg@10"]
    return Figures(
        n=len(choices),
        facts={
            "split": f"leave-one-out, shortlists of {task.shortlist} that hold the next item",
            "scorer": "fitted on the training part",
            **await setup.engine_facts("pick") | {"adapter": None},
        },
        rows=rows,
        comparisons=[
            Comparison.of("ndcg@10", (TITLES, own), (name, other["ndcg@10"]), task.seed)
            for name, other in values.items()
            if name != TITLES
        ],
    )


def numbered(choice: Choice, random: np.random.Generator) -> Choice:
    """The same choice, where each title is a random number and items have no attributes."""
    shown = [*choice.history, *(item.title for item in choice.items)]
    distinct = list(dict.fromkeys(shown))
    drawn = random.choice(np.arange(1000, 10_000), len(distinct), replace=False)
    number = {title: str(own) for title, own in zip(distinct, drawn, strict=True)}
    return replace(
        choice,
        items=[Item(item.id, number[item.title]) for item in choice.items],
        history=[number[title] for title in choice.history],
    )


async def completions(
    engine: Engine, titles: Sequence[str], count: int, rivals: int, random: np.random.Generator
) -> Floats:
    """For each of `count` random titles, 1 where the true second half comes first among those of
    `rivals` - 1 other titles, float64 [titles]."""
    split = [(words[: len(words) // 2], words[len(words) // 2 :]) for title in titles
             if len(words := title.split()) >= SHORTEST]  # fmt: skip
    first = []
    for at in random.permutation(len(split))[:count]:
        others = random.choice(np.delete(np.arange(len(split)), at), rivals - 1, replace=False)
        ends = [" ".join(split[one][1]) for one in (at, *others)]
        begun = " ".join(split[at][0])
        after = await engine.likelihood(title_prompt(), [f"{begun} {end}" for end in ends], None)
        alone = await engine.likelihood(title_prompt(), ends, None)
        gained = np.asarray(after) - np.asarray(alone)
        first.append(float(gained[0] > gained[1:].max()))
    return np.array(first)


async def _ranks(engine: Engine, choices: Sequence[Choice], setup: TaskSetup) -> Floats:
    """Ranks of the next items by the LLM alone, float64 [choices]; ties count against."""
    ranks = []
    for done, choice in enumerate(choices, 1):
        question = PickQuestion(choice.items, choice.history, prompts=setup.prompts)
        scores = await preference(engine, question)
        ranks.append(float((scores >= scores[choice.target]).sum() - 1))
        setup.progress(done, len(choices), "picks with and without titles")
    return np.array(ranks)
