"""Template texts: plain sentences made from facts, where the model's own text is missing or fails
its check.

Every sentence joins phrases about single facts, so it is true by construction; several patterns for
each kind of fact keep the cards of a page from sounding alike. English and Chinese.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import display_title
from shelftalker.language.cleaning import neutral
from shelftalker.types import Evidence, Request
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import Chooser, Fact, SeededChooser, first, title_unlike
from shelftalker.writing.compose.language_composer import LanguageComposer
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.quoting import free_of_injection
from shelftalker.writing.verifier.tokenizer import Past

MAX_SENTENCES = 3
"""In one text."""
DULL = frozenset({"country", "language"})
"""Roles that do not earn a sentence of their own beside something personal."""


def compose(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    variant: int = 0,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> str:
    """As `compose_from`, with the grounds made here."""
    grounds = Grounds(evidence, item, history, request)
    return compose_from(grounds, language, seed, variant=variant)


def compose_from(grounds: Grounds, language: str = "en", seed: int = 0, *, variant: int = 0) -> str:
    """One to three true sentences about the item. Odd facts that fail the check are left out.

    Texts shown beside each other get variants in a row, so that no two are alike.
    """
    facts, evidence = grounds.facts, grounds.evidence
    made = sentences(
        facts.item, evidence, language, seed, variant=variant, history=facts.history,
        wanted=facts.asked_words - facts.refused_words,
    )  # fmt: skip
    kept = list(islice(filter(grounds.check, made), MAX_SENTENCES))
    if not kept:
        return _bare(facts.item, evidence, language)
    joint = "" if language == "zh" else " "
    return joint.join([*_naming(grounds, kept, language), *kept][:MAX_SENTENCES])


def _naming(grounds: Grounds, kept: Sequence[str], language: str) -> list[str]:
    """A sentence that names the item where none of those kept does. A title that reads like an
    order stays on its card."""
    item = grounds.facts.item
    title = neutral(title_unlike(item, grounds.facts.history.title_forms))
    named = any(grounds.names_item(sentence) for sentence in kept)
    if named or not free_of_injection(item.title):
        return []
    return [f"这是《{title}》。" if language == "zh" else _one_stop(f"Here is {title}.")]


def sentences(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    variant: int = 0,
    history: Sequence[Past] = (),
    wanted: Collection[str] = (),
) -> list[str]:
    """The sentences before any check, best first. `wanted`: words of what was asked for."""
    choose = SeededChooser(seed, variant)
    writer = _writer(item, history, choose, language)
    facts = [Fact.of(e.field, e.value, item) for e in evidence if e.source == "catalog"]
    facts = _each_value_once([fact for fact in facts if fact.field != "text"])
    facts.sort(key=lambda fact: fact.role == "brand" and fact.values[0] in writer.title)
    past = [e for e in evidence if e.source == "history"][:1]
    personal = [writer.history(e.value, e.field) for e in past]
    common = writer.common(past[0].value, past[0].field) if any(personal) else None
    if common and (common.role in PEOPLE or noun_of(item) in ("thing", "any")):
        facts = _without(facts, common)  # a film or book is named by its genre
    personal += [writer.request(e.value) for e in evidence if e.source == "request"]
    personal = [sentence for sentence in personal if sentence][:1]
    opening, rest = writer.opening(facts, wanted)
    start = [opening] if opening else []
    asked = opening != writer.opening(facts)[0]
    repeated = bool(past) and writer.noun == "item"  # else its brand might come twice
    if not asked and (choose("order", [False, True, False]) or repeated):
        merged = writer.together(past[0].value, past[0].field, facts) if past else None
        start, rest = ([merged[0]], merged[1]) if merged else ([*personal, *start], rest)
    else:
        start = [*start, *personal]
    rest = _without(rest, common) if common else rest
    texts = [e.value for e in evidence if e.source == "catalog" and e.field == "text"]
    rest = [fact for fact in rest if not past or fact.role not in DULL]
    rest = [fact for fact in rest if fact.role != "title" or fact.values[0] not in writer.title]
    tail = [*texts[:1], *(writer.single(fact) for fact in rest)]
    return [_capital(sentence, writer.title) for sentence in [*start, *tail]]


def _each_value_once(facts: Sequence[Fact]) -> list[Fact]:
    """The facts, each value only in the first field of its role."""
    seen: set[tuple[str, str]] = set()
    kept: list[Fact] = []
    for fact in facts:
        values = tuple(v for v in fact.values if (fact.role, v.casefold()) not in seen)
        seen.update((fact.role, value.casefold()) for value in values)
        kept += [replace(fact, values=values)] if values else []
    return kept


def _without(facts: Sequence[Fact], common: Fact) -> list[Fact]:
    """The facts without the values in `common`, which the history sentence has."""
    left = [
        replace(fact, values=tuple(v for v in fact.values if v not in common.values))
        if fact.role == common.role
        else fact
        for fact in facts
    ]
    return [fact for fact in left if fact.values]


def fact_sentence(
    item: Item, evidence: Evidence, language: str = "en", *, history: Sequence[Past] = ()
) -> str:
    """One plain sentence for one piece of evidence, always the same."""
    writer = _writer(item, history, first, language)
    if evidence.source == "history":
        return writer.history(evidence.value, evidence.field)
    if evidence.source == "request":
        return writer.request(evidence.value)
    if evidence.field == "text":
        return evidence.value
    return writer.single(
        Fact.of(evidence.field, evidence.value, item), "它" if language == "zh" else "It"
    )


def noun_in(item: Item, language: str) -> str:
    """The item's noun in a language: `film`, `电影`."""
    return (ChineseComposer if language == "zh" else EnglishComposer).nouns[noun_of(item)]


def _writer(
    item: Item, history: Sequence[Past], choose: Chooser, language: str
) -> LanguageComposer:
    return (ChineseComposer if language == "zh" else EnglishComposer)(item, history, choose)


def _bare(item: Item, evidence: Sequence[Evidence], language: str) -> str:
    """Title and values as a list, where no sentence passes the check."""
    title = neutral(display_title(item.title))
    values = [neutral(e.value) for e in evidence if e.source == "catalog" and len(e.value) < 80][:3]
    stop = "。" if language == "zh" else "."
    return f"{title}: {', '.join(values)}{stop}" if values else f"{title}{stop}"


def _one_stop(sentence: str) -> str:
    """`… Why Me?` for `… Why Me?.`."""
    return re.sub(r"([.!?。！？])[.。]$", r"\1", sentence)


def _capital(sentence: str, title: str) -> str:
    """With a capital first letter, except in a title (`mDesign`), and one full stop."""
    sentence = _one_stop(sentence)
    if title and sentence.startswith(title):
        return sentence
    return sentence[:1].upper() + sentence[1:]
