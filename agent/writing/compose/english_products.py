"""English cards of products: what it is, the numbers that decide, and what the visitor saw."""

import re

from shelftalker.data.field_roles import PEOPLE
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import kind_named
from shelftalker.language.packs import words_in
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import is_plural, is_uncountable
from shelftalker.writing.compose.asked import IDLE
from shelftalker.writing.compose.asked_kinds import names_gift
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.english_ties import EnglishTies, is_mass
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.measures import number_text
from shelftalker.writing.compose.phrases import (
    SPEAKER,
    wish_phrase,
    with_article,
)
from shelftalker.writing.sentence_answers import MAY_ANSWER, answer_probabilities
from shelftalker.writing.verifier.facts import content_of

_TOLD_ALONE = ("director", "author", "artist", "writer", "brand", "publisher", "country")
"""Roles of the facts that are told of a product before others."""
_SAY_LITTLE = ("price", "language", "title", "runtime", "year", "genre", "topic", *PEOPLE)
"""Roles of facts that are told only where nothing else is known."""
MAX_QUOTED_WORDS = 5
"""Words of a request that a card puts in quotes."""
COLOURS = words_in(
    "red blue green yellow orange purple violet pink brown black white grey gray beige cream gold "
    "silver turquoise teal navy maroon lilac"
)
_BESIDE = re.compile(
    r"\b(?:with|for) (?P<whose>my |the |an? )?(?P<part>[a-z]+(?:[ '’-][a-z]+){0,3})$|"
    r"\bthat (?:is|are) (?P<quality>[a-z]+(?:[ -][a-z]+){0,2})$|"
    r"\bthat (?P<denied>(?:don['’]t|doesn['’]t|do not|does not) )?"
    r"(?P<deed>[a-z]+(?:[ -][a-z]+){0,3})$|"
    rf"\bin (?P<colour>{'|'.join(sorted(COLOURS))})$"
)
"""What a request has beside the kind of thing: `with dotted pages`, `for the pantry`, `that is
quiet`, `that don't dry out`, `in red`."""
_HISSING = ("s", "x", "z", "ch", "sh", "o")
_TOLD = re.compile(f"{SPEAKER.pattern}|,", re.IGNORECASE)
"""What is told as a person speaks, or a list, is not put in quotes."""


class EnglishProducts(EnglishTies):
    """The templates for what a shop sells."""

    def _shelf(self) -> Fact | None:
        """The category that names several things or a stuff: `sleeping bags`, `tea`."""
        shelf = self.plan.first("genre") if noun_of(self.plan.item) == "thing" else None
        name = shelf.values[0].lower() if shelf else ""
        return shelf if name and (is_plural(name) or is_uncountable(name)) else None

    def product_answer(self) -> str:
        """Whether it is what was asked for; empty without a request that it can be held against."""
        asked = self.plan.asked
        if asked.other_kind:
            other = self.claim("lacking", _one(asked.other_kind))
            kind = self._kind()
            if shelf := "" if self._is_known(kind) else self._one_of_shelf():
                return f"Not exactly {other}, but {shelf}."
            if kind:
                return f"Not exactly {other}, but {self.claim('title_part', _one(kind))}."
            return f"Not {other}, as far as its listing says."
        open_wish = self.said().startswith("something") or names_gift(self.plan.request)
        if asked.far and not open_wish:
            shelf = self._one_of_shelf()
            return f"Not quite {self.wish()}{f', but {shelf}' if shelf else ''}."
        if asked.kind and asked.lacking and asked.lacking_is == "quality":
            what = self._kind_asked()
            return f"{what}, as you asked, but nothing says whether {self._it_is(asked.lacking)}."
        said = self.said()
        if asked.near and said:
            return self.surely_is(self.wish())
        if asked.kind:
            return f"{self._kind_asked()}, as you asked."
        if asked.maybe and said and names_gift(self.plan.request):
            return f"Perhaps {self.wish()}."  # of other things readers want no guess
        brands = [f for f in asked.met if f.role == "brand"]
        if brands and not asked.maybe:
            text = f"something from {brands[0].values[0]}"
            return self.surely_is(self.claim("asked", text, *pairs_of(brands[0])[:1]))
        gift = "A gift " if names_gift(self.plan.request) else ""
        return f"{gift}{', '.join(self.within())}, as you asked." if asked.bounds else ""

    def within(self) -> list[str]:
        """The bounds of the request that the item's numbers keep."""
        bounds = self.plan.asked.bounds
        return [self.claim("bound", t, (name, number_text(n))) for name, n, t in bounds]

    def _kind_asked(self) -> str:
        kind, shelf = self.plan.asked.kind, self.plan.asked.shelf
        return self.claim("asked", _one(kind), shelf or ("title", kind))

    def unmet(self) -> str:
        """As the base class: of what the item should have, be, or be for, beside its kind."""
        asked, item = self.plan.asked, self.plan.item
        found = _BESIDE.search(self.plan.request.strip(" .!?"))
        if found is None or not asked.kind or asked.near or asked.lacking:
            return ""
        if found["colour"]:
            return self._other_colour(found["colour"])
        part = found["part"] or found["quality"] or found["deed"]
        words = [word for word in content_of(stems_of(part)) if word not in IDLE]
        told, row = stems_of(" ".join(self.plan.quotes)), stems_of(item.embedding_text())
        if any(akin(word, own) for word in words for own in told) or all(
            any(akin(word, own) for own in row) for word in words
        ):
            return ""
        answers = answer_probabilities(found.group(), [item.title, *sentences_of(item.text)])
        if max(answers) >= MAY_ANSWER:
            return ""
        many = is_plural(asked.kind)
        if found["denied"] and not many:
            first, space, rest = part.partition(" ")
            part = f"{first}{'es' if first.endswith(_HISSING) else 's'}{space}{rest}"
        said = self.claim("lacking", part)
        if not found["part"]:
            they, are = ("they", "are ") if many else ("it", "is ")
            return f"Whether {they} {are if found['quality'] else ''}{said}, its maker doesn't say."
        whose = (found["whose"] or "").replace("my", "your")
        return self.choose("unmet", [
            f"No word about {whose}{said}, though.",
            f"Nothing is said about {whose}{said}, though.",
        ])  # fmt: skip

    def _other_colour(self, asked: str) -> str:
        """`Not in red: this one is black.`; empty where its title does not show its colour."""
        own = [word for word in re.findall(r"[a-z]+", self.plan.item.title.lower())
               if word in COLOURS]  # fmt: skip
        if not own or asked in stems_of(self.plan.item.embedding_text()):
            return ""
        are = "these are" if is_plural(self.plan.asked.kind) else "this one is"
        shown, other = " and ".join(dict.fromkeys(own[:2])), self.claim("lacking", asked)
        told = f": {are} {self.claim('title_part', shown)}" if self.plan.quotes else ""
        return f"Not in {other}{told}."

    def _it_is(self, quality: str) -> str:
        """`it is scratchy`, `they are heavy`."""
        they = "they are" if is_plural(self.plan.asked.kind) else "it is"
        return f"{they} {self.claim('lacking', quality)}"

    def surely_is(self, what: str) -> str:
        """What was asked for, which the item is."""
        asked = [f"{what}, as you asked.", f"{what}, as you wished."]
        return asked[0] if noun_of(self.plan.item) == "thing" else self.choose("surely", asked)

    def _one_of_shelf(self) -> str:
        """`a briefcase`, `headphones`, as the title names one of its category; `one of the …` where
        it does not; empty without such a category."""
        if (shelf := self._shelf()) is None:
            return ""
        own = shelf.values[0].lower()
        named = re.findall(r"[^\W\d_]+", self.plan.item.title.lower())
        one = next((w for w in named if is_plural(own) and stems_of(w) == stems_of(own)), "")
        many = f"one of the {own}" if is_plural(own) else own
        return self.claim("value", _one(one) if one else many, *pairs_of(shelf)[:1])

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

    def product_plain(self) -> str:
        """What is known of a product without a text: its kind, who makes it, and what its title
        adds."""
        details, brand, kind = self.details(), self.plan.first("brand"), self._kind()
        if not kind or not (brand or details):
            return f"{self.title} ({details})." if details else self.fields(self.values())
        own = [f for f in self.plan.facts if _is_quality(f) and f.role != "brand"]
        own = [] if details else own[:2]
        told = [self.claim("value", f.values[0], *pairs_of(f)) for f in own]
        details = details or ", ".join(told)
        what = self.claim("title_part", _one(kind))
        maker = f" from {brand.values[0]}" if brand else ""
        made = self.claim("value", maker, *pairs_of(brand)[:1]) if maker else ""
        return f"{what}{made}{f': {details}' if details else ''}."

    def _kind(self) -> str:
        """`felt tip pens`: the kind in the title, without the brand."""
        brand = self.plan.first("brand")
        names = {word for value in (brand.values if brand else ()) for word in stems_of(value)}
        words = kind_named(self.plan.item.title, 3).split()
        while words and set(stems_of(words[0])) & names:
            words.pop(0)
        odd = any("-" in w for w in words[-1:]) or any(
            not re.search(rf"\b{w}\b|\b{w.title()}\b", self.plan.item.title) for w in words
        )
        whole = " ".join(words).lower() in self.plan.item.text.lower()
        return "" if odd else " ".join(words if whole else words[-2:])

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
    return kind if is_mass(kind) else with_article(kind)


def _is_quality(fact: Fact) -> bool:
    """A word or two that may follow the title: `blue`, but not a department and no list."""
    return (
        fact.role not in _SAY_LITTLE
        and len(fact.values) == 1
        and re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)?", fact.values[0]) is not None
    )
