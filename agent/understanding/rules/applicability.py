"""Whether a field applies to what a message asks for, by the catalogue's own statistics.

In a mixed shop a word is a value of some field of somebody: coffee has `roast: light`, one mug of
the camping department has `category: kitchen`. "Something light for travelling" demands neither.
"""

import re
from collections.abc import Sequence

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import value_key
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.things import PREPOSITION, names_thing
from shelftalker.language.tokens import stem
from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.parse_state import ParseState

RARE_FIELD = 0.1
"""Share of a catalogue's items below which a field belongs to some kinds of item only."""


def is_inapplicable(mention: Mention, mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a value is surely not what its field means here: the kind of item that the message
    names has no such field, the field is of other kinds only, or most items that speak of the word
    do not have it as a value."""
    field, vocabulary, catalog = mention.field, state.vocabulary, state.catalog
    if field in vocabulary.flags.values() or role_of(field) in PEOPLE:
        return False
    rare = vocabulary.coverage.get(field, 1.0) < RARE_FIELD and len(catalog) * RARE_FIELD > 1
    if _is_thing(mention, state) and (rare or role_of(field) == "brand"):
        return True  # `a lantern` is no maker of that name, and `black tea` no note of a coffee
    alone = len(state.words) <= mention.last - mention.first + 1  # nothing else is said
    if alone or _is_named(field, state):
        return False
    kinds = [m for m in mentions if m is not mention and m.role == "genre"]
    if kinds and role_of(field) != "genre":
        return not any(_has_field(kind, field, catalog) for kind in kinds)
    if rare:
        return True
    return all(vocabulary.is_incidental(entry) for entry in mention.entries)


def _is_thing(mention: Mention, state: ParseState) -> bool:
    """Whether a value stands where an English message names the thing itself, in small letters:
    `a lantern for the garden`, `black tea`, but not `a lantern crib` or `something vegan`."""
    first, last = state.words[mention.first], state.words[mention.last]
    end = last.start + len(last.text)
    said, after = state.message[first.start : end], state.message[end:].lstrip()
    article = _ARTICLE.search(state.message[: first.start])
    role = mention.role
    named = article or (role != "brand" and names_thing(said))
    ends = not after or PREPOSITION.match(after) is not None
    return bool(named) and ends and said.islower() and said.isascii()


_ARTICLE = re.compile(r"\b(?:an?|some) $", re.IGNORECASE)


def _is_named(field: str, state: ParseState) -> bool:
    """Whether the message names the field itself: "a light roast"."""
    names = {stem(word) for word in field.casefold().split("_")}
    return not names.isdisjoint(word.stem for word in state.words)


def _has_field(kind: Mention, field: str, catalog: Catalog) -> bool:
    """Whether any item of a kind has the field."""
    column, values = catalog.column(kind.field), catalog.column(field).values
    rows = column.rows.get(value_key(kind.value), np.empty(0, np.int64))
    return any(values[row] not in (None, "", ()) for row in rows)
