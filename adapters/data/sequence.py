"""Sequence examples: parts of histories as lines of one-word names (see `pick.names_prompt`).

Every title is predicted from those before it, and costs one token: 100,000 events are as many
targets in one epoch, where pick examples would take forty million tokens. The word's own meaning is
not used: `recipes/sequence.yaml` trains its embedding.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import DataError
from shelftalker.ranking.pick import MAX_HISTORY_TITLES, digest, scored_title
from shelftalker.scorer.history import REFUSED, kind_of

MIN_TITLES = 2
_WORD = re.compile(r" [A-Za-z]{3,}")


@dataclass(frozen=True)
class SequenceData:
    """`train`: names of titles, oldest first, one tuple per part; `names`: by the titles' digests,
    as in `PickWeights`."""

    train: list[tuple[str, ...]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def sequence_examples(
    events: Sequence[Event], catalog: Catalog, tokens: Tokens, most: int, *, seed: int = 0
) -> SequenceData:
    """Parts of the users' histories in `events`, in random order, each of at most
    `MAX_HISTORY_TITLES` titles.

    Every epoch cuts each whole history at other places, until there are `most` parts. Raises
    `DataError` if no user took two items.
    """
    random = np.random.default_rng(seed)
    taken = _taken(events, catalog)
    times = Counter(title for own in taken.values() for title in own)
    names = name_titles(tokens, [title for title, _ in times.most_common()], random)
    named = [[names[title] for title in own if title in names] for own in taken.values()]
    histories = [own for own in named if len(own) >= MIN_TITLES]
    if not histories:
        raise DataError(
            f"the log of {len(events)} events has no user who took {MIN_TITLES} items of the "
            "catalogue, which sequences need: give a longer log, or a recipe with sequence: 0"
        )
    train: list[tuple[str, ...]] = []
    readings = 0
    while len(train) < most:
        parts = [part for own in histories for part in _parts(own, random)]
        train += [parts[place] for place in random.permutation(len(parts))]
        readings += 1
    del train[most:]
    counts = {
        "train": len(train),
        "titles": sum(map(len, train)),
        "readings": readings,
        "named": len(names),
        "dropped: more titles than words": len(times) - len(names),
    }
    kept = sorted((digest(title), name) for title, name in names.items())
    return SequenceData(train, dict(kept), counts)


def sequence_warnings(data: SequenceData) -> list[str]:
    """Warnings about sequence examples, one per line."""
    named = Counter(name for part in data.train for name in part)
    most, times = named.most_common(1)[0]
    if times <= 0.1 * named.total():
        return []
    share = times / named.total()
    return [f"the title called {most!r} is {share:.0%} of all titles in the histories"]


def name_titles(
    tokens: Tokens, titles: Sequence[str], random: np.random.Generator
) -> dict[str, str]:
    """A one-token word as the name of each title, in the given order: the rarest free word of the
    title, else any free word. When the model's words run out, the rest get none."""
    free = tokens.words(_WORD)
    own = {title: [word for word in _words(title) if word in free] for title in titles}
    common = Counter(word for words in own.values() for word in words)
    names: dict[str, str] = {}
    for title, words in own.items():
        left = [word for word in words if word in free]
        if left:
            names[title] = min(left, key=lambda word: (common[word], word))
            free.remove(names[title])
    spare = sorted(free)
    order = iter(random.permutation(len(spare)))
    for title in titles:
        if title not in names and (place := next(order, None)) is not None:
            names[title] = spare[place]
    return names


def _words(title: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", title))


def _taken(events: Sequence[Event], catalog: Catalog) -> dict[str, list[str]]:
    """Titles by user, oldest first, each once, without refused items."""
    users: dict[str, dict[str, None]] = {}
    for event in sorted(events, key=lambda event: event.time):
        if event.item in catalog and kind_of(event) != REFUSED:
            users.setdefault(event.user, {}).setdefault(scored_title(catalog[event.item]))
    return {user: list(own) for user, own in users.items()}


def _parts(own: Sequence[str], random: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """The parts of one history; the first part has a random length."""
    first = int(random.integers(MIN_TITLES, MAX_HISTORY_TITLES + 1))
    cuts = [0, *range(first, len(own), MAX_HISTORY_TITLES), len(own)]
    for start, end in pairwise(cuts):
        if end - start >= MIN_TITLES:
            yield tuple(own[start:end])
