"""Judge examples: would this user like this item, Yes or No (TALLRec, arXiv 2305.00447).

A history holds its user's events before the example; training examples are older than validation
ones. The log must also hold negative events: low ratings, dislikes or skips.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelftalker.adapters.data.example_set import ExampleSet
from shelftalker.adapters.data.time_split import TimeSplit, moments
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.ranking.pick import item_line, titles_by_opinion


@dataclass(frozen=True, slots=True)
class JudgeExample:
    """One judgement. `likes`, `dislikes`: titles, newest first; `item`: title and facts."""

    user: str
    moment: float
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    item: str
    liked: bool


JudgeData = ExampleSet[JudgeExample]


def judge_examples(
    catalog: Catalog, split: TimeSplit, train: int, validation: int, *, seed: int = 0
) -> JudgeData:
    """At most `train` and `validation` examples, drawn at random. Raises `DataError` if a part
    lacks likes or dislikes."""
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    parts = []
    for stretch, most in (
        ((split.edges[0], split.edges[-2]), train),
        ((split.edges[-2], split.edges[-1]), validation),
    ):
        usable = moments(split.events, stretch, catalog, _judge_drop_reason, counts, random)
        parts.append([_example(catalog, one.history, one.target) for one in usable[:most]])
    for name, part in zip(("train", "validation"), parts, strict=True):
        counts[name] = len(part)
        counts[f"{name} likes"] = sum(one.liked for one in part)
        if not 0 < counts[f"{name} likes"] < len(part):
            raise DataError(
                f"the {name} part of the log has {counts[f'{name} likes']} likes among {len(part)} "
                "opinions; judging needs likes and dislikes: give a log with both, or a recipe "
                "with judge: 0"
            )
    older, newer = parts
    return JudgeData(older, newer, dict(counts))


def _judge_drop_reason(event: Event) -> str:
    return "" if event.sign else "dropped: no opinion"


def _example(catalog: Catalog, history: Sequence[Event], event: Event) -> JudgeExample:
    known = [earlier for earlier in history if earlier.item in catalog]
    return JudgeExample(
        user=event.user,
        moment=event.time,
        likes=tuple(titles_by_opinion(catalog, known, 1)),
        dislikes=tuple(titles_by_opinion(catalog, known, -1)),
        item=item_line(catalog[event.item]),
        liked=event.sign > 0,
    )
