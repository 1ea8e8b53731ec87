"""What a product is, in English, and that it, its size or its use is not what was asked for."""

import re

from shelftalker.language.things import is_plural
from shelftalker.writing.compose.asked_kinds import SURELY, own_kind
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.english_ties import EnglishTies, is_mass
from shelftalker.writing.compose.phrases import with_article
from shelftalker.writing.verifier.quantities import quantities_in

_BOUND = re.compile(r"\b(?:under|over|below|above|less|more|least|most|up to|max|min)\b|[$€£¥]")
_COUNTED = re.compile(r"[\w./]+[- ]?(?:[A-Za-z]+|[\"”])")
"""A number with its unit, or with what it counts."""


class EnglishKinds(EnglishTies):
    """The templates for kinds of products."""

    def _is_not(self, asked: str) -> str:
        """`This is a desk mat, not a desk fan.`; empty of a purpose where no name is sure."""
        kind = own_kind(self.plan.item, SURELY)
        if asked.startswith("something ") and not kind:
            return ""
        these = "These are" if is_plural(kind or asked) else "This is"
        own = f"{self._named_kind(kind)}, " if kind else ""
        return f"{these} {own}not {self._unlike(asked)}."

    def _unlike(self, asked: str) -> str:
        """What was asked for, with the visitor's article."""
        if asked.startswith("something "):
            return self.claim("unlike", asked)
        article = re.search(rf"\b(an? ){re.escape(asked)}", self.plan.request, re.IGNORECASE)
        return self.claim("unlike", article[0] if article else one_of(asked))

    def _named_kind(self, kind: str) -> str:
        """The place of the item's kind with an article: words of its title or a category."""
        shelf = self.plan.first("genre")
        if shelf and kind in map(str.lower, shelf.values):
            return self.claim("value", one_of(kind), *pairs_of(shelf)[:1])
        return self.claim("title_part", one_of(kind))

    def other_year(self) -> str:
        """`This one is for 2017, not 2016.`"""
        wanted = re.findall(r"\b20\d\d\b", self.plan.request)
        own = re.findall(r"\b20\d\d\b", self.plan.item.title)
        if not wanted or not own or wanted[0] in own:
            return ""
        shown = self.claim("title_part", own[0])
        return f"This one is for {shown}, not {self.claim('lacking', wanted[0])}."

    def other_number(self) -> str:
        """`This one is 2 inch, not 3 inch.`; empty for bounds, and where the title has several."""
        request, title = self.plan.request, self.plan.item.title
        if self.plan.asked.bounds or _BOUND.search(request):
            return ""
        for one in quantities_in(request):
            own = [
                q for q in quantities_in(title) if (q.measure, q.noun) == (one.measure, one.noun)
            ]
            single = len({q.value for q in own}) == 1 and own[0].value != one.value
            if (one.measure or one.noun) and single:
                shown, asked = (
                    _COUNTED.match(text, at.start) for text, at in ((title, own[0]), (request, one))
                )
                if shown and asked:
                    has = self.claim("title_part", shown[0].lower())
                    return f"This one is {has}, not {self.claim('lacking', asked[0])}."
        return ""


def one_of(kind: str) -> str:
    """`a stapler`, `gel pens`."""
    return kind if is_mass(kind) else with_article(kind)
