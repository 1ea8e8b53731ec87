"""The user's history as texts speak of it: `Past`, one item with the user's last event about it,
and `HistoryIndex`, the names of a whole history, computed once per answer for all its cards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import (
    all_titles,
    display_title,
    is_short_title,
    texts_of,
    title_forms,
    value_forms,
)
from shelftalker.language.cleaning import neutral
from shelftalker.writing.verifier.quoting import is_plain_value
from shelftalker.writing.verifier.tokens import NameTable


@dataclass(frozen=True, slots=True)
class Past:
    """One item of the user's history with the user's last event about it. `named`: the request
    gives the item as an example, and what the user did with it is not said."""

    event: Event
    item: Item
    named: bool = False

    @property
    def sign(self) -> int:
        """As `Event.sign`."""
        return self.event.sign

    @property
    def drew(self) -> bool:
        """Whether it can be a reason for a pick: the user liked it, or looked at it and has not
        judged it."""
        return self.sign > 0 or self.event.kind in ("view", "click")

    def anonymous(self) -> "Past":
        """Without the user and the time of the event."""
        event = Event("", self.event.item, self.event.kind, self.event.value)
        return Past(event, self.item, self.named)


class HistoryIndex(tuple[Past, ...]):
    """A history with what all texts of an answer need of it. Never changed, so threads may share
    it."""

    @cached_property
    def by_title(self) -> dict[str, Past]:
        """The items by all forms of their titles."""
        return {form: p for p in self for form in title_forms(p.item.title)}

    @cached_property
    def title_forms(self) -> frozenset[str]:
        """All forms of the titles, case-folded."""
        return frozenset().union(*(_folded_names(past.item.title) for past in self))

    def beside(self, item: Item, title: str = "") -> tuple[Past, ...]:
        """What a composed text about an item depends on: the item of the history that it names by
        its title, the item itself, and those called as it is in short. Without user and time, so
        that texts for many users have it in common."""
        named = self.by_title.get(title)
        beside = [named] if named else []
        if noun_of(item) == "thing":
            short = is_short_title(item.title)
            own: frozenset[str] = frozenset() if short else _folded_names(item.title)
            beside = [
                p for p in self
                if p is named or p.item.id == item.id
                or not own.isdisjoint(_folded_names(p.item.title))
            ]  # fmt: skip
        return tuple(past.anonymous() for past in beside)

    @cached_property
    def drew(self) -> list[Past]:
        """Those that can be a reason for a pick."""
        return [past for past in self if past.drew]

    @cached_property
    def titles(self) -> list[str]:
        """The titles as texts write them."""
        return [display_title(past.item.title) for past in self]

    @cached_property
    def names(self) -> NameTable:
        """The titles, for reading sentences."""
        table = NameTable()
        for index, past in reversed(list(enumerate(self))):
            for name in _title_names(past.item.title):
                table.add(name, "past", past=index)
        return table

    @cached_property
    def values(self) -> NameTable:
        """The values of the items, for reading sentences."""
        table = NameTable()
        for past in self:
            for form, role in value_names(past.item):
                table.add(form, "theirs", role)
        return table

    @classmethod
    def of(cls, history: Sequence[Past]) -> "HistoryIndex":
        """The history itself where it is indexed, else an index of it."""
        return history if isinstance(history, cls) else cls(history)

    @cached_property
    def things(self) -> list[Item]:
        """Those of the items that are products of a shop."""
        return [past.item for past in self if noun_of(past.item) == "thing"]


def names_of(item: Item, history: Sequence[Past]) -> list[str]:
    """Titles as texts write them: the item's, then those of the history."""
    return [display_title(item.title), *HistoryIndex.of(history).titles]


def value_names(item: Item) -> Iterator[tuple[str, str]]:
    """Every form of an item's attribute values that a text may repeat, with the field's role."""
    for field, value in item.facts().items():
        if field not in ("title", "text"):
            role = role_of(field)
            for text in texts_of(value):
                for form in _forms(text, role):
                    yield form, role


@lru_cache(maxsize=16384)
def _title_names(title: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*all_titles(title), *all_titles(neutral(title))]))


@lru_cache(maxsize=16384)
def _folded_names(title: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in _title_names(title))


@lru_cache(maxsize=16384)
def _forms(text: str, role: str) -> tuple[str, ...]:
    return tuple(value_forms(text, role)) if is_plain_value(text) else ()


def shows(past: Past, needs: str) -> bool:
    """Whether the last event about an item is what a claim needs."""
    kind = past.event.kind
    if past.named:
        return False
    if needs == "positive":
        return past.sign > 0
    if needs == "negative":
        return past.sign < 0 and kind != "skip"
    if needs in ("seen", "read"):
        return kind in ("view", "play", "rating", "like", "dislike")
    if needs == "view":
        return kind in ("view", "click")
    return kind == needs
