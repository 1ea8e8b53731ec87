"""Pick examples from a domain's log: what was known at a moment, the shortlist, what came next.

The scorer that makes the shortlists of a stretch is fitted on what happened before the stretch
begins, and a history holds what its user did before the example (see `parted`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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
    first by the scorer; `logits`, `popularity`: the scorer's, one a candidate; `target`: the
    column of what came next, -1 where the shortlist misses it. Logs hold no `request`."""

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
    """How long shortlists are, and how many examples to make. `insert_missed`: train on missed
    targets too, put in place of a shortlist's last item."""

    shortlist: int = 20
    train: int = 4000
    validation: int = 1000
    insert_missed: bool = False


@dataclass(frozen=True)
class PickData:
    """Examples, and their counts, drops by reason too."""

    train: list[PickExample] = field(default_factory=list)
    validation: list[PickExample] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def pick_examples(
    parted: TimeSplit, scorers: Sequence[TwoTowerScorer], wanted: PickOptions, *, seed: int = 0
) -> PickData:
    """Examples of a log, a random choice where there are more than wanted.

    Training examples are those whose shortlist holds the target (see `insert_missed`); validation
    keeps the others too, as misses. Raises `DataError` where the log is too short for both.
    """
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    train: list[PickExample] = []
    validation: list[PickExample] = []
    *older, newest = zip(parted.stretches(), scorers, strict=True)
    for stretch, scorer in older if wanted.train else ():
        found = list(moments(parted.events, stretch, scorer.catalog, pick_drop_reason, counts))
        random.shuffle(found)
        share = -(-wanted.train // len(older))
        train += shortlist_examples(scorer, found, share, wanted, counts, train=True)
    stretch, scorer = newest
    found = list(moments(parted.events, stretch, scorer.catalog, pick_drop_reason, counts))
    random.shuffle(found)
    validation = shortlist_examples(scorer, found, wanted.validation, wanted, counts, train=False)
    if (wanted.train and not train) or not any(example.target >= 0 for example in validation):
        raise DataError(
            f"the log of {len(parted.events)} events gives {len(train)} training and "
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
    wanted: int = 1000,
    seed: int = 0,
) -> list[PickExample]:
    """Examples newer than `since`, misses among them: a random choice of at most `wanted`.

    `scorer` must know nothing newer than `since`.
    """
    ordered = sorted(events, key=lambda event: event.time)
    counts: Counter[str] = Counter()
    stretch = (float(np.nextafter(since, np.inf)), np.inf)
    found = list(moments(ordered, stretch, scorer.catalog, pick_drop_reason, counts))
    np.random.default_rng(seed).shuffle(found)
    return shortlist_examples(scorer, found, wanted, PickOptions(shortlist), counts, train=False)


def pick_warnings(data: PickData) -> list[str]:
    """Doubts about pick examples, a line each: what to read before training starts."""
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
    """Why an event is no choice, or nothing."""
    if why := drop_reason(event, history, catalog):
        return why
    refused = read([event], catalog).kinds[0] == REFUSED
    return "dropped: refused" if refused else ""


def shortlist_examples(
    scorer: TwoTowerScorer,
    found: Sequence[Moment],
    most: int,
    wanted: PickOptions,
    counts: Counter[str],
    *,
    train: bool,
) -> list[PickExample]:
    """Examples of moments, at most so many; what is dropped is counted."""
    examples: list[PickExample] = []
    popularity = scorer.popularity()
    for start in range(0, len(found), _USERS_PER_BATCH):
        part = found[start : start + _USERS_PER_BATCH]
        logits = scorer.logits([moment.history for moment in part])
        for moment, row in zip(part, logits, strict=True):
            example = _example(scorer.catalog, moment, row, popularity, wanted, train)
            if train and example.target < 0:
                counts["dropped: shortlist misses the target"] += 1
                continue
            examples.append(example)
            if len(examples) == most:
                return examples
    return examples


def _example(
    catalog: Catalog,
    moment: Moment,
    logits: Floats,
    popularity: Floats,
    wanted: PickOptions,
    train: bool,
) -> PickExample:
    mask = np.ones(len(catalog), bool)
    mask[catalog.rows([event.item for event in moment.history])] = False
    rows = [int(row) for row in top_k(logits, wanted.shortlist, mask)]
    target = catalog.row(moment.target.item)
    if train and wanted.insert_missed and target not in rows:
        rows[-1] = target
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
