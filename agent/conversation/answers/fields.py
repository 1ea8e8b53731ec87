"""What is told of cards when they are asked about: what the catalogue states of them and nothing
else. A sentence is held against them like every other (`ground.py`).

Where the catalogue does not hold an answer, that is what is said.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import ROLES, role_of
from shelftalker.data.filter_labels import chinese_name, field_name
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.cleaning import neutral
from shelftalker.language.sentences import sentences_of
from shelftalker.language.tokens import fold
from shelftalker.types import Evidence, Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules import question_words as table
from shelftalker.understanding.rules.questions import Question
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import Fact, T, spoken_title
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.quoting import (
    presentable,
    quotable,
    suspicious,
    tellable,
    trusted,
)

TOLD = 3
"""Sentences of a description that are told."""
FACTS = 6
"""Fields of a product that are told."""


@dataclass(frozen=True)
class Teller:
    """Tells of items in one language; `beside` are others on show, from which titles tell them."""

    reader: RuleReader
    language: str
    items: tuple[Item, ...]
    beside: tuple[Item, ...] = ()

    def joined(self, sentences: Sequence[str]) -> str:
        return ("" if self.language == "zh" else " ").join(s for s in sentences if s)

    def title(self, item: Item) -> str:
        """How the item is called beside the others."""
        return spoken_title(item, [i for i in (*self.items, *self.beside) if i.id != item.id])

    # -- fields -----------------------------------------------------------------------------

    def fields(self, question: Question) -> str:
        """What the items' fields say that were asked for; one sentence for all where none does."""
        aspects = question.aspects or ("",)
        asked = [(aspect, question.names if not aspect else ()) for aspect in aspects]
        if question.names and question.aspects:
            asked.append(("", question.names))
        told: list[str] = []
        for aspect, names in asked:
            found = {item.id: self.of_aspect(item, aspect, names) for item in self.items}
            if any(found.values()):
                told += [found[i.id] or self.unsaid(aspect, i) for i in self.items]
            elif aspect or len(asked) == 1:
                told.append(self.unsaid(aspect, *self.items))
        return self.joined(told)

    def of_aspect(self, item: Item, aspect: str, names: Sequence[str] = ()) -> str:
        """What the fields say of an aspect, else a sentence of the text that speaks of it."""
        if aspect == "title":
            return say("called", self.language, title=item.title)
        found = fields_of(item, aspect) if aspect else [n for n in names if n in item.facts()]
        if told := self.joined([self.field(item, name) for name in found]):
            return told
        cue = table.ASPECTS.get(aspect)
        if any(told_values(item.facts()[name]) for name in found):
            return say("text_hints", self.language, title=self.title(item))
        texts = (
            text for text in self.sentences(item, quotable) if cue and re.search(cue, fold(text))
        )
        quoted = next(texts, "")
        return say("text_says", self.language, sentence=quoted) if quoted else ""

    def field(self, item: Item, name: str) -> str:
        """One checked sentence about one field; its bare value where none passes."""
        values = told_values(item.facts()[name])
        if role_of(name) == "year":
            values = tuple(re.sub(r"^(\d{4})-\d\d.*$", r"\1", value) for value in values)
        if not values or not all(map(tellable, values)):
            return ""
        said = self._sentence(item, name, values)
        if Grounds([Evidence("", "catalog", name, ", ".join(values))], item).check(said):
            return self._in_language(said, name)
        stop, colon, comma = ("。", "：", "、") if self.language == "zh" else (".", ": ", ", ")
        named, unit = field_name(name)
        value = f"{self.named(name) if self.language == 'zh' else named} {comma.join(values)}{unit}"
        return f"{neutral(self.title(item))}{colon}{neutral(value)}{stop}"

    def _sentence(self, item: Item, name: str, values: tuple[str, ...]) -> str:
        fact = (
            Fact.of(name, values[0], item)
            if len(values) == 1
            else Fact(role_of(name), name, values)
        )
        title = self.title(item)
        plain = fact.role not in ROLES or fact.role == "rating" or self.odd_unit(fact, name)
        if self.language == "zh":
            writer = _ChineseAnswers(item, (), _Naming(f"《{title}》", fact.values))
            named, unit = field_name(name)
            value = f"{writer.joined(fact.values)}{unit}"
            if plain:
                return f"《{title}》的{named}是{value}。"
            said = writer.single(fact, f"《{title}》")
            return said if title in said else f"《{title}》的{said}"
        named, unit = field_name(name)
        english = _EnglishAnswers(item, (), _Naming(title, fact.values))
        english.title = title
        said = "" if plain else english.single(fact, title)
        if title not in said:
            return f"The {named} of {title} is {english.joined(fact.values)}{unit}."
        return f"{said[:1].upper()}{said[1:]}" if not said.startswith(title) else said

    def odd_unit(self, fact: Fact, name: str) -> bool:
        """Is it a time that is not counted in minutes?"""
        measure = self.reader.vocabulary.measures.get(name, "minutes")
        return fact.role == "runtime" and measure != "minutes"

    def _in_language(self, said: str, name: str) -> str:
        """The field by its Chinese name, which no check knows."""
        named, _ = field_name(name)
        if self.language != "zh":
            return said
        return said.replace(f"的{named}是", f"的{self.named(name)}是")

    def named(self, name: str) -> str:
        """What Chinese calls a field; its own name where that is not known."""
        return chinese_name(name)

    def unsaid(self, aspect: str, *items: Item) -> str:
        """That the catalogue does not say it."""
        chinese = self.language == "zh"
        if len(items) > 1:
            title = "这几个" if chinese else "any of these"
        else:
            title = self.shown(items[0])
        phrase = table.UNSAID[aspect][chinese].format(title=title)
        return self.denied(phrase, *items)

    def denied(self, what: str, *items: Item) -> str:
        """That nothing says it. Of a text, which may say it in other words, that nothing is found
        there."""
        name = "unfound" if any(item.text for item in items) else "unsaid"
        whole = self.in_full(items[0]) if len(items) == 1 else ""
        return self.joined([say(name, self.language, what=what), whole])

    def in_full(self, item: Item) -> str:
        """The title of a product as a whole, where it says more than the item is called by here:
        a shop's titles say what no field does."""
        if noun_of(item) != "thing" or len(self.title(item)) == len(item.title):
            return ""
        told = item.title if not suspicious(item.title) else ""
        return say("in_full", self.language, title=neutral(told)) if told else ""

    # -- what it is about -------------------------------------------------------------------

    def about(self, *, story: bool = True) -> str:
        """What the catalogue's text says of each item; without one the facts, and where it is the
        `story` that is asked for, that it is not told. Less of each where there are several."""
        alone = len(self.items) == 1
        space = "" if self.language == "zh" else " "
        texts = [
            (self.sentences(item) or self.sentences(item, quotable))[: TOLD if alone else 1]
            for item in self.items
        ]
        told = [
            f"{self.introduced(item)}{space}{self.joined(text)}" if text else self._facts(item)
            for item, text in zip(self.items, texts, strict=True)
        ]
        silent = [item for item in self.items if not item.text]
        unsaid = self.unsaid("about", *silent) if silent and (story or not any(told)) else ""
        return (
            "\n".join(filter(None, [unsaid, *told])) if not alone else self.joined([unsaid, *told])
        )

    def _facts(self, item: Item) -> str:
        """The telling facts: of a product field by field, of others in sentences that join them."""
        alone = len(self.items) == 1
        if noun_of(item) == "thing":
            names = [name for name in item.facts() if name not in ("title", "text")]
            told = [self.field(item, name) for name in names[: FACTS if alone else 3]]
            return self.joined([*told, self.in_full(item)])
        evidence = choose_evidence(item, (), (), Request(language=self.language))
        facts = compose(item, evidence, self.language) if evidence else ""
        return facts if alone else next(iter(sentences_of(facts, [self.title(item)])), "")

    def sentences(self, item: Item, fit: Callable[[str], bool] = presentable) -> list[str]:
        """The sentences of the item's text that may be repeated, in the order of the text."""
        if not trusted(item.text):
            return []
        grounds = Grounds([], item)
        return [s for s in sentences_of(item.text) if fit(s) and grounds.check(s)]

    def introduced(self, item: Item) -> str:
        """What stands before what is told of an item."""
        return say("why", self.language, title=self.title(item))

    def shown(self, item: Item) -> str:
        """The title as it stands in a sentence."""
        return f"《{self.title(item)}》" if self.language == "zh" else self.title(item)


def fact_of(item: Item, name: str, values: tuple[str, ...]) -> Fact:
    """A field as a fact: one value may be several joined by commas, several are what they are."""
    return Fact.of(name, values[0], item) if len(values) == 1 else Fact(role_of(name), name, values)


def fields_of(item: Item, aspect: str) -> list[str]:
    """The fields that answer an aspect: those of the first role that the item has, else by name."""
    facts = [name for name in item.facts() if name not in ("title", "text")]
    by_role = [
        [name for name in facts if role_of(name) == role]
        for role in table.ROLES.get(aspect, "").split()
    ]
    found = next(filter(None, by_role), [])
    parts = table.NAMES.get(aspect, "").split()
    named = [n for n in facts if set(re.split(r"[_\W]+", n.casefold())) & set(parts)]
    return found or named


def told_values(value: Value) -> tuple[str, ...]:
    """A field's values as texts."""
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float):
        return (f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}",)
    return texts_of(value)[:8]


@dataclass(frozen=True, slots=True)
class _Naming:
    """Chooses the pattern that names the item and has most of the values."""

    title: str
    values: tuple[str, ...]

    def __call__(self, slot: str, options: Sequence[T]) -> T:
        def place(option: T) -> tuple[bool, int]:
            said = str(option).casefold()
            return self.title.casefold() in said, sum(v.casefold() in said for v in self.values)

        return max(options, key=place)


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
