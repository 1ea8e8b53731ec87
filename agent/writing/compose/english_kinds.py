"""What a product is, in English, and that it is not what was asked for."""

import re

from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import is_kind_of, kind_named
from shelftalker.language.stems import stems_of
from shelftalker.language.things import head_of, is_plural, is_uncountable, names_thing
from shelftalker.writing.compose.asked_kinds import is_open, is_stuff, may_be_denied, suits_any
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.conditions import (
    NOUNS_TOO,
    POLITE,
    has_all,
    is_quality,
    kind_words,
)
from shelftalker.writing.compose.english_ties import EnglishTies, is_mass
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.phrases import SPEAKER, with_article
from shelftalker.writing.sentence_answers import likenesses

SURELY_ALIKE = 0.62
"""Likeness of two words for things, by MiniLM, from which on they are taken for one kind."""


class EnglishKinds(EnglishTies):
    """The templates for kinds of products."""

    def _shelf(self) -> Fact | None:
        """The category that names several things or a stuff: `sleeping bags`, `tea`."""
        shelf = self.plan.first("genre") if noun_of(self.plan.item) == "thing" else None
        name = shelf.values[0].lower() if shelf else ""
        return shelf if name and (is_plural(name) or is_uncountable(name)) else None

    def _is_not(self, asked: str) -> str:
        """`This is a desk mat, not a desk fan.`"""
        other, (kind, own) = self._unlike(asked), self._own_kind()
        these = "These are" if is_plural(kind or asked) else "This is"
        return f"{these} {own}, not {other}." if own else f"This is not {other}."

    def _instead(self) -> str:
        """`Instead of a bike light: a table lamp.`, where neither title nor category names the
        thing and the item is of another kind, or of one that is only near."""
        words = self._thing_asked()
        asked, item = " ".join(words[-2:]), self.plan.item
        open_wish = is_open(words) or "something" in self.plan.request or is_stuff(item, words)
        if not words or noun_of(item) != "thing" or open_wish or suits_any(self.plan.request):
            return ""
        if not may_be_denied(asked, self.plan.request) or is_quality(words[-1]):
            return ""
        kind = self._own_kind()[0]
        named = " ".join([item.title, *(self.plan.first("genre") or Fact("", "", ())).values])
        if not kind or has_all(named, stems_of(words[-1])):
            return ""
        alike = likenesses(words[-1], stems_of(kind))[:, 1]
        if max(alike) >= SURELY_ALIKE or is_kind_of(stems_of(kind)[-1], stems_of(words[-1])[-1]):
            return ""
        return f"Instead of {self._unlike(asked)}: {self._own_kind()[1]}."

    def _thing_asked(self) -> list[str]:
        """The words of the thing that the message names and a wish is left of; none of `the second
        one`, `I have had it`."""
        said = self.plan.asked.said
        head = head_of(said)
        named = self.plan.asked.maybe and head and names_thing(" ".join(head))
        words = kind_words(said) if named and not SPEAKER.search(said) else []
        return words if words and POLITE.isdisjoint(stems_of(words[-1])) else []

    def _unlike(self, asked: str) -> str:
        """What was asked for, with the visitor's article."""
        article = re.search(rf"\b(an? ){re.escape(asked)}", self.plan.request, re.IGNORECASE)
        return self.claim("unlike", article[0] if article else one_of(asked))

    def _own_kind(self) -> tuple[str, str]:
        """The kind of the item, and how a sentence names it: `a desk mat`; empty where neither
        title nor category shows it."""
        kind = self._kind()
        shelf = "" if kind and self._is_known(kind) else self._shelf_name()
        known = stems_of(f"{self.plan.item.title} {self.plan.item.text}")
        part = stems_of(shelf)[-1:] and stems_of(shelf)[-1] in stems_of(kind)
        plain = shelf and (not kind or is_uncountable(shelf) or stems_of(shelf)[-1] in known)
        if plain and not part:
            return shelf, self._one_of_shelf()
        return kind, self.claim("title_part", one_of(kind)) if kind else ""

    def _shelf_name(self) -> str:
        """`briefcases`, the category as a kind; `briefcase` where the title names one so; empty
        without such a category."""
        if (shelf := self._shelf()) is None:
            return ""
        own = shelf.values[0].lower()
        named = re.findall(r"[^\W\d_]+", self.plan.item.title.lower())
        last = stems_of(own)[-1]  # a raincoat is one of the coats
        return next((w for w in named if is_plural(own) and stems_of(w)[-1].endswith(last)), own)

    def _one_of_shelf(self) -> str:
        """`a briefcase`, `headphones`; empty without such a category."""
        name, shelf = self._shelf_name(), self._shelf()
        return self.claim("value", one_of(name), *pairs_of(shelf)[:1]) if name else ""

    def _is_known(self, kind: str) -> bool:
        """Whether the item's text or category has the noun of a kind, which may be only a name: a
        `Roadling` is a shoe."""
        item, genre = self.plan.item, self.plan.first("genre")
        own = stems_of(" ".join([item.text, *(genre.values if genre else ())]))
        return stems_of(kind)[-1:] == [] or stems_of(kind)[-1] in own

    def _kind(self) -> str:
        """`felt tip pens`: the kind in the title, without the brand."""
        brand = self.plan.first("brand")
        names = {word for value in (brand.values if brand else ()) for word in stems_of(value)}
        title = re.split(r"\s(?:with|w/)\s", self.plan.item.title)[0]
        words = kind_named(title, 3).split()
        while words and set(stems_of(words[0])) & names:
            words.pop(0)
        odd = any("-" in w for w in words[-1:]) or any(
            not re.search(rf"\b{w}\b|\b{w.title()}\b", self.plan.item.title) for w in words
        )
        odd = odd or any(is_quality(word) and word not in NOUNS_TOO for word in words[-1:])
        whole = " ".join(words).lower() in self.plan.item.text.lower()
        return "" if odd else " ".join(words if whole else words[-2:])


def one_of(kind: str) -> str:
    """`a stapler`, `gel pens`."""
    return kind if is_mass(kind) else with_article(kind)
