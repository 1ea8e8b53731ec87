"""Pick examples from a domain's log: the history at a moment, the shortlist, and the next item.

The scorer that makes the shortlists of a stretch of the log is fitted on the events before it, and
a history holds its user's events before the example (see `time_split`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelftalker.adapters.data.example_set import ExampleSet
from shelftalker.adapters.data.time_split import Moment, TimeSplit, moments
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.ranking.pick import pick_lines
from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import REFUSED, kind_of
from shelftalker.scorer.two_tower import TwoTowerScorer

_USERS_PER_BATCH = 256


@dataclass(frozen=True, slots=True)
class PickExample:
    """One choice. `history`: titles as the pick's prompt lists them; `candidates`: item ids, best
    first by the scorer; `logits`, `popularity`: the scorer's, one per candidate; `target`: column
    of the next item, -1 if the shortlist misses it."""

    user: str
    moment: float
    history: tuple[str, ...]
    candidates: tuple[str, ...]
    logits: tuple[float, ...]
    popularity: tuple[float, ...]
    target: int


PickData = ExampleSet[PickExample]


def pick_examples(
    split: TimeSplit,
    scorers: Sequence[TwoTowerScorer],
    shortlist: int,
    train: int,
    validation: int,
    *,
    seed: int = 0,
) -> PickData:
    """At most `train` and `validation` examples of a log, drawn at random, with shortlists of so
    many items.

    Training keeps those whose shortlist holds the target; validation keeps the misses too. Raises
    `DataError` if the log is too short for both.
    """
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()

    def drawn(
        stretch: tuple[float, float], scorer: TwoTowerScorer, most: int, hits_only: bool
    ) -> list[PickExample]:
        usable = moments(split.events, stretch, scorer.catalog, pick_drop_reason, counts, random)
        return _shortlisted(scorer, usable, shortlist, most, counts if hits_only else None)

    *older, newest = zip(split.stretches(), scorers, strict=True)
    share = -(-train // len(older))
    learned = [one for at in older if train for one in drawn(*at, share, hits_only=True)]
    checked = drawn(*newest, validation, hits_only=False)
    if (train and not learned) or not any(example.target >= 0 for example in checked):
        raise DataError(
            f"the log of {len(split.events)} events gives {len(learned)} training and "
            f"{len(checked)} validation examples with a hit; both are needed: give a longer log "
            f"({dict(counts)})"
        )
    counts |= {"train": len(learned), "validation": len(checked)}
    return PickData(learned, checked, dict(counts))


def newer_examples(
    events: Sequence[Event],
    scorer: TwoTowerScorer,
    since: float,
    *,
    shortlist: int = 20,
    most: int = 1000,
    seed: int = 0,
) -> list[PickExample]:
    """At most `most` examples newer than `since`, misses included, drawn at random.

    `scorer` must be fitted on nothing newer than `since`.
    """
    ordered = sorted(events, key=lambda event: event.time)
    stretch = (float(np.nextafter(since, np.inf)), np.inf)
    random = np.random.default_rng(seed)
    usable = moments(ordered, stretch, scorer.catalog, pick_drop_reason, Counter(), random)
    return _shortlisted(scorer, usable, shortlist, most)


def pick_warnings(data: PickData) -> list[str]:
    """The hit rate of validation, and warnings about pick examples, one per line."""
    hits = sum(example.target >= 0 for example in data.validation)
    lines = [f"shortlists that hold the target in validation: {hits / len(data.validation):.1%}"]
    if not data.train:
        return lines
    targets = Counter(example.candidates[example.target] for example in data.train)
    texts = Counter((e.history, e.candidates[e.target]) for e in data.train)
    most, times = targets.most_common(1)[0]
    if times > 0.1 * len(data.train):
        lines.append(
            f"item {most!r} is the target of {times / len(data.train):.0%} of the examples"
        )
    if doubled := sum(texts.values()) - len(texts):
        lines.append(f"{doubled} training examples repeat another one's text")
    return lines


def pick_drop_reason(event: Event) -> str:
    """Why an event cannot be the target of a choice; empty if it can."""
    return "dropped: refused" if kind_of(event) == REFUSED else ""


def _shortlisted(
    scorer: TwoTowerScorer,
    moments: Sequence[Moment],
    shortlist: int,
    most: int,
    missed: Counter[str] | None = None,
) -> list[PickExample]:
    """At most `most` examples. With `missed`, those whose shortlist misses the target are dropped,
    and counted there."""
    examples: list[PickExample] = []
    popularity = scorer.popularity()
    for start in range(0, len(moments), _USERS_PER_BATCH):
        part = moments[start : start + _USERS_PER_BATCH]
        logits = scorer.logits([moment.history for moment in part])
        for moment, row in zip(part, logits, strict=True):
            example = _example(scorer, moment, row, popularity, shortlist)
            if missed is not None and example.target < 0:
                missed["dropped: shortlist misses the target"] += 1
                continue
            examples.append(example)
            if len(examples) == most:
                return examples
    return examples


def _example(
    scorer: TwoTowerScorer, moment: Moment, logits: Floats, popularity: Floats, shortlist: int
) -> PickExample:
    best = scorer.shortlist(moment.history, n=shortlist, logits=logits)
    ids, target = [scored.item_id for scored in best], moment.target
    return PickExample(
        user=target.user,
        moment=target.time,
        history=tuple(pick_lines(scorer.catalog, moment.history)),
        candidates=tuple(ids),
        logits=tuple(scored.logit for scored in best),
        popularity=tuple(popularity[scorer.catalog.rows(ids)].tolist()),
        target=ids.index(target.item) if target.item in ids else -1,
    )
