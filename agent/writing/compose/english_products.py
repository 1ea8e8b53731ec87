"""English cards of products: what it is, the numbers that decide, and what the visitor saw."""

import re

from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stems_of
from shelftalker.language.things import PREPOSITION, head_of, is_plural
from shelftalker.writing.compose.asked_kinds import own_kind, suits_any, tells_purpose
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.conditions import (
    COLOURS,
    conditions_of,
    has_all,
    qualities,
    question_of,
    wanted_words,
)
from shelftalker.writing.compose.english_kinds import EnglishKinds, one_of
from shelftalker.writing.compose.english_specifications import SAY_LITTLE, specifications
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.measures import number_text
from shelftalker.writing.compose.phrases import SPEAKER, wish_phrase
from shelftalker.writing.sentence_answers import ANSWERS, MAY_ANSWER, answer_probabilities
from shelftalker.writing.verifier.quoting import is_plain_value

_TOLD_ALONE = ("director", "author", "artist", "writer", "brand", "publisher", "country")
"""Roles of the facts that are told of a product before others."""
MAX_QUOTED_WORDS = 5
"""Words of a request that a card puts in quotes."""
_MEASURED = {"light": "weight", "lightweight": "weight", "heavy": "weight", "children": "age"}
"""The field that a condition is judged by."""
_GIFT = re.compile(r"^.*?(?=\bfor\b)", re.IGNORECASE)
_MEASURE = re.compile(
    r"\d ?(?:x|×|mm|cm|m|in|inch|inches|\"|”|''|ft|l|ml|oz)\b|\d[\"”]", re.IGNORECASE
)
_SIZES = frozenset({"not small", "not big", "not large", "not tall", "not long", "not wide"})
MAX_OPEN = 2
"""Conditions of a request that one sentence leaves open."""
_TOLD = re.compile(f"{SPEAKER.pattern}|,", re.IGNORECASE)
"""What is told as a person speaks, or a list, is not put in quotes."""


class EnglishProducts(EnglishKinds):
    """The templates for what a shop sells."""

    def product_answer(self) -> str:
        """Whether it is what was asked for; empty without a request that it can be held against."""
        asked = self.plan.asked
        if asked.other_kind:
            return self._is_not(asked.other_kind)
        said = self.said()
        if asked.near and asked.kind and said:
            return self.surely_is(self.wish())
        if asked.kind:
            return f"{self.claim('is', one_of(asked.kind))}, as you asked."
        if asked.unsure and not asked.lacking and (what := self._what_it_is()):
            return what
        if (asked.maybe or asked.near) and said and suits_any(self.plan.request):
            return f"A gift idea {self.claim('wish', _GIFT.sub('', said))}."
        return f"{', '.join(self.within())}, as you asked." if asked.bounds else ""

    def _what_it_is(self) -> str:
        """`This is a string set.`, for a visitor who asked for a violin; empty where the sentences
        say so, where it has a word of the request, as it may be that, or nothing shows it."""
        kind = own_kind(self.plan.item)
        words, told = stems_of(kind), stems_of(" ".join(self.plan.quotes))
        said = {*words} & {*stems_of(self.plan.request)} or {*words[-1:]} <= {*told}
        if said or not self.plan.quotes:
            return ""
        return f"{'These are' if is_plural(kind) else 'This is'} {self._named_kind(kind)}."

    def within(self) -> list[str]:
        """The bounds of the request that the item's numbers keep."""
        bounds = self.plan.asked.bounds
        return [self.claim("bound", t, (name, number_text(n))) for name, n, t in bounds]

    def unmet(self) -> str:
        """As the base class: what the item should be, have or be for, beside its kind."""
        asked = self.plan.asked
        nouns = [*stems_of(self.plan.item.embedding_text()), *stems_of(asked.kind)]
        said = wish_phrase(asked.said, nouns)
        if noun_of(self.plan.item) != "thing":
            return ""
        if asked.other_kind:
            return ""
        if number := self.other_year() or self.other_number():
            return number
        if asked.near or suits_any(self.plan.request):
            return ""
        if tells_purpose(self.plan.request) and not (asked.kind or asked.unsure):
            return ""
        every = conditions_of(said)
        if asked.lacking and asked.lacking_is != "held":
            joint = "without" if asked.lacking_is == "thing" else "not"
            every += [] if asked.lacking in said else [f"{joint} {asked.lacking}"]
        many = is_plural(asked.kind or " ".join(head_of(said)))
        wished = [f"not {word}" for word in qualities(said)]
        if _MEASURE.search(self.plan.item.title):  # which tells how large it is
            wished = [one for one in wished if one not in _SIZES]
        questions: list[tuple[str, str]] = []
        measured = ""
        for condition in [*wished, *every]:
            asks, words = question_of(condition, many=many)
            if known := self._measured(words, many=many):
                measured += f"{known} "
                continue
            if words in COLOURS and (other := self._other_colour(words)):
                return other
            questions += [(asks, words)] if self._is_open(words, condition) else []
        told = [f"{asks}{self.claim('lacking', words)}" for asks, words in questions if asks]
        wanted = ", or ".join(told[:MAX_OPEN])
        if not wanted:
            return measured.rstrip()
        open_ = [f"We can't say {wanted}.", f"The maker doesn't say {wanted}."]
        return measured + self.choose("unmet", open_)

    def _measured(self, words: str, *, many: bool) -> str:
        """What a field of the row says of a condition: `It weighs 498 g.`"""
        wanted = {_MEASURED[word] for word in wanted_words(words) if word in _MEASURED}
        for field, value in self.plan.item.attributes.items():
            name, *unit = field.split("_")
            if name in wanted and not isinstance(value, tuple):
                shown = " ".join([number_text(value), *unit])
                said = self.claim("value", shown, (field, number_text(value)))
                if name == "age":
                    return f"For ages {said}." if shown[0].isdigit() else f"{said}."
                return f"{'They weigh' if many else 'It weighs'} {said}."
        known, told = wanted_words(words), " ".join([self.plan.item.title, *self.plan.quotes])
        for field, value in self.plan.item.attributes.items():
            texts = sorted(texts_of(value), key=lambda one: not has_all(one, known))
            own = role_of(field) not in SAY_LITTLE and has_all(" ".join(texts), known)
            if own and not has_all(told, known):
                fact = Fact("", field, tuple(texts[:3]))
                listed = self.claim("value", self.words.joined(fact.values), *pairs_of(fact))
                return f"{field.replace('_', ' ').capitalize()}: {listed}."  # `Hobs: induction`
        return ""

    def _is_open(self, words: str, condition: str) -> bool:
        """Whether neither title nor row answers a condition, in its words or in others."""
        item, told = self.plan.item, [self.plan.item.title, *self.plan.quotes]
        wanted = wanted_words(words)
        deed = wanted_words(PREPOSITION.split(words, maxsplit=1)[0])  # `smear for a lefty`
        if not wanted or any(has_all(item.embedding_text(), one) for one in (wanted, deed)):
            return False
        shown = answer_probabilities(condition, told)
        row = answer_probabilities(condition, sentences_of(item.text))
        return max(shown) < MAY_ANSWER and max(row, default=0.0) < ANSWERS

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

    def specifications(self) -> str:
        """`26 cm across, 1.4 kg.`; empty where all is told, or all but one."""
        told = " ".join([self.plan.item.title, *self.plan.quotes, self.plan.prepared])
        line = [
            self.claim("value", text, *((field, value) for value in values))
            for text, field, values in specifications(self.plan.item, told)
        ]
        return f"{', '.join(line)}." if len(line) > 1 else ""

    def surely_is(self, what: str) -> str:
        """What was asked for, which the item is."""
        asked = [f"{what}, as you asked.", f"{what}, as requested."]
        return asked[0] if noun_of(self.plan.item) == "thing" else self.choose("surely", asked)

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
        """What is known of a product without a text: `A black stapler with 1000 staples, from
        AmazonBasics.`, and what else its title adds."""
        brand, kind = self.plan.first("brand"), own_kind(self.plan.item)
        details = self.plan.details.split(", ") if self.details() else []
        kind = kind or self.plan.asked.kind
        if not kind or not (brand or details):
            return f"{self.title} ({self.details()})." if details else self.fields(self.values())
        colours = [one for one in details if one.lower() in COLOURS and one.lower() not in kind]
        if len(colours) == 1:
            details.remove(colours[0])
            kind = f"{colours[0].lower()} {kind}"
        along = _ALONG.search(self.plan.item.title)
        phrase = _as_told(along[0].strip()) if along and is_plain_value(along[0]) else ""
        own = [] if details or phrase else [f for f in self.plan.facts if _is_colour(f)][:1]
        parts = [f" {self.claim('title_part', phrase)}"] if phrase else []
        if brand:
            made = f"{',' * bool(phrase)} from {brand.values[0]}"
            parts.append(self.claim("value", made, *pairs_of(brand)[:1]))
        details = [
            one
            for one in details
            if not set(stems_of(phrase)) & set(stems_of(one)) and _TELLS.search(one)
        ]
        told = [self.claim("title_part", _as_told(one)) for one in details]
        told += [self.claim("value", f.values[0], *pairs_of(f)) for f in own]
        more = f": {', '.join(told)}" if told else ""
        return f"{self._named_kind(kind)}{''.join(parts)}{more}."

    def _shared(self, common: Fact) -> str:
        text = self.words.joined(common.values)
        text = text if common.role == "cast" else self.words.described(common)
        return self.claim("value", text, *pairs_of(common), past=self.plan.past)

    def values(self) -> list[str]:
        new = [f for f in self.plan.facts
               if f.values[0].casefold() not in self.plan.title.casefold()]  # fmt: skip
        phrased = [f for f in new if f.role in _TOLD_ALONE]
        told = phrased or [f for f in new if _is_colour(f)]
        return [
            self.claim(
                "value",
                self.words.phrase(f) if phrased
                else self.words.joined(f.values),
                *pairs_of(f)[:3],
            )
            for f in told[:2]
        ]  # fmt: skip


def _as_told(part: str) -> str:
    """A part of a title as a sentence has it: `with 1000 staples`, `pack of 5`."""
    return re.sub(r"\b[A-Z][a-z]+\b", lambda word: word[0].lower(), part)


_ALONG = re.compile(r"(?<= )with (?:[^\s,(\[|;:-]+ ?){1,6}(?=$| -|,|\()", re.IGNORECASE)
"""What comes with a product by the first part of its title."""


_TELLS = re.compile(
    rf"\d|\w \w|\b(?:{'|'.join(sorted(COLOURS))}|small|large|clear)\b", re.IGNORECASE
)
"""A detail that says something: `Standard` does not."""


def _is_colour(fact: Fact) -> bool:
    colour = len(fact.values) == 1 and fact.values[0].lower() in COLOURS
    return colour and fact.role not in SAY_LITTLE
