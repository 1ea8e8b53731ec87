"""Composed texts: sentences made from rows, where no prepared or model's text is at hand.

`plan` chooses what is told, a card of the language words it, and `claims.problem` holds every
sentence against the rows again before it is shown. English and Chinese.
"""

from collections.abc import Sequence
from dataclasses import replace

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import display_title
from shelftalker.language.cleaning import neutral
from shelftalker.types import Evidence, Request
from shelftalker.writing.compose.card import MAX_SENTENCES, CardWriter
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.chinese_cards import ChineseCard
from shelftalker.writing.compose.claims import Line, Rows
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.english_cards import EnglishCard
from shelftalker.writing.compose.facts import Fact, SeededChooser
from shelftalker.writing.compose.language_composer import LanguageComposer
from shelftalker.writing.compose.plan import plan_of
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.quoting import free_of_injection


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
    """One to three true sentences about the item; the title alone where none can be shown.

    Texts shown beside each other get variants in a row, so that no two begin alike.
    """
    kept = [line.text for line in lines(grounds, language, seed, variant=variant)]
    joint = "" if language == "zh" else " "
    return joint.join(kept[:MAX_SENTENCES]) or bare(grounds.facts.item, language)


def lines(
    grounds: Grounds,
    language: str = "en",
    seed: int = 0,
    *,
    variant: int = 0,
    most: int = MAX_SENTENCES,
    prepared: str = "",
) -> list[Line]:
    """The sentences whose every claim the rows bear, in their order, none with an unsafe word.
    `prepared`: a checked text on a work, around which they stand."""
    facts = grounds.facts
    rows = Rows(facts.item, tuple(facts.history), facts.request)
    if not free_of_injection(facts.item.title):
        return []  # a title that reads like an order stays on its card
    card = card_of(grounds, language, seed, variant=variant)
    card.plan = replace(card.plan, prepared=prepared)
    made = (line for line in card.lines(most) if line.holds(rows))
    return [line for line in made if not grounds.unsafe.found(line.words)]


def headline(grounds: Grounds, language: str, most: int) -> str:
    """The title and the fact that tells most, in at most `most` characters; else the title."""
    card, facts = card_of(grounds, language), grounds.facts
    rows = Rows(facts.item, tuple(facts.history), facts.request)
    made = [card.claim.line(template) for template in card.headlines()]
    fit = [line.text for line in made if len(line.text) <= most and line.holds(rows)]
    title = card.plan.title if len(card.plan.title) <= most else ""
    return next(iter(fit), title or f"{card.plan.title[: most - 1].rsplit(' ', 1)[0]}…")


def card_of(grounds: Grounds, language: str, seed: int = 0, *, variant: int = 0) -> CardWriter:
    """The card of a language with what it tells."""
    facts = grounds.facts
    plan = plan_of(facts.item, grounds.evidence, facts.history, facts.request, language)
    return (ChineseCard if language == "zh" else EnglishCard)(plan, SeededChooser(seed, variant))


def sentences(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    variant: int = 0,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> list[str]:
    """The sentences of `lines`, with the grounds made here."""
    grounds = Grounds(evidence, item, history, request)
    made = lines(grounds, language, seed, variant=variant)
    return [line.text for line in made]


def fact_sentences(
    item: Item, evidence: Sequence[Evidence], language: str = "en", *, history: Sequence[Past] = ()
) -> list[str]:
    """One plain sentence for each piece of evidence, always the same."""
    writer = _writer(item, history, language)
    return [_fact_sentence(writer, item, one) for one in evidence]


def _fact_sentence(writer: LanguageComposer, item: Item, evidence: Evidence) -> str:
    if evidence.source == "history":
        return writer.history(evidence.value, evidence.field)
    if evidence.source == "request":
        return writer.request(evidence.value)
    if evidence.field == "text":
        return evidence.value
    fact = Fact.of(evidence.field, evidence.value, item)
    return writer.single(fact)


def noun_in(item: Item, language: str) -> str:
    """The item's noun in a language: `film`, `电影`."""
    nouns = (ChineseComposer if language == "zh" else EnglishComposer).nouns
    return nouns[noun_of(item)]


def _writer(item: Item, history: Sequence[Past], language: str) -> LanguageComposer:
    return (ChineseComposer if language == "zh" else EnglishComposer)(item, history)


def bare(item: Item, language: str) -> str:
    """The title alone; a neutral word for it where the title reads like an order."""
    if not free_of_injection(item.title):
        return "这一款。" if language == "zh" else "This one."
    title = neutral(display_title(item.title))
    if language != "zh":
        return f"{title}."
    return f"{title}。" if noun_of(item) == "thing" else f"《{title}》。"
