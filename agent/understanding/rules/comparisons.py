# ruff: noqa: E501
"""Bounds from a comparison with an item: "cheaper than the Steel Kettle", 比三体便宜."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.language.tokens import Word
from shelftalker.understanding.rules.bound import Quantity
from shelftalker.understanding.rules.examples import Example, title_at
from shelftalker.understanding.rules.superlatives import End, measured_field
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_WORDS: tuple[tuple[str, End, str, str], ...] = (
    ("price", "lowest", r"cheaper|less expensive|billiger|gunstiger|preiswerter|moins che?re?s?|mas barat[oa]s?", "便宜"),
    ("price", "highest", r"dearer|pricier|(?:more expensive|costlier)|teurer|plus che?re?s?|mas car[oa]s?", "贵"),
    ("minutes", "lowest", r"shorter|kurzer|plus courte?s?|mas cort[oa]s?", "短"),
    ("minutes", "highest", r"longer|langer|plus longu?e?s?|mas larg[oa]s?", "长"),
    ("dates", "highest", r"newer|more recent|later|neuer|plus recente?s?|mas (?:nuev[oa]s?|recientes?)", "新|晚"),
    ("dates", "lowest", r"older|earlier|alter|plus ancien(?:ne)?s?|mas (?:antigu|viej)[oa]s?", "旧|老|早"),
)  # fmt: skip
_THAN = [
    (re.compile(rf"(?<![a-z-])(?:{pattern}) (?:than|als|que|de) "), what, end)
    for what, end, pattern, _ in _WORDS
]
_ZH = [
    (re.compile(rf" ?(?:还要|更|要|还)?(?:{pattern})"), what, end)
    for what, end, _, pattern in _WORDS
]


class Compared(NamedTuple):
    """A bound taken from these items. It is empty if they have no value for the field (`missing`) or
    if the catalogue has no such field."""

    quantity: Quantity
    items: tuple[str, ...]
    missing: bool = False


def comparisons(
    tokens: Sequence[Word], text: str, vocabulary: CatalogVocabulary, catalog: Catalog
) -> Iterator[Compared]:
    """The bounds from comparisons with named items, by kind of comparison."""
    for pattern, what, end in _THAN:
        for match in pattern.finditer(text):
            if example := _title_from(tokens, match.end(), vocabulary):
                span = (match.start(), tokens[example.last].end)
                yield _bounded(span, what, end, example.items, vocabulary, catalog)
    for place, word in enumerate(tokens):
        example = _title_from(tokens, word.end, vocabulary) if word.text == "比" else None
        for pattern, what, end in _ZH if example else ():
            assert example
            if after := pattern.match(text, tokens[example.last].end):
                span = (tokens[place].start, after.end())
                yield _bounded(span, what, end, example.items, vocabulary, catalog)


def apart(quantities: Sequence[Quantity], others: Sequence[Quantity]) -> list[Quantity]:
    """The quantities that overlap none of the others."""
    return [
        one for one in quantities if all(one.end <= o.start or o.end <= one.start for o in others)
    ]


def _title_from(
    tokens: Sequence[Word], start: int, vocabulary: CatalogVocabulary
) -> Example | None:
    """The title that begins at this offset. A number ("newer than 1984") or one ordinary lower-case
    word ("longer than usual") is no title."""
    first = next((place for place, word in enumerate(tokens) if word.start >= start), len(tokens))
    title = title_at(tokens, first, vocabulary)
    named = tokens[first : title.last + 1] if title else []
    plain = len(named) == 1 and named[0].text.isascii() and not named[0].capital
    return None if plain or all(word.text.isdigit() for word in named) else title


def _bounded(
    span: tuple[int, int],
    what: str,
    end: End,
    items: tuple[str, ...],
    vocabulary: CatalogVocabulary,
    catalog: Catalog,
) -> Compared:
    field = measured_field(what, vocabulary)
    if not field:
        return Compared(Quantity(*span, what, None, None), items)
    column = catalog.column(field)
    numbers = (column.days if column.is_dates else column.numbers)[catalog.rows(items)]
    if np.isnan(numbers).all():
        return Compared(Quantity(*span, what, None, None), items, missing=True)
    low, high = float(np.nanmax(numbers)), float(np.nanmin(numbers))
    return Compared(
        Quantity(
            *span,
            field,
            low=low if end == "highest" else None,
            high=high if end == "lowest" else None,
            strict=True,
            unit="day" if column.is_dates else "",
        ),
        items,
    )
