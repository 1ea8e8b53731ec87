"""Texts that need no model when they are asked for: a prepared hook with a composed link,
headlines, push lines, and the text over all cards of an e-mail or a page."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.sentences import joined
from shelftalker.types import Card, Source
from shelftalker.writing.accepted_text import CheckedSentence
from shelftalker.writing.compose.asked import asked_of
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.claims import ComposedClaim, Line
from shelftalker.writing.compose.composer import bare, headline, lines
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import Fact, may_be_stated, spoken_title
from shelftalker.writing.style import LIMITS
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.unsafe import Unsafe

NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
MAX_SUBJECT = 60
"""Characters of the subject of an e-mail."""


def composed_lines(wanted: TextRequest, grounds: Grounds) -> list[str]:
    """The composed sentences in the domain's voice, in their order; a prepared text is one of
    them."""
    if wanted.voice.person == "none":  # nothing of what the reader did or asked
        facts = [e for e in wanted.evidence if e.source == "catalog"]
        grounds = Grounds(facts, wanted.item, unsafe=grounds.unsafe)
    most = wanted.voice.sentences(wanted.style)
    prepared = wanted.hook.text if wanted.hook else ""
    made = lines(
        grounds, wanted.request.language, wanted.seed,
        variant=wanted.variant, most=most, prepared=prepared,
    )  # fmt: skip
    return _shown(made, wanted)


def _shown(made: Sequence[Line], wanted: TextRequest) -> list[str]:
    """The sentences in the domain's voice, but those that it does not say."""
    voiced = (_voiced(line, wanted) for line in made)
    return [text for text in voiced if not wanted.voice.refusal(text)]


def composed_text(wanted: TextRequest, grounds: Grounds) -> list[CheckedSentence]:
    """The composed sentences that fit the style as one, at least the title."""
    made = composed_lines(wanted, grounds)[: wanted.voice.sentences(wanted.style)]
    made = made or [bare(wanted.item, wanted.request.language)]
    return [CheckedSentence(joined(made, wanted.request.language), "template")]


def text_without_model(wanted: TextRequest, unsafe: Unsafe) -> tuple[CheckedSentence, ...]:
    """A prepared text, or composed sentences; made once for all visitors who ask for nothing and
    have the same reason."""
    if not wanted.request.silent:
        return _without_model(wanted, unsafe)
    return _shared_text(wanted.shared(), unsafe)


def _without_model(wanted: TextRequest, unsafe: Unsafe) -> tuple[CheckedSentence, ...]:
    grounds = Grounds(wanted.evidence, wanted.item, wanted.history, wanted.request, unsafe)
    return tuple(ready_text(wanted, grounds) or composed_text(wanted, grounds))


_shared_text = lru_cache(maxsize=8192)(_without_model)


@dataclass(frozen=True, slots=True)
class Beside:
    """Composed sentences beside a small model's text: those before it, and the one after it.
    `told`: what the item is stands there already; `whole`: nothing is left for the model to
    tell."""

    before: tuple[str, ...] = ()
    after: str = ""
    told: bool = False
    whole: bool = False

    def left_of(self, wanted: TextRequest) -> TextRequest:
        """What is left for the model: where the item is told of, only what is personal."""
        personal = tuple(e for e in wanted.evidence if e.source != "catalog")
        return replace(wanted, evidence=personal) if self.told else wanted


def beside_model(wanted: TextRequest, grounds: Grounds) -> Beside:
    """Of an item with a text of its own: whether it is what was asked for and what it is about, so
    that the model says what ties it to the history. Of others: the sentence that takes up the
    request, which a small model seldom does, and the one that names what the row says nothing of.
    Each may be empty."""
    if wanted.voice.person == "none":
        return Beside()
    most = wanted.voice.sentences(wanted.style)
    made = lines(grounds, wanted.request.language, wanted.seed, variant=wanted.variant, most=most)
    kinds = [{claim.kind for claim in line.claims} for line in made]
    lacking = len(made) > 1 and "lacking" in kinds[-1]
    if quotes := [at for at, kind in enumerate(kinds) if "quote" in kind]:
        whole = lacking or quotes[-1] == len(made) - 1 or "past" not in kinds[-1]
        before = tuple(_shown(made if whole else made[: quotes[-1] + 1], wanted))
        return Beside(before, told=bool(before), whole=bool(before) and whole)
    if not (wanted.request.message and made):
        return Beside()
    asked = asked_of(wanted.item, wanted.request, wanted.request.language)
    taken = asked.met or asked.bounds or asked.kind or asked.other_kind or wanted.request.like
    opening = _shown(made[:1], wanted) if taken or "wish" in kinds[0] else []
    closing = _shown(made[-1:], wanted) if lacking else []
    return Beside(tuple(opening), "".join(closing))


def _voiced(line: Line, wanted: TextRequest) -> str:
    """The sentence with preferred words in place of the composer's own; values stay."""
    if not wanted.voice.prefer:
        return line.text
    prefer = wanted.voice.preferred

    def part(one: str | ComposedClaim) -> str | ComposedClaim:
        if isinstance(one, str):
            return prefer(one)
        if not one.pairs or one.kind == "quote":
            return one
        kept = "|".join(re.escape(value) for _, value in one.pairs)
        pieces = re.split(f"({kept})", one.text)
        return replace(one, text="".join(p if n % 2 else prefer(p) for n, p in enumerate(pieces)))

    return Line(tuple(map(part, line.parts))).text


def ready_text(wanted: TextRequest, grounds: Grounds) -> list[CheckedSentence]:
    """The whole text; empty where a model is wanted for it, or nothing can be said."""
    limit = LIMITS.get(wanted.style.format)
    hook = wanted.hook
    if limit is None and hook is None:
        return []
    made = composed_lines(wanted, grounds)
    if wanted.style.format == "headline" or (limit and hook is None and not made):
        title = headline(grounds, wanted.request.language, limit or 0)
        return [] if wanted.voice.refusal(title) else [CheckedSentence(title, "template")]
    source: Source = hook.source if hook else "template"
    hooked = [CheckedSentence(hook.text, source)] if hook else []
    told = [CheckedSentence(text, "template") for text in made]
    if limit:
        fit = [one for one in (*hooked, *told) if len(one.text) <= limit]
        short = headline(grounds, wanted.request.language, limit)
        return [*fit, CheckedSentence(short, "template")][:1]
    if hook is None or wanted.voice.links == "model":
        return hooked
    return [CheckedSentence(t, source if t == hook.text else "template") for t in made]


def text_over(cards: Sequence[Card], texts_format: str, language: str) -> str:
    """The `intro`: one sentence over the cards; of an `email`, subject and opening."""
    items = [card.item for card in cards]
    if not items:
        return ""
    intro = overview(items, language)
    if texts_format == "intro":
        return intro
    what = _kind_of_all(items, language)
    colon = "：" if language == "zh" else ": "
    named = f"{what}{colon}{spoken_title(items[0], items[1:])}"
    subjects = [intro.rstrip(".。"), named, what]
    subject = next((s for s in subjects if len(s) <= MAX_SUBJECT), what[:MAX_SUBJECT])
    first = cards[0].description
    return f"{subject}\n{intro if subject == what else ''} {first}".replace("\n ", "\n").strip()


def overview(items: Sequence[Item], language: str) -> str:
    """`Three crime dramas: A, B and C.`, with what all items share."""
    names = [spoken_title(item, [i for i in items if i.id != item.id]) for item in items]
    what = _kind_of_all(items, language)
    if language == "zh":
        return f"{what}：{'、'.join(f'《{name}》' for name in names)}。"
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{what}: {listed}{'' if listed.endswith(('.', '!', '?')) else '.'}"


def _kind_of_all(items: Sequence[Item], language: str) -> str:
    """`Three comedies from the same director`: what they are, by the rows of all."""
    counts = Counter(
        (role_of(field), text)
        for item in items
        for field, value in item.attributes.items()
        if role_of(field) in ("genre", "brand", "director", "author", "artist")
        for text in dict.fromkeys(texts_of(value))
        if may_be_stated(text)
    )
    shared = [pair for pair, count in counts.items() if count == len(items)]
    genres = tuple(text for role, text in shared if role == "genre")
    maker = next((text for role, text in shared if role != "genre"), "")
    nouns = {noun_of(item) for item in items}
    noun = nouns.pop() if len(nouns) == 1 else "any"
    if language == "zh":
        chinese = ChineseComposer(items[0])
        kind = chinese.kind(Fact("genre", "", genres)) if genres and noun != "thing" else ""
        by = f"{maker}的" if maker else ""
        noun, count = ChineseComposer.nouns[noun], ChineseComposer.counters[noun]
        return f"为你选了{len(items)}{count}{by}{kind or noun}"
    english = EnglishComposer(items[0])
    fact = Fact("genre", "", genres)
    kind = english.kind(fact) if genres and english.is_kind(fact) else EnglishComposer.nouns[noun]
    count = NUMBERS[len(items)] if len(items) < len(NUMBERS) else str(len(items))
    by = f" {'from' if noun == 'thing' else 'by'} {maker}" if maker else ""
    return f"{count} {_plural(kind) if len(items) > 1 else kind}{by} for you"


def _plural(kind: str) -> str:
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return kind if kind.endswith("s") else f"{kind}s"
