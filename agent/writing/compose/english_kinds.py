"""What a product is, in English, and that it is not what was asked for."""

import re

from shelftalker.language.things import is_plural
from shelftalker.writing.compose.asked_kinds import own_kind
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.english_ties import EnglishTies, is_mass
from shelftalker.writing.compose.phrases import with_article

SURELY = 0.9
"""The probability of a name from which on a card says that a product is that."""


class EnglishKinds(EnglishTies):
    """The templates for kinds of products."""

    def _is_not(self, asked: str) -> str:
        """`This is a desk mat, not a desk fan.`"""
        kind = own_kind(self.plan.item, SURELY)
        these = "These are" if is_plural(kind or asked) else "This is"
        own = f"{self._named_kind(kind)}, " if kind else ""
        return f"{these} {own}not {self._unlike(asked)}."

    def _unlike(self, asked: str) -> str:
        """What was asked for, with the visitor's article."""
        article = re.search(rf"\b(an? ){re.escape(asked)}", self.plan.request, re.IGNORECASE)
        return self.claim("unlike", article[0] if article else one_of(asked))

    def _named_kind(self, kind: str) -> str:
        """The place of the item's kind with an article: words of its title or a category."""
        shelf = self.plan.first("genre")
        if shelf and kind in map(str.lower, shelf.values):
            return self.claim("value", one_of(kind), *pairs_of(shelf)[:1])
        return self.claim("title_part", one_of(kind))


def one_of(kind: str) -> str:
    """`a stapler`, `gel pens`."""
    return kind if is_mass(kind) else with_article(kind)
