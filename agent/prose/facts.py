"""What composed sentences are made of: the values of one field, and a turn at choosing patterns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from zlib import crc32

from shelftalker.catalog import Item
from shelftalker.prose.kinds import shared_kind
from shelftalker.prose.lexicon import NOUN_MARKS, role_of
from shelftalker.prose.spans import Past
from shelftalker.prose.values import all_titles, display_title, shared, short_titles

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
    def of(cls, field: str, value: str) -> "Fact":
        """From evidence, where the texts of a list are joined by commas."""
        role = role_of(field)
        values = (value,) if role in _WHOLE else tuple(value.split(", "))
        return cls(role, field, tuple(_shown(role, text) for text in values))


class Chooser(Protocol):
    """Takes one of several patterns; `slot` names the place in the text."""

    def __call__(self, slot: str, options: Sequence[T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Turn:
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


def noun_of(item: Item) -> str:
    """`film`, `book`, `music`, `news`, `thing` or `any`, by the roles of the item's attributes."""
    roles = {role_of(field) for field in item.attributes}
    return next((noun for noun, marks in NOUN_MARKS.items() if roles & marks), "any")


def spoken_title(item: Item, beside: Sequence[Item] = ()) -> str:
    """A title as it is said in a sentence: of a product, what it begins with, as far as it takes to
    tell it from those beside it."""
    forms = [display_title(item.title)]
    if noun_of(item) == "thing":
        forms = [*short_titles(item.title), *forms]
    others = {form.casefold() for other in beside for form in all_titles(other.title)}
    return next((form for form in forms if form.casefold() not in others), forms[-1])


def likeness(item: Item, past: Past, field: str, *, kinds: bool = True) -> Fact | None:
    """What an item has in common with one of the history that tells something: of two products
    that they are of one kind, else in that field, else in the most telling one. `kinds`: whether
    the language can say a kind, whose words are those of the titles."""
    if kinds and (kind := kind_of_both(item, past.item)):
        return Fact(KIND, "title", (kind,))
    every = [pair for pair in shared(item, past.item) if role_of(pair[0]) in STRONG]
    common = [pair for pair in every if role_of(pair[0]) == role_of(field)] or every
    if not common:
        return None
    name = min(common, key=lambda pair: STRONG.index(role_of(pair[0])))[0]
    values = [text for other, text in common if role_of(other) == role_of(name)]
    return Fact(role_of(name), name, tuple(dict.fromkeys(values))[:2])


def kind_of_both(item: Item, other: Item) -> str:
    """What two products are by their titles; of films and books a title does not say."""
    things = noun_of(item) == noun_of(other) == "thing"
    return shared_kind(item, other) if things else ""


def _shown(role: str, value: str) -> str:
    if role == "year":
        return value[:4]
    try:
        return f"{float(value):g}" if role != "price" else f"{float(value):.2f}".removesuffix(".00")
    except ValueError:
        return value
