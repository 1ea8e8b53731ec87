"""English cards of products: what it is, the numbers that decide, and what the visitor saw."""

import re

from shelftalker.data.field_roles import PEOPLE
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import kind_named
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import head_of, is_plural, is_uncountable
from shelftalker.writing.compose.card import CardWriter, pairs_of
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import KIND, Chooser, Fact
from shelftalker.writing.compose.measures import COUNT, number_text
from shelftalker.writing.compose.phrases import (
    SPEAKER,
    relation_phrase,
    wish_phrase,
    with_article,
)
from shelftalker.writing.compose.plan import Plan
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.facts import content_of

STARS = {1.0: "one star", 2.0: "two stars", 3.0: "three stars", 4.0: "four stars",
         5.0: "five stars"}  # fmt: skip
VERBS = {"like": "liked", "dislike": "disliked", "purchase": "bought", "play": "played",
         "view": "viewed", "click": "opened", "skip": "skipped", "rating": "rated"}  # fmt: skip


_TOLD_ALONE = ("director", "author", "artist", "writer", "brand", "publisher", "country")
"""Roles of the facts that are told of a product before others."""
_SAY_LITTLE = ("price", "language", "title", "runtime", "year", "genre", "topic", *PEOPLE)
"""Roles of facts that are told only where nothing else is known."""
MAX_QUOTED_WORDS = 5
"""Words of a request that a card puts in quotes."""
_TOLD = re.compile(f"{SPEAKER.pattern}|,", re.IGNORECASE)
"""What is told as a person speaks, or a list, is not put in quotes."""


class EnglishProducts(CardWriter):
    """The templates for what a shop sells."""

    def __init__(self, plan: Plan, choose: Chooser) -> None:
        super().__init__(plan, choose)
        self.words = EnglishComposer(plan.item)

    def product(self) -> list[str]:
        """What a shop sells."""
        plan = self.plan
        asked = self._product_as_asked()
        tie = self._product_tied(named=bool(asked)) if plan.past else ""
        tie = self.related() if plan.relation else tie
        if asked or tie:
            return [asked or tie, tie if asked else ""]
        if plan.quote:
            return [self._from_shelf()]  # the card has the title
        return [f"{self.title}{self._after()}." if self._after() else self.fields(self.values())]

    def _from_shelf(self) -> str:
        """What the item is, where neither its title nor the sentence that follows says so."""
        shelf = self._shelf()
        told = stems_of(f"{self.plan.item.title} {' '.join(self.plan.quotes)}")
        if shelf is None or not {*stems_of(shelf.values[0])}.isdisjoint(told):
            return ""
        name = self.claim("value", shelf.values[0].lower(), *pairs_of(shelf)[:1])
        return f"From the {name}: {self.title}."

    def _shelf(self) -> Fact | None:
        """The category that names several things or a stuff: `sleeping bags`, `tea`."""
        shelf = self.plan.first("genre") if noun_of(self.plan.item) == "thing" else None
        name = shelf.values[0].lower() if shelf else ""
        return shelf if name and (is_plural(name) or is_uncountable(name)) else None

    def related(self, about: str = "") -> str:
        """What it is to an item of the history: `Aliens is a sequel of Alien, which you liked.`"""
        plan = self.plan
        assert plan.past is not None
        assert plan.relation is not None
        phrase = self.claim("value", relation_phrase(plan.relation[0]), plan.relation)
        which = self.claim("did", clause_of(plan.past), past=plan.past)
        named = f"{self.title}, {about}," if about else self.title
        return f"{named} {phrase} {self.other}, which {which}."

    def _product_as_asked(self) -> str:
        asked, named = self.plan.asked, f"{self.title}{self._after()}"
        if asked.other_kind:
            other = self.claim("lacking", _one(asked.other_kind))
            kind = self._kind()
            shelf = "" if self._is_known(kind) else self._one_of_shelf()
            if shelf:
                return f"Not exactly {other}, but {shelf}: {named}."
            if kind:
                kind = self.claim("title_part", _one(kind))
                rest = "" if self.plan.quote else f": {named}"
                return f"Not exactly {other}, but {kind}{rest}."
            return f"Not {other}, as far as its listing says: {named}."
        if asked.near and self.said():
            return self._surely(self.wish(), named)
        if asked.near or asked.far:
            return f"{self.lead()}{named}."
        if asked.maybe and self.said():
            return f"You asked for {self.wish()}; one option: {named}."
        if asked.kind:
            what = self.claim("asked", _one(asked.kind), asked.shelf or ("title", asked.kind))
            return self._surely(what, named)
        if brands := [f for f in asked.met if f.role == "brand"]:
            text = f"something from {brands[0].values[0]}"
            return self._surely(self.claim("asked", text, *pairs_of(brands[0])[:1]), named)
        return ""

    def _surely(self, what: str, named: str) -> str:
        """What was asked for; the catalogue's sentence follows without the details."""
        quote = self.plan.quote
        if quote and self._answers(quote):
            return ""  # in the words of the request
        if quote and not self.plan.asked.near and (told := self._asked_details()):
            return f"{what}, as you asked: {told}."
        named = self.title if quote else named
        return self.choose("asked", [f"{what}, as you asked: {named}.",
                                     f"You asked for {what}: {named}."])  # fmt: skip

    def _asked_details(self) -> str:
        """The details of the title that have words of the request: `dark blue`."""
        words = content_of(stems_of(" ".join(head_of(self.plan.request))))
        parts = self.plan.details.split(", ")
        told = [p for p in parts if any(akin(w, own) for w in words for own in stems_of(p))]
        kind = stems_of(self.plan.asked.kind)
        told = [part for part in told if not set(kind) & set(stems_of(part))]
        return self.claim("title_part", ", ".join(told).lower()) if told else ""

    def _answers(self, sentence: str) -> bool:
        """Whether a sentence begins with the thing that was asked for and has the words of the
        request that the title has not."""
        said = self.plan.asked.near or self.plan.asked.kind
        thing = stems_of(" ".join(head_of(said)))[-1:]
        told = stems_of(f"{self.plan.item.title} {sentence}")
        words = content_of(stems_of(said))
        begins = thing and any(akin(thing[0], own) for own in stems_of(sentence)[:4])
        return bool(begins) and all(any(akin(word, own) for own in told) for word in words)

    def lead(self) -> str:
        """The request before what answers it, or what does not quite; empty without one."""
        asked = self.plan.asked
        if not asked.far:
            said = self.said()
            near = f"{'For ' if said.startswith('“') else ''}{self.wish()}: "
            return near if said and asked.near else ""
        if shelf := self._one_of_shelf():
            return f"Not quite {self.wish()}, but {shelf}: "
        return f"Not quite {self.wish()}: "

    def _one_of_shelf(self) -> str:
        """`one of the briefcases`; empty without such a category."""
        if (shelf := self._shelf()) is None:
            return ""
        own = shelf.values[0].lower()
        own = f"one of the {own}" if is_plural(own) else own
        return self.claim("value", own, *pairs_of(shelf)[:1])

    def _is_known(self, kind: str) -> bool:
        """Whether the item's text or category has the noun of a kind, which may be only a name: a
        `Roadling` is a shoe."""
        item, genre = self.plan.item, self.plan.first("genre")
        own = stems_of(" ".join([item.text, *(genre.values if genre else ())]))
        return stems_of(kind)[-1:] == [] or stems_of(kind)[-1] in own

    def wish(self) -> str:
        """The place of the request."""
        said = self.said()
        return self.claim("wish", said) if said else "what you asked for"

    def said(self) -> str:
        """`a gift for a teacher`; a few words in quotes where they name no thing; empty where it is
        told at length, as a person speaks."""
        said = self.plan.asked.near or self.plan.asked.maybe
        item, genre = self.plan.item, self.plan.first("genre")
        known = [item.title, item.text, *(genre.values if genre else ())]
        plain = len(said.split()) <= MAX_QUOTED_WORDS and not _TOLD.search(said)
        return wish_phrase(said, stems_of(" ".join(known))) or (f"“{said}”" if plain else "")

    def _kind(self) -> str:
        """`felt tip pens`: the kind in the title, without the brand."""
        brand = self.plan.first("brand")
        names = {word for value in (brand.values if brand else ()) for word in stems_of(value)}
        words = kind_named(self.plan.item.title, 3).split()
        while words and set(stems_of(words[0])) & names:
            words.pop(0)
        odd = any(not re.search(rf"\b{w}\b|\b{w.title()}\b", self.plan.item.title) for w in words)
        return "" if odd else " ".join(words)

    def _product_tied(self, *, named: bool) -> str:
        plan, common = self.plan, self.plan.common
        assert plan.past is not None
        title = f"{self.title}{self._after()}"
        the = f"the {self.other} {self.claim('did', clause_of(plan.past), past=plan.past)}"
        if plan.fits:
            model = self.claim("names", plan.fits, past=plan.past)
            clause = self.claim("did", clause_of(plan.past), past=plan.past)
            lists = f"description names the {model} {clause}"
            return f"Its {lists}." if named else f"{title}: its {lists}."
        if common is None:
            return ""
        if plan.compared and common.role == KIND and plan.compared.ours > plan.compared.theirs:
            return self._figures(plan.past, the, named=named)
        if common.role == KIND:
            kind = common.values[0]
            text = f"{'more' if _mass(kind) else 'another'} {kind}"
            more = self.claim("title_part", text, past=plan.past)
            return "" if named else self.choose("kind", [
                f"{title}: {more}, after {the}.",
                f"{more}, after {the}: {title}.",
                f"After {the}, {more}: {title}.",
                f"{more}, like {the}: {title}.",
            ])  # fmt: skip
        if common.role == "brand":
            maker = self.claim("shared", "the same maker", *pairs_of(common), past=plan.past)
            return "" if named else self.choose("brand", [
                f"From {maker} as {the}: {title}.",
                f"{title}, from {maker} as {the}.",
                f"After {the}, from {maker}: {title}.",
            ])  # fmt: skip
        value = common.values[0]
        if named or not is_plural(value):
            return ""
        shared = self.claim("value", value.lower(), *pairs_of(common)[:1], past=plan.past)
        return f"More {shared}, after {the}: {title}."  # a department: `More watches`

    def _figures(self, past: Past, the: str, *, named: bool) -> str:
        """`700 pages, where the HP 901 you viewed has 200`."""
        compared = self.plan.compared
        assert compared is not None
        ours, theirs = number_text(compared.ours), number_text(compared.theirs)
        unit = "to the pack" if compared.field == COUNT else compared.field.replace("_", " ")

        def said(text: str) -> str:
            return self.claim("compare", text, (compared.field, ours), past=past)

        both = f"{said(f'{ours} {unit}, against {theirs}')} for {the}"
        patterns = [f"{self.title}: {both}.", f"{both}: {self.title}."]
        if compared.ours > compared.theirs:
            named_unit = "" if compared.field == COUNT else f" {unit}"
            step = said(f"up from {theirs}{named_unit} to {ours}")
            patterns.append(f"A step {step}, after {the}: {self.title}.")
        return f"That is {both}." if named else self.choose("figures", patterns)

    def _after(self) -> str:
        details = self.details()
        return f" ({details})" if details else ""

    def _shared(self, common: Fact) -> str:
        text = self.words.joined(common.values)
        text = text if common.role == "cast" else self.words.described(common)
        return self.claim("value", text, *pairs_of(common), past=self.plan.past)

    def values(self) -> list[str]:
        new = [f for f in self.plan.facts
               if f.values[0].casefold() not in self.plan.title.casefold()]  # fmt: skip
        phrased = [f for f in new if f.role in _TOLD_ALONE]
        alone = [f for f in new if len(new) == 1 and f.role in ("genre", "topic")]
        told = phrased or [f for f in new if _is_quality(f)] or alone
        return [
            self.claim(
                "value",
                self.words.phrase(f) if phrased
                else self.words.joined(f.values, lower=f.role in ("genre", "topic")),
                *pairs_of(f)[:3],
            )
            for f in told[:2]
        ]  # fmt: skip


def _one(kind: str) -> str:
    """`a stapler`, `gel pens`."""
    return kind if _mass(kind) else with_article(kind)


def _is_quality(fact: Fact) -> bool:
    """A word or two that may follow the title: `blue`, but not a department and no list."""
    return (
        fact.role not in _SAY_LITTLE
        and len(fact.values) == 1
        and re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)?", fact.values[0]) is not None
    )


def _mass(kind: str) -> bool:
    """Whether a kind stands without an article: `pens`, `paper`."""
    return is_plural(kind) or is_uncountable(kind)


def clause_of(past: Past) -> str:
    """`you gave four stars`, `you viewed`."""
    event = past.event
    if past.named:
        return "you named"
    if event.kind == "rating" and event.value is not None:
        return f"you gave {STARS.get(event.value, f'{event.value:g} stars')}"
    return f"you {VERBS[event.kind]}"
