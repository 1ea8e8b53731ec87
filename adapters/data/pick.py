"""Pick examples from a domain's log: the history at a moment, the shortlist, and the next item.

The scorer that makes the shortlists of a stretch of the log is fitted on the events before it, and
a history holds its user's events before the example (see `time_split`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shelftalker.adapters.data.example_set import ExampleSet
from shelftalker.adapters.data.time_split import Moment, TimeSplit, drop_reason, moments
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.ranking.pick import pick_lines
from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import REFUSED, read
from shelftalker.scorer.index import top_k
from shelftalker.scorer.two_tower import TwoTowerScorer

_USERS_PER_BATCH = 256


@dataclass(frozen=True, slots=True)
class PickExample:
    """One choice. `history`: titles as the pick's prompt lists them; `candidates`: item ids, best
    first by the scorer; `logits`, `popularity`: the scorer's, one per candidate; `target`: column
    of the next item, -1 if the shortlist misses it. Logs hold no `request`."""

    user: str
    moment: float
    history: tuple[str, ...]
    candidates: tuple[str, ...]
    logits: tuple[float, ...]
    popularity: tuple[float, ...]
    target: int
    request: str = ""


@dataclass(frozen=True)
class PickOptions:
    """Length of the shortlists, and numbers of examples."""

    shortlist: int = 20
    train: int = 4000
    validation: int = 1000


PickData = ExampleSet[PickExample]


def pick_examples(
    split: TimeSplit, scorers: Sequence[TwoTowerScorer], options: PickOptions, *, seed: int = 0
) -> PickData:
    """At most `options.train` and `options.validation` examples of a log, drawn at random.

    Training keeps those whose shortlist holds the target; validation keeps the misses too. Raises
    `DataError` if the log is too short for both.
    """
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    train: list[PickExample] = []
    *older, newest = zip(split.stretches(), scorers, strict=True)
    for stretch, scorer in older if options.train else ():
        usable = list(moments(split.events, stretch, scorer.catalog, pick_drop_reason, counts))
        random.shuffle(usable)
        share = -(-options.train // len(older))
        train += ShortlistMaker(scorer, options, counts).examples(usable, share, train=True)
    stretch, scorer = newest
    usable = list(moments(split.events, stretch, scorer.catalog, pick_drop_reason, counts))
    random.shuffle(usable)
    maker = ShortlistMaker(scorer, options, counts)
    validation = maker.examples(usable, options.validation, train=False)
    if (options.train and not train) or not any(example.target >= 0 for example in validation):
        raise DataError(
            f"the log of {len(split.events)} events gives {len(train)} training and "
            f"{len(validation)} validation examples with a hit; both are needed: give a longer log "
            f"({dict(counts)})"
        )
    counts |= {"train": len(train), "validation": len(validation)}
    return PickData(train, validation, dict(counts))


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
    counts: Counter[str] = Counter()
    stretch = (float(np.nextafter(since, np.inf)), np.inf)
    usable = list(moments(ordered, stretch, scorer.catalog, pick_drop_reason, counts))
    np.random.default_rng(seed).shuffle(usable)
    return ShortlistMaker(scorer, PickOptions(shortlist), counts).examples(
        usable, most, train=False
    )


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


def pick_drop_reason(event: Event, history: Sequence[Event], catalog: Catalog) -> str:
    """Why an event cannot be the target of a choice; empty if it can."""
    if why := drop_reason(event, history, catalog):
        return why
    refused = read([event], catalog).kinds[0] == REFUSED
    return "dropped: refused" if refused else ""


@dataclass
class ShortlistMaker:
    """Makes examples with one scorer's shortlists; what is dropped is added to `counts`."""

    scorer: TwoTowerScorer
    options: PickOptions
    counts: Counter[str] = field(default_factory=Counter)

    def examples(self, moments: Sequence[Moment], most: int, *, train: bool) -> list[PickExample]:
        """At most `most` examples; in training those whose shortlist misses the target are
        dropped."""
        examples: list[PickExample] = []
        popularity = self.scorer.popularity()
        for start in range(0, len(moments), _USERS_PER_BATCH):
            part = moments[start : start + _USERS_PER_BATCH]
            logits = self.scorer.logits([moment.history for moment in part])
            for moment, row in zip(part, logits, strict=True):
                example = self._example(moment, row, popularity)
                if train and example.target < 0:
                    self.counts["dropped: shortlist misses the target"] += 1
                    continue
                examples.append(example)
                if len(examples) == most:
                    return examples
        return examples

    def _example(self, moment: Moment, logits: Floats, popularity: Floats) -> PickExample:
        catalog = self.scorer.catalog
        mask = np.ones(len(catalog), bool)
        mask[catalog.rows([event.item for event in moment.history])] = False
        rows = [int(row) for row in top_k(logits, self.options.shortlist, mask)]
        target = catalog.row(moment.target.item)
        return PickExample(
            user=moment.target.user,
            moment=moment.target.time,
            history=tuple(pick_lines(catalog, moment.history)),
            candidates=tuple(catalog.ids[row] for row in rows),
            logits=_floats(logits[rows]),
            popularity=_floats(popularity[rows]),
            target=rows.index(target) if target in rows else -1,
        )


def _floats(values: npt.NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
