"""Facts ready for sentences, what two items have in common, and the choice among patterns."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar
from zlib import crc32

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of, words_in
from shelftalker.data.item_types import is_type_name, noun_of
from shelftalker.data.product_kinds import shared_kind
from shelftalker.data.values import (
    all_titles,
    display_title,
    is_short_title,
    short_titles,
    texts_of,
    values_by_role,
    year_in,
)
from shelftalker.language.cleaning import neutral
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.quoting import is_plain_value
from shelftalker.writing.verifier.words_of import negated

T = TypeVar("T")
_NEVER_LISTS = frozenset({"title", "price", "brand"})
TELLING_ROLES = ("director", "author", "artist", "writer", "cast", "brand", "genre", "topic")
"""Roles in which a shared value means something, the strongest first."""
KIND = "kind"
"""The role of a product kind that two titles share, see `product_kinds`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The values of one field, as they are written in a sentence."""

    role: str
    field: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, field: str, value: str, item: Item) -> "Fact":
        """From evidence about an item, whose `value` joins the texts of a list by commas. A comma
        inside one of the item's texts separates nothing (`Marsh, Ida`)."""
        role = role_of(field)
        own = [text for text in texts_of(item.attributes.get(field) or ()) if text in value]
        texts = tuple(sorted(own, key=value.index))  # the evidence may have another order
        complete = len(", ".join(texts)) == len(value)
        values = texts if complete else tuple(value.split(", "))
        values = (value,) if role in _NEVER_LISTS else values
        return cls(role, field, tuple(_formatted(role, text) for text in values))


class Chooser(Protocol):
    """Chooses one of several patterns; `slot` names the place in the text."""

    def __call__(self, slot: str, options: Sequence[T]) -> T: ...


@dataclass(frozen=True, slots=True)
class SeededChooser:
    """Chooses by seed, and the next option for each `variant`: neighbouring cards have consecutive
    variants, so they never get the same of several patterns."""

    seed: int
    variant: int

    def __call__(self, slot: str, options: Sequence[T]) -> T:
        start = crc32(f"{self.seed}:{slot}".encode())
        return options[(start + self.variant) % len(options)]


def spoken_title(item: Item, beside: Sequence[Item] = ()) -> str:
    """`title_unlike` the titles of the items beside this one."""
    return title_unlike(item, {form.casefold() for i in beside for form in all_titles(i.title)})


def spoken(title: str) -> str:
    """A title without markup, codes of a shop's own and what a spreadsheet puts in place of a value
    it cannot compute, as a sentence has it: `No. 1` for `#1`, `HP 901` for `HP CN069FN#140 901`."""
    plain = _NO_WORDS.sub("", re.sub(r"(?<!\S)#(?=\d)", "No. ", title))
    return neutral(plain if re.search(r"\w", plain) else title)


_NO_WORDS = re.compile(r"#?(?:NAME\?|REF!|VALUE!|DIV/0!)(?: ?[-–:])? ?|\b[A-Z\d]{4,}#\w+ ?")


def title_unlike(item: Item, taken: Collection[str]) -> str:
    """A title for use in a sentence: of a product, the shortest beginning that is not in `taken`,
    the case-folded forms of the other titles."""
    forms = [display_title(item.title)]
    if noun_of(item) == "thing" and not is_short_title(item.title):
        forms = [*short_titles(item.title), *forms]
    return next((form for form in forms if form.casefold() not in taken), forms[-1])


def likeness(item: Item, past: Past, field: str, *, kinds: bool = True) -> Fact | None:
    """The best thing that an item shares with a history item: the kind of two products, else
    values of the field's role, else of the strongest role. `kinds`: whether kinds may be used,
    which only have the words of the titles."""
    if kinds and (kind := kind_of_both(item, past.item)):
        return Fact(KIND, "title", (kind,))
    every = common_values(item, past.item)
    common = [pair for pair in every if role_of(pair[0]) == role_of(field)] or every
    if not common:
        return None
    name = min(common, key=lambda pair: TELLING_ROLES.index(role_of(pair[0])))[0]
    values = [text for other, text in common if role_of(other) == role_of(name)]
    return Fact(role_of(name), name, tuple(dict.fromkeys(values))[:2])


@lru_cache(maxsize=16384)
def may_be_stated(value: str) -> bool:
    """Whether a sentence may contain a value: no instruction, no code, no negation."""
    return is_plain_value(value) and not negated(value)


def common_values(item: Item, other: Item) -> list[tuple[str, str]]:
    """(field, text) of the values that two items share and that mean something: a category `Books`
    does not."""
    theirs = values_by_role(other)
    return [
        (field, text) for field, role, text, key in _telling(item) if key in theirs.get(role, ())
    ]


@lru_cache(maxsize=16384)
def _telling(item: Item) -> tuple[tuple[str, str, str, str], ...]:
    """(field, role, text, case-folded text) of the values that mean something to a reader."""
    return tuple(
        (field, role, text, text.casefold())
        for field, value in item.attributes.items()
        if (role := role_of(field)) in TELLING_ROLES
        for text in texts_of(value)
        if not is_type_name(text) and may_be_stated(text)
    )


def kind_of_both(item: Item, other: Item) -> str:
    """The kind that the titles of two products share; empty for films and books."""
    things = noun_of(item) == "thing" and noun_of(other) == "thing"
    return shared_kind(item, other) if things else ""


def fits(fact: Fact, item_type: str) -> bool:
    """Whether the patterns of a fact's role are true of it: a date needs a year, `shipping_cost` is
    not the price, and `minutes` need not be a running time. `item_type`: as `noun_of`."""
    number = all(map(is_number, fact.values))
    words = words_in(fact.field)
    if fact.role == "runtime":
        runs = item_type == "film" or (item_type == "title" and words != ("duration",))
        return number and runs and len(words) == 1
    if fact.role == "price":
        return number and len(words) == 1
    if fact.role == "year":
        return all(re.fullmatch(r"\d{4}", value) for value in fact.values)
    return number if fact.role == "pages" else fact.role not in PEOPLE or not number


def is_number(value: str) -> bool:
    """Whether a text is a plain number: `12`, `9.5`."""
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", value))


def _formatted(role: str, value: str) -> str:
    if role == "year":
        return year_in(value) or value
    if value.isdecimal():
        return value
    try:
        return f"{float(value):g}" if role != "price" else f"{float(value):.2f}".removesuffix(".00")
    except ValueError:
        return value
