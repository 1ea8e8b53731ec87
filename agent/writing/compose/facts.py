"""What composed sentences are made of: the values of one field, and a turn at choosing patterns."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar
from zlib import crc32

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of, words_in
from shelftalker.data.item_types import names_a_kind, noun_of
from shelftalker.data.values import (
    all_titles,
    display_title,
    is_said_whole,
    shared,
    short_titles,
    texts_of,
    year_in,
)
from shelftalker.writing.compose.product_kinds import shared_kind
from shelftalker.writing.verifier.lexicon import negated
from shelftalker.writing.verifier.quoting import tellable
from shelftalker.writing.verifier.tokenizer import Past

T = TypeVar("T")
_WHOLE = frozenset({"title", "price", "brand"})
STRONG = ("director", "author", "artist", "writer", "cast", "brand", "genre", "topic")
"""Roles in which a likeness tells something, the most telling first."""
KIND = "kind"
"""The role of what products are by their titles."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The values of one field, ready to be put into a sentence."""

    role: str
    field: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, field: str, value: str, item: Item) -> "Fact":
        """From evidence about an item, where the texts of a list are joined by commas; a comma in
        one text of the item parts nothing (`Marsh, Ida`)."""
        role = role_of(field)
        stated = item.attributes.get(field)
        told = [text for text in texts_of(stated or ()) if text in value]
        parts = tuple(sorted(told, key=value.index))
        whole = len(", ".join(parts)) == len(value)  # which may be in another order
        values = parts if whole else tuple(value.split(", "))
        values = (value,) if role in _WHOLE else values
        return cls(role, field, tuple(_shown(role, text) for text in values))


class Chooser(Protocol):
    """Takes one of several patterns; `slot` names the place in the text."""

    def __call__(self, slot: str, options: Sequence[T]) -> T: ...


@dataclass(frozen=True, slots=True)
class SeededChooser:
    """Chooses by seed, and one further along for each `variant`: cards beside each other, which
    have variants in a row, never take the same of the same patterns."""

    seed: int
    variant: int

    def __call__(self, slot: str, options: Sequence[T]) -> T:
        start = crc32(f"{self.seed}:{slot}".encode())
        return options[(start + self.variant) % len(options)]


def first(slot: str, options: Sequence[T]) -> T:
    """Chooses the first pattern, which is the plainest."""
    return options[0]


def spoken_title(item: Item, beside: Sequence[Item] = ()) -> str:
    """`title_unlike` the titles of the items beside this one."""
    return title_unlike(item, {form.casefold() for i in beside for form in all_titles(i.title)})


def title_unlike(item: Item, taken: Collection[str]) -> str:
    """A title as it is said in a sentence: of a product, its beginning, as much of it as no other
    title has. `taken`: the forms of the other titles, case-folded."""
    forms = [display_title(item.title)]
    if noun_of(item) == "thing" and not is_said_whole(item.title):
        forms = [*short_titles(item.title), *forms]
    return next((form for form in forms if form.casefold() not in taken), forms[-1])


def likeness(item: Item, past: Past, field: str, *, kinds: bool = True) -> Fact | None:
    """What an item has in common with one of the history that tells something: of two products
    that they are of one kind, else in that field, else in the most telling one. `kinds`: whether
    the language can say a kind, whose words are those of the titles."""
    if kinds and (kind := kind_of_both(item, past.item)):
        return Fact(KIND, "title", (kind,))
    every = in_common(item, past.item)
    common = [pair for pair in every if role_of(pair[0]) == role_of(field)] or every
    if not common:
        return None
    name = min(common, key=lambda pair: STRONG.index(role_of(pair[0])))[0]
    values = [text for other, text in common if role_of(other) == role_of(name)]
    return Fact(role_of(name), name, tuple(dict.fromkeys(values))[:2])


@lru_cache(maxsize=16384)
def can_be_told(value: str) -> bool:
    """Whether a sentence may repeat a value: it reads like no order or code, and denies nothing."""
    return tellable(value) and not negated(value)


def in_common(item: Item, other: Item) -> list[tuple[str, str]]:
    """The fields and texts that two items share and that tell something: that a shop files both
    under books does not."""
    return [
        (field, text)
        for field, text in shared(item, other)
        if role_of(field) in STRONG and not names_a_kind(text) and can_be_told(text)
    ]


def kind_of_both(item: Item, other: Item) -> str:
    """What two products are by their titles; of films and books a title does not say."""
    things = noun_of(item) == "thing" and noun_of(other) == "thing"
    return shared_kind(item, other) if things else ""


def fits(fact: Fact, sort: str) -> bool:
    """Whether a field holds what its role says, so that a sentence made for the role is true of it:
    a date has a year, `shipping_cost` is not what an item costs, and what has minutes need not
    run. `sort`: as `noun_of`."""
    number = all(map(is_number, fact.values))
    words = words_in(fact.field)
    if fact.role == "runtime":
        told = sort == "film" or (sort == "title" and words != ("duration",))
        return number and told and len(words) == 1
    if fact.role == "price":
        return number and len(words) == 1
    if fact.role == "year":
        return all(re.fullmatch(r"\d{4}", value) for value in fact.values)
    return number if fact.role == "pages" else fact.role not in PEOPLE or not number


def is_number(value: str) -> bool:
    """`12`, `9.5`."""
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", value))


def _shown(role: str, value: str) -> str:
    if role == "year":
        return year_in(value) or value
    if value.isdecimal():
        return value
    try:
        return f"{float(value):g}" if role != "price" else f"{float(value):.2f}".removesuffix(".00")
    except ValueError:
        return value
