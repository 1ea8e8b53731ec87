"""Answers about single fields and texts of items, from the catalogue and nothing else.

Each sentence is verified like those of the language model (`Grounds`). Where the catalogue has no
answer, the reply says so.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import ROLES, role_of
from shelftalker.data.filter_labels import field_name, name_in
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.cleaning import neutral
from shelftalker.language.sentences import in_language, joined, sentences_of
from shelftalker.language.tokens import fold
from shelftalker.types import Evidence, Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.questions import Question
from shelftalker.understanding.rules.tables import question_words as table
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import Fact, spoken_title
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.quoting import (
    free_of_injection,
    is_plain_statement,
    is_plain_value,
    is_presentable,
    suspicious,
)

MAX_SENTENCES = 3
"""Sentences of a description that are quoted."""
MAX_FIELDS = 6
"""Fields of a product that are listed."""


@dataclass(frozen=True)
class ItemAnswers:
    """Writes sentences about `items` in one language; `beside` are other items on show, from which
    the titles used must distinguish them."""

    reader: RuleReader
    language: str
    items: tuple[Item, ...]
    beside: tuple[Item, ...] = ()

    def joined(self, sentences: Iterable[str]) -> str:
        return joined(sentences, self.language)

    def title(self, item: Item) -> str:
        """The item's short title, unambiguous among the others."""
        return spoken_title(item, [i for i in (*self.items, *self.beside) if i.id != item.id])

    def fields(self, question: Question) -> str:
        """The fields that were asked for; one sentence for all items where none of them has it."""
        sentences: list[str] = []
        for aspect in question.aspects or ("",):
            known = [self.of_aspect(item, aspect, question.names) for item in self.items]
            if any(known):
                pairs = zip(known, self.items, strict=True)
                sentences += [one or self.unknown(aspect, item) for one, item in pairs]
            else:
                sentences.append(self.unknown(aspect, *self.items))
        return self.joined(sentences)

    def of_aspect(self, item: Item, aspect: str, names: Sequence[str] = ()) -> str:
        """The item's fields on an aspect, else a sentence of its text about it, else ""."""
        if aspect == "title":
            return say("called", self.language, title=item.title)
        fields = fields_of(item, aspect) if aspect else [n for n in names if n in item.facts()]
        if answer := self.joined([self.field(item, name) for name in fields]):
            return answer
        if any(texts_of_value(item.facts()[name]) for name in fields):
            return say("text_hints", self.language, title=self.title(item))
        cue = table.ASPECTS.get(aspect)
        for text in self.sentences(item, is_plain_statement) if cue else ():
            if re.search(cue, fold(text)):
                return say("text_says", self.language, sentence=text)
        return ""

    def field(self, item: Item, name: str) -> str:
        """One verified sentence about one field; the plain value if it fails; "" if the value may
        not be repeated."""
        values = texts_of_value(item.facts()[name])
        if role_of(name) == "year":
            values = tuple(re.sub(r"^(\d{4})-\d\d.*$", r"\1", value) for value in values)
        if not values or not all(map(is_plain_value, values)):
            return ""
        sentence = self._sentence(item, name, values)
        if Grounds([Evidence("", "catalog", name, ", ".join(values))], item).check(sentence):
            named, _ = field_name(name)  # the verifier does not know the field's Chinese name
            return sentence.replace(f"的{named}是", f"的{self.named(name)}是")
        stop, colon, comma = ("。", "：", "、") if self.language == "zh" else (".", ": ", ", ")
        value = f"{self.named(name)} {comma.join(values)}{field_name(name)[1]}"
        return f"{neutral(self.title(item))}{colon}{neutral(value)}{stop}"

    def _sentence(self, item: Item, name: str, values: tuple[str, ...]) -> str:
        fact = fact_of(item, name, values)
        title = self.title(item)
        plain = fact.role not in ROLES or fact.role == "rating" or self.odd_unit(fact, name)
        named, unit = field_name(name)
        if self.language == "zh":
            writer = _ChineseAnswers(item)
            if plain:
                return f"《{title}》的{named}是{writer.joined(fact.values)}{unit}。"
            phrase = writer.single(fact, f"《{title}》")
            return phrase if title in phrase else f"《{title}》的{phrase}"
        english = _EnglishAnswers(item)
        english.title = title
        phrase = "" if plain else english.single(fact, title)
        if title not in phrase:
            return f"The {named} of {title} is {english.joined(fact.values)}{unit}."
        return phrase if phrase.startswith(title) else f"{phrase[:1].upper()}{phrase[1:]}"

    def odd_unit(self, fact: Fact, name: str) -> bool:
        """Is it a runtime that is not in minutes?"""
        measure = self.reader.vocabulary.measures.get(name, "minutes")
        return fact.role == "runtime" and measure != "minutes"

    def named(self, name: str) -> str:
        """The Chinese name of a field in a Chinese answer, else its own name."""
        return name_in(name, "zh" if self.language == "zh" else "en")

    def unknown(self, aspect: str, *items: Item) -> str:
        """The reply that the catalogue does not say it."""
        title = in_language(_THESE, self.language) if len(items) > 1 else self.shown(items[0])
        phrase = in_language(table.UNSAID[aspect], self.language).format(title=title)
        return self.denied(phrase, *items)

    def denied(self, what: str, *items: Item) -> str:
        """The same for any phrase; a text may say it in other words, so with one it is weaker."""
        name = "unfound" if any(item.text for item in items) else "unsaid"
        whole = self.in_full(items[0]) if len(items) == 1 else ""
        return self.joined([say(name, self.language, what=what), whole])

    def in_full(self, item: Item) -> str:
        """A product's full title, if it says more than the short one: shop titles often contain
        what no field does."""
        whole = noun_of(item) != "thing" or len(self.title(item)) == len(item.title)
        if whole or suspicious(item.title):
            return ""
        return say("in_full", self.language, title=neutral(item.title))

    def about(self, *, story: bool = True) -> str:
        """What each item is about: sentences of its text, else its fields. With `story` the plot
        was asked for, so a missing text is reported. Several items get less text each."""
        alone = len(self.items) == 1
        most = MAX_SENTENCES if alone else 1
        answers = []
        for item in self.items:
            text = self.sentences(item) or self.sentences(item, is_plain_statement)
            whole = self.joined([self.introduced(item), *text[:most]])
            answers.append(whole if text else self._facts(item))
        silent = [item for item in self.items if not item.text]
        unknown = self.unknown("about", *silent) if silent and (story or not any(answers)) else ""
        parts = [unknown, *answers]
        return self.joined(parts) if alone else "\n".join(filter(None, parts))

    def _facts(self, item: Item) -> str:
        """The main fields: one by one for a product, else in sentences that join them."""
        alone = len(self.items) == 1
        if noun_of(item) == "thing":
            names = [name for name in item.facts() if name not in ("title", "text")]
            fields = [self.field(item, name) for name in names[: MAX_FIELDS if alone else 3]]
            return self.joined([*fields, self.in_full(item)])
        evidence = choose_evidence(item, (), (), Request(language=self.language))
        facts = compose(item, evidence, self.language) if evidence else ""
        return facts if alone else next(iter(sentences_of(facts, [self.title(item)])), "")

    def sentences(self, item: Item, fit: Callable[[str], bool] = is_presentable) -> list[str]:
        """The sentences of the item's text that may be quoted, in the order of the text."""
        if not free_of_injection(item.text):
            return []
        grounds = Grounds([], item)
        return [s for s in sentences_of(item.text) if fit(s) and grounds.check(s)]

    def introduced(self, item: Item) -> str:
        """The title as the start of an answer: `Alien:`."""
        return say("why", self.language, title=self.title(item))

    def shown(self, item: Item) -> str:
        """The title as it is written within a sentence."""
        return f"《{self.title(item)}》" if self.language == "zh" else self.title(item)


def fact_of(item: Item, name: str, values: tuple[str, ...]) -> Fact:
    """A field as a fact; a single value is split at its commas."""
    return Fact.of(name, values[0], item) if len(values) == 1 else Fact(role_of(name), name, values)


def fields_of(item: Item, aspect: str) -> list[str]:
    """The fields that answer an aspect: those of the first role that the item has, else by name."""
    facts = [name for name in item.facts() if name not in ("title", "text")]
    by_role = [
        [name for name in facts if role_of(name) == role]
        for role in table.ROLES.get(aspect, "").split()
    ]
    of_role = next(filter(None, by_role), [])
    parts = table.NAMES.get(aspect, "").split()
    named = [n for n in facts if set(re.split(r"[_\W]+", n.casefold())) & set(parts)]
    return of_role or named


def texts_of_value(value: Value) -> tuple[str, ...]:
    """A field's values as texts."""
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float):
        return (f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}",)
    return texts_of(value)[:8]


_THESE = {"en": "any of these", "zh": "这几个"}


class _EnglishAnswers(EnglishComposer):
    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """All of the values."""
        parts = [EnglishComposer.joined(self, [value], lower) for value in values]
        return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


class _ChineseAnswers(ChineseComposer):
    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """All of the values."""
        parts = [ChineseComposer.joined(self, [value], lower) for value in values]
        return "、".join(parts[:-1]) + "和" + parts[-1] if len(parts) > 1 else parts[0]
