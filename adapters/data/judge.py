"""Judge examples: would this user like this item, Yes or No (TALLRec, arXiv 2305.00447).

A history holds what its user did before the example; training examples are older than validation
ones. The log must say what was not liked, too: ratings, dislikes or skips.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from shelftalker.adapters.data.time_split import TimeSplit, drop_reason, moments
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.ranking.pick import item_line
from shelftalker.ranking.yes_no_prompt import opinions


@dataclass(frozen=True, slots=True)
class JudgeExample:
    """One opinion. `likes`, `dislikes`: titles, newest first; `item`: title and facts."""

    user: str
    moment: float
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    item: str
    liked: bool


@dataclass(frozen=True)
class JudgeData:
    """Examples, and their counts, drops by reason too."""

    train: list[JudgeExample] = field(default_factory=list)
    validation: list[JudgeExample] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def judge_examples(
    catalog: Catalog, parted: TimeSplit, train: int, validation: int, *, seed: int = 0
) -> JudgeData:
    """A random choice of each where there are more. Raises `DataError` where one answer is never
    given."""
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    parts = []
    for stretch, most in (
        ((parted.edges[0], parted.edges[-2]), train),
        ((parted.edges[-2], parted.edges[-1]), validation),
    ):
        found = list(moments(parted.events, stretch, catalog, _unfit, counts))
        random.shuffle(found)
        parts.append([_example(catalog, one.history, one.target) for one in found[:most]])
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


def _unfit(event: Event, history: Sequence[Event], catalog: Catalog) -> str:
    return drop_reason(event, history, catalog) or ("" if event.sign else "dropped: no opinion")


def _example(catalog: Catalog, history: Sequence[Event], event: Event) -> JudgeExample:
    known = [earlier for earlier in history if earlier.item in catalog]
    return JudgeExample(
        user=event.user,
        moment=event.time,
        likes=tuple(opinions(catalog, known, 1)),
        dislikes=tuple(opinions(catalog, known, -1)),
        item=item_line(catalog[event.item]),
        liked=event.sign > 0,
    )
