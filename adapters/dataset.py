"""Pick examples from a domain's log: what was known at a moment, the shortlist, what came next.

Split by time alone. The log is cut at moments; the scorer that makes the shortlists of a stretch is
fitted on what happened before the stretch begins, and a history holds what its user did before the
example. The last stretch is validation, so that no training example is newer than it; what is newer
still is left for the gate (`newer_examples`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.catalog import Catalog
from shelftalker.domain import pick_lines
from shelftalker.errors import DataError
from shelftalker.events import Event
from shelftalker.scorer.base import Encoder, Floats, Progress
from shelftalker.scorer.history import REFUSED, read
from shelftalker.scorer.index import top_k
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.storage import replace_file

SHORTEST_HISTORY = 3
_AT_ONCE = 256
Random = np.random.Generator


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
class Cuts:
    """Where the log is parted, as shares of its events by time. The first scorer is fitted on the
    share before the first cut; examples after the last cut are validation, up to `end`."""

    shares: tuple[float, ...] = (0.6, 0.85)
    end: float = 0.93
    shortlist: int = 20
    train: int = 4000
    validation: int = 1000
    insert_missed: bool = False
    """Train on missed targets too, put in place of a shortlist's last item."""


@dataclass(frozen=True)
class PickData:
    """Examples, and what is known of them: counts (drops by reason too) and the data window, whose
    `until` is the newest event that anything rests on."""

    train: list[PickExample]
    validation: list[PickExample]
    counts: dict[str, int] = field(default_factory=dict)
    since: float = 0.0
    until: float = 0.0

    def save(self, file: Path) -> None:
        """Write as JSON, for the other processes and for a run that goes on after a kill."""
        replace_file(file, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, file: Path) -> "PickData":
        """Read what `save` wrote."""
        values = json.loads(file.read_text(encoding="utf-8"))
        for part in ("train", "validation"):
            values[part] = [PickExample(**_tuples(row)) for row in values[part]]
        return cls(**values)


@dataclass(frozen=True, slots=True)
class _Moment:
    history: list[Event]
    target: Event


def pick_examples(
    catalog: Catalog,
    events: Sequence[Event],
    encoder: Encoder,
    cuts: Cuts = Cuts(),
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> PickData:
    """Examples of a log, a random choice where there are more than wanted.

    Training examples are those whose shortlist holds the target (see `insert_missed`); validation
    keeps the others too, as misses. Raises `DataError` where the log is too short for both.
    """
    whole = sorted(events, key=lambda event: event.time)
    edges = _edges(whole, (*cuts.shares, cuts.end))
    ordered = [event for event in whole if event.time < edges[-1]]
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter(events=len(ordered), newer=len(whole) - len(ordered))
    train: list[PickExample] = []
    validation: list[PickExample] = []
    for number, (start, end) in enumerate(pairwise(edges)):
        last = number == len(edges) - 2
        moments = list(_moments(ordered, start, end, catalog, counts))
        random.shuffle(moments)
        earlier = [event for event in ordered if event.time < start]
        scorer = TwoTowerScorer.fit(catalog, earlier, encoder, seed=seed, progress=progress)
        wanted = cuts.validation if last else -(-cuts.train // (len(edges) - 2))
        made = _shortlisted(scorer, moments, wanted, cuts, counts, train=not last)
        (validation if last else train).extend(made)
    if not train or not any(example.target >= 0 for example in validation):
        raise DataError(
            f"the log of {len(ordered)} events gives {len(train)} training and {len(validation)} "
            f"validation examples with a hit; both are needed: give a longer log ({dict(counts)})"
        )
    counts |= {"train": len(train), "validation": len(validation)}
    return PickData(train, validation, dict(counts), ordered[0].time, ordered[-1].time)


def newer_examples(
    catalog: Catalog,
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
    start = float(np.nextafter(since, np.inf))
    moments = list(_moments(ordered, start, np.inf, catalog, counts))
    np.random.default_rng(seed).shuffle(moments)
    cuts = Cuts(shortlist=shortlist)
    return _shortlisted(scorer, moments, wanted, cuts, counts, train=False)


def report(data: PickData) -> list[str]:
    """Sizes, drops and doubts, a line each: what to read before training starts."""
    targets = Counter(example.candidates[example.target] for example in data.train)
    texts = Counter((e.history, e.candidates[e.target]) for e in data.train)
    hits = sum(example.target >= 0 for example in data.validation)
    most, times = targets.most_common(1)[0]
    lines = [", ".join(f"{name} {count}" for name, count in sorted(data.counts.items()))]
    lines.append(
        f"shortlists that hold the target in validation: {hits / len(data.validation):.1%}"
    )
    if times > 0.1 * len(data.train):
        lines.append(
            f"item {most!r} is the target of {times / len(data.train):.0%} of the examples"
        )
    if doubled := sum(texts.values()) - len(texts):
        lines.append(f"{doubled} training examples repeat another one's text")
    return lines


def _edges(ordered: Sequence[Event], shares: Sequence[float]) -> list[float]:
    """The moments of the cuts; a share of 1 is after the last event."""
    if len(ordered) < 10 * len(shares):
        raise DataError(
            f"the log holds {len(ordered)} events; training an adapter needs hundreds of them"
        )
    times = np.array([event.time for event in ordered])
    after = float(np.nextafter(times[-1], np.inf))
    edges = [float(times[int(s * len(times))]) if s < 1 else after for s in shares]
    if len({times[0], *edges}) < len(edges) + 1:
        raise DataError("the log's events have too few different times to be split by time")
    return edges


def _moments(
    ordered: Sequence[Event], start: float, end: float, catalog: Catalog, counts: Counter[str]
) -> Iterator[_Moment]:
    """Events of a stretch that can be a target, each with what its user did before."""
    past: dict[str, list[Event]] = {}
    for event in ordered:
        if event.time >= end:
            return
        own = past.setdefault(event.user, [])
        if event.time >= start:
            why = _unfit(event, own, catalog)
            counts[why or "usable"] += 1
            if not why:
                yield _Moment(list(own), event)
        own.append(event)


def _unfit(event: Event, history: Sequence[Event], catalog: Catalog) -> str:
    """Why an event is no target, or nothing."""
    if event.item not in catalog:
        return "dropped: not in the catalogue"
    if len(history) < SHORTEST_HISTORY:
        return "dropped: short history"
    if any(event.item == earlier.item for earlier in history):
        return "dropped: seen before"
    if read([event], catalog).kinds[0] == REFUSED:
        return "dropped: refused"
    return ""


def _shortlisted(
    scorer: TwoTowerScorer,
    moments: Sequence[_Moment],
    wanted: int,
    cuts: Cuts,
    counts: Counter[str],
    *,
    train: bool,
) -> list[PickExample]:
    examples: list[PickExample] = []
    popularity = scorer.popularity()
    for start in range(0, len(moments), _AT_ONCE):
        part = moments[start : start + _AT_ONCE]
        logits = scorer.logits([moment.history for moment in part])
        for moment, row in zip(part, logits, strict=True):
            example = _example(scorer.catalog, moment, row, popularity, cuts, train)
            if train and example.target < 0:
                counts["dropped: shortlist misses the target"] += 1
                continue
            examples.append(example)
            if len(examples) == wanted:
                return examples
    return examples


def _example(
    catalog: Catalog, moment: _Moment, logits: Floats, popularity: Floats, cuts: Cuts, train: bool
) -> PickExample:
    mask = np.ones(len(catalog), bool)
    mask[catalog.rows([event.item for event in moment.history])] = False
    rows = [int(row) for row in top_k(logits, cuts.shortlist, mask)]
    target = catalog.row(moment.target.item)
    if train and cuts.insert_missed and target not in rows:
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


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
