"""Plain sentences made from facts, for when the model's own text is missing or fails its check.

Every sentence joins phrases about single facts, so it is true by construction; many patterns for
each kind of fact keep a page of cards from sounding alike. English and Chinese.
"""

from collections.abc import Sequence

from shelftalker.catalog import Item
from shelftalker.ground import Evidence, Grounds, neutral
from shelftalker.prose.chinese import Chinese
from shelftalker.prose.english import English
from shelftalker.prose.facts import Chooser, Fact, Turn, first, noun_of
from shelftalker.prose.spans import Past
from shelftalker.prose.values import display_title
from shelftalker.request import Request

MOST = 3
"""Sentences a text has at most."""


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
    """One to three true sentences about the item. Odd facts that fail the check are left out.

    Texts shown beside each other get variants in a row, so that no two are alike.
    """
    grounds = Grounds(evidence, item, history, request)
    made = sentences(item, evidence, language, seed, variant=variant, history=history)
    kept = [sentence for sentence in made if grounds.check(sentence)]
    return ("" if language == "zh" else " ").join(kept[:MOST]) or _bare(item, evidence, language)


def sentences(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    variant: int = 0,
    history: Sequence[Past] = (),
) -> list[str]:
    """The sentences before any check, best first."""
    choose = Turn(seed, variant)
    writer = _writer(item, history, choose, language)
    facts = [Fact.of(e.field, e.value) for e in evidence if e.source == "catalog"]
    facts = [fact for fact in facts if fact.field != "text"]
    personal = [writer.history(e.value, e.field) for e in evidence if e.source == "history"]
    personal += [writer.request(e.value, facts) for e in evidence if e.source == "request"]
    personal = [sentence for sentence in personal if sentence][:1]
    opening, rest = writer.opening(facts)
    texts = [e.value for e in evidence if e.source == "catalog" and e.field == "text"]
    tail = [*texts[:1], *(writer.single(fact) for fact in rest)]
    start = [opening] if opening else []
    personal_first = choose("order", [False, True, False])
    ordered = [*personal, *start] if personal_first else [*start, *personal]
    return [_capital(sentence, writer.title) for sentence in [*ordered, *tail]]


def fact_sentence(
    item: Item, evidence: Evidence, language: str = "en", *, history: Sequence[Past] = ()
) -> str:
    """One plain sentence for one piece of evidence, always the same."""
    writer = _writer(item, history, first, language)
    if evidence.source == "history":
        return writer.history(evidence.value, evidence.field)
    if evidence.source == "request":
        return writer.request(evidence.value, [])
    if evidence.field == "text":
        return evidence.value
    return writer.single(
        Fact.of(evidence.field, evidence.value), "它" if language == "zh" else "It"
    )


def noun_in(item: Item, language: str) -> str:
    """What to call the item in a language: `film`, `电影`."""
    return (Chinese if language == "zh" else English).nouns[noun_of(item)]


def _writer(item: Item, history: Sequence[Past], choose: Chooser, language: str) -> English:
    return (Chinese if language == "zh" else English)(item, history, choose)


def _bare(item: Item, evidence: Sequence[Evidence], language: str) -> str:
    """Title and values side by side, when no sentence passes."""
    title = neutral(display_title(item.title))
    values = [neutral(e.value) for e in evidence if e.source == "catalog" and len(e.value) < 80][:3]
    stop = "。" if language == "zh" else "."
    return f"{title}: {', '.join(values)}{stop}" if values else f"{title}{stop}"


def _capital(sentence: str, title: str) -> str:
    """A capital at the start, but for a name's own spelling (`mDesign`)."""
    if title and sentence.startswith(title):
        return sentence
    return sentence[:1].upper() + sentence[1:]
