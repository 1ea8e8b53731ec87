"""Bounds from a comparison with an item: "cheaper than the Steel Kettle", 比三体便宜."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.language.tokens import Word
from shelftalker.understanding.rules.examples import Example, title_at
from shelftalker.understanding.rules.quantity import Quantity
from shelftalker.understanding.rules.superlatives import End, measured_field
from shelftalker.understanding.rules.tables import number_words as table
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_WORDS: list[tuple[str, End, str]] = [
    (what, "highest" if sign > 0 else "lowest", forms)
    for (what, sign), forms in table.COMPARATIVES.items()
]
_THAN = [
    (re.compile(rf"(?<![a-z-])(?:{forms}) (?:than|als|que|de) "), what, end)
    for what, end, forms in _WORDS
]
_ZH = [(re.compile(rf" ?(?:还要|更|要|还)?(?:{forms})"), what, end) for what, end, forms in _WORDS]


class Compared(NamedTuple):
    """A bound taken from these items. It is empty if they have no value for the field (`missing`)
    or if the catalogue has no such field."""

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
    low = float(np.nanmax(numbers)) if end == "highest" else None
    high = float(np.nanmin(numbers)) if end == "lowest" else None
    unit: Literal["", "day"] = "day" if column.is_dates else ""
    return Compared(Quantity(*span, field, low, high, strict=True, unit=unit), items)
