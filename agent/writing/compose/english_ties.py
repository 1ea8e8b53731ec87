"""What ties an item to one of the history, in English: a relation, a kind, a maker, numbers."""

import re

from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import shared_kind
from shelftalker.engine.minilm import words_alike
from shelftalker.language.things import is_plural, is_uncountable
from shelftalker.writing.compose.card import CardWriter, pairs_of
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import KIND, Chooser
from shelftalker.writing.compose.phrases import relation_phrase
from shelftalker.writing.compose.plan import Plan
from shelftalker.writing.history import Past
from shelftalker.writing.product_naming import name_in

STARS = {1.0: "one star", 2.0: "two stars", 3.0: "three stars", 4.0: "four stars",
         5.0: "five stars"}  # fmt: skip
VERBS = {"like": "liked", "dislike": "disliked", "purchase": "bought", "play": "played",
         "view": "viewed", "click": "opened", "skip": "skipped", "rating": "rated"}  # fmt: skip
SAME_USE = 0.25
"""Likeness of two kinds of product from which on one's maker tells something of the other: ink and
printers, but not envelopes and whiteboards."""


_SEVERAL = re.compile(r"\b\d+[ -]?(?:count|pack|pcs|pieces|ct)\b", re.IGNORECASE)


class EnglishTies(CardWriter):
    """The templates for what a visitor saw before."""

    def __init__(self, plan: Plan, choose: Chooser) -> None:
        super().__init__(plan, choose)
        self.words = EnglishComposer(plan.item)

    def related(self) -> str:
        """What it is to an item of the history: `Aliens is a sequel of Alien, which you liked.`"""
        plan = self.plan
        assert plan.past is not None
        assert plan.relation is not None
        phrase = self.claim("value", relation_phrase(plan.relation[0]), plan.relation)
        which = self.claim("did", clause_of(plan.past), past=plan.past)
        return f"{self.title} {phrase} {self.other}, which {which}."

    def product_tie(self) -> str:
        """What ties it to an item of the history, which may be itself."""
        if bought := self.plan.again:
            return f"{self.claim('did', 'you bought', past=bought)} it before."
        plan, common = self.plan, self.plan.common
        if plan.past is None:
            return ""
        did = self.claim("did", clause_of(plan.past), past=plan.past)
        if plan.fits:
            model = self.claim("names", plan.fits, past=plan.past)
            return f"Its description names the {model} {did}."
        if common is None:
            return ""
        the = f"the {self.other} {did}"
        if plan.same_series and common.role in (KIND, "brand"):
            return ""  # `HP 62` and `HP 21`: it would seem to fit
        if common.role == KIND:
            kind, name = common.values[0], name_in(plan.item.title)
            if name and kind.endswith(f" {name}"):
                kind = name  # no `collection fountain pen`
            if not is_mass(kind) and _SEVERAL.search(plan.item.title):
                kind = f"{kind}s"  # `Colored Pencil, 12-Count`
            text = f"{'more' if is_mass(kind) else 'another'} {kind}"
            return f"{self.claim('title_part', text, past=plan.past)}, after {the}."
        kinds = [shared_kind(one, one) for one in (plan.item, plan.past.item)]
        if common.role == "brand" and all(kinds) and words_alike(*kinds) >= SAME_USE:
            maker = self.claim("shared", "from the maker of", *pairs_of(common)[:1], past=plan.past)
            known = any(form in plan.past_title for form in common.values)
            return f"{maker} {the}." if known else ""
        value = common.values[0]
        if noun_of(plan.item) == "thing" or not is_plural(value):
            return ""
        shared = self.claim("value", value.lower(), *pairs_of(common)[:1], past=plan.past)
        return f"More {shared}, after {the}."  # `More desserts`


def clause_of(past: Past) -> str:
    """`you gave four stars`, `you viewed`."""
    event = past.event
    if past.named:
        return "you named"
    if event.kind == "rating" and event.value is not None:
        return f"you gave {STARS.get(event.value, f'{event.value:g} stars')}"
    return f"you {VERBS[event.kind]}"


def is_mass(kind: str) -> bool:
    """Whether a kind stands without an article: `pens`, `paper`."""
    return is_plural(kind) or is_uncountable(kind)
