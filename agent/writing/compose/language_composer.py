"""What the composers of all languages have in common: the item, its titles and its type, and the
sentences that each language has to offer."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import all_titles
from shelftalker.writing.compose.facts import (
    Fact,
    likeness,
    title_unlike,
)
from shelftalker.writing.history import HistoryIndex, Past

PHRASED = ("director", "writer", "author", "artist", "cast", "country", "brand")
"""Roles with a phrase that can follow a noun."""


class LanguageComposer(ABC):
    """Sentences about one item in one language, each true by construction."""

    nouns: ClassVar[Mapping[str, str]]
    """The noun of each item type, see `noun_of`."""
    names_kinds: ClassVar[bool]
    """Whether the words of product titles can be used in the language: `gel pens`."""

    def __init__(self, item: Item, history: Sequence[Past] = ()) -> None:
        index = HistoryIndex.of(history)
        self.title = title_unlike(item, index.title_forms)
        self.item = item
        self.item_type = noun_of(item)
        self.noun = self.nouns[self.item_type]
        self._own_titles = {form.casefold() for form in all_titles(item.title)}
        self.past = index.by_title

    def common(self, title: str, field: str) -> Fact | None:
        """What the sentence of `history` says that both items share."""
        past = self.past.get(title)
        if past is None or not past.drew:
            return None
        return likeness(self.item, past, field, kinds=self.names_kinds)

    def title_of(self, past: Past) -> str:
        """The title of a history item as it is used beside this item's."""
        return title_unlike(past.item, self._own_titles)

    @abstractmethod
    def single(self, fact: Fact, subject: str = ...) -> str:
        """One sentence about one fact."""

    @abstractmethod
    def history(self, title: str, field: str) -> str:
        """What the user did with a history item, and what that item shares with this one."""

    @abstractmethod
    def request(self, asked: str) -> str:
        """A quotation of the request; empty where it is too long to quote."""

    @abstractmethod
    def kind(self, fact: Fact) -> str:
        """The noun with its genres: `crime drama`, `犯罪剧情片`."""

    @abstractmethod
    def phrase(self, fact: Fact) -> str:
        """A fact of a role in `PHRASED`, as it follows a noun: `directed by X`, `由X执导`."""

    @abstractmethod
    def user_action(self, past: Past, other: str) -> str:
        """What the user did with a history item called `other`: `you gave Heat 4 stars`."""

    @abstractmethod
    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """Up to three values as a list: `a, b and c`, `甲、乙和丙`."""
