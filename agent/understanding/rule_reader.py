"""`RuleReader`: a message to a `TurnReading` by rules alone.

The reader knows the vocabulary of the catalogue. What the catalogue can check becomes a filter;
what it cannot ("tense") stays free text; what is excluded but cannot be checked ("not violent")
goes to `avoid`. No model is used: the same message always gives the same reading on one day, and a
message can only add filters and text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter, Op, allowed_items
from shelftalker.engine.concurrency import READING, computed
from shelftalker.language.detect import detect
from shelftalker.language.notices import notice
from shelftalker.language.sentences import listed
from shelftalker.language.tokens import fold, words
from shelftalker.types import Request
from shelftalker.understanding.head.roles import LANGUAGES as HEAD_LANGUAGES
from shelftalker.understanding.head.roles import WordRoles, asked_for, open_head
from shelftalker.understanding.rules.acts import HAD, POINTING, MessageAct, read_act, with_cheap
from shelftalker.understanding.rules.audience import age_filters, find_age
from shelftalker.understanding.rules.consistency import consistent
from shelftalker.understanding.rules.demands import chosen, is_bare, is_soft, left, referred
from shelftalker.understanding.rules.examples import (
    Example,
    find_titles,
    is_spelled_as_title,
    meant,
)
from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.parse_state import MAX_MESSAGE_LENGTH, ParseState
from shelftalker.understanding.rules.pointing import named_items
from shelftalker.understanding.rules.polarity import Verdict
from shelftalker.understanding.rules.quantity import affirmed, merged, negated
from shelftalker.understanding.rules.sentence_starts import punctuated
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.values import find_values
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary
from shelftalker.understanding.turn import OPENING, Part, TurnContext, TurnReading

PATTERNS_KEPT = 4096
"""Room in the cache of `re` for all patterns of a process: importing scipy cuts it to 50, and each
of the 100 that read a message would be compiled again for every message."""


class RuleReader:
    """Reads messages about one catalogue by rules; a `TurnReader`. `today` is the day from which
    "last year" counts."""

    def __init__(self, catalog: Catalog, today: Callable[[], date] = date.today) -> None:
        vars(re)["_MAXCACHE"] = PATTERNS_KEPT
        self.catalog, self.today = catalog, today
        self.vocabulary = CatalogVocabulary(catalog)

    def read(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """What a message says, with the notices about limits that the catalogue cannot check."""
        message = _clean(message)
        if not message.strip():
            return TurnReading(message, situation.language or detect(message))
        spoken, targets = self._spoken(message, situation)
        language = situation.language or detect(message)
        reading = TurnReading(message, language, spoken, targets)
        return self._parsed(spoken.rest, reading, self._roles(reading, situation))

    def request(self, message: str, language: str | None = None) -> Request:
        """The request in a message by itself. `language` overrides the detected one."""
        return self.read(message, TurnContext(language)).request()

    async def aread(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """`read` in a thread."""
        return await computed(self.read, message, situation, after=READING)

    def _roles(self, reading: TurnReading, situation: TurnContext) -> WordRoles | None:
        """The roles of the words in the rest of the message, by the head where there is one."""
        rest = reading.spoken.rest
        head = open_head() if reading.language in HEAD_LANGUAGES and rest else None
        if head is None:
            return None
        roles = head.read(punctuated(reading.message), words(rest))
        asks, about = (
            re.search(one, fold(rest)) is not None
            for one in (request_words.OFFERED, request_words.ABOUT_THEM)
        )
        return asked_for(roles) if asks or not (about or situation.shown) else roles

    def _spoken(self, message: str, situation: TurnContext) -> tuple[MessageAct, tuple[Item, ...]]:
        """A message's act, and the items that it points at. A title that is not on show counts as
        on show if the message asks about it or says that it is known."""
        shown = situation.shown
        spoken = _act_among(message, shown)
        if spoken.act in ("ask", "critique", "question"):
            on_show = [item.id for item in shown]
            named = [i for i in named_items(message, self.vocabulary) if i not in on_show]
            there = (*shown, *(self.catalog[i] for i in named))
            beyond = _act_among(message, there)
            if named and beyond.places and beyond.act in ("question", *HAD):
                spoken, shown = beyond, there
        targets = tuple(shown[place] for place in spoken.places if place < len(shown))
        if not targets and not shown and spoken.act in POINTING and spoken.act != "why":
            spoken = MessageAct("ask", rest=message)
        if not shown and spoken.steps and not (spoken.avoid or spoken.stronger):
            spoken = replace(spoken, rest=with_cheap(message, "便宜"))  # nothing to be "older" than
        return spoken, targets

    def _parsed(self, rest: str, reading: TurnReading, roles: WordRoles | None) -> TurnReading:
        """The reading with the request in the rest of the message."""
        state = ParseState(
            rest, reading.language, self.vocabulary, self.catalog, roles, self.today()
        )
        parts = [*_audience(state), *_bounds(state), *_values(state), *_titles(state)]
        parts, relaxed = consistent(parts, self.catalog)
        filters = [one for part in parts for one in part.filters]
        stronger, softer = (
            _words(texts, reading.message)
            for texts in (reading.spoken.stronger, reading.spoken.avoid)
        )
        like = (
            Part(state.message[slice(*p.span)], p.span, (), meant(p.items, self.catalog, filters))
            for p in state.like
        )
        unknown = tuple(state.unknown())
        return replace(
            reading,
            demands=tuple(part for part in parts if not part.excludes),
            exclusions=tuple(part for part in parts if part.excludes),
            wishes=(*state.rest(ruled_out=False), *stronger),
            avoid=(*state.rest(ruled_out=True), *softer),
            like=tuple(like),
            unlike=tuple(state.unliked),
            set_aside=unknown,
            notices=(
                *state.notices(),
                *listed_notice("unknown", unknown, reading.language),
                *listed_notice("relaxed", relaxed, reading.language),
            ),
        )


def listed_notice(name: str, parts: Sequence[Part], language: str) -> Iterator[str]:
    """The notice `name` of some parts, for the visitor; none without parts."""
    if parts:
        what = listed(dict.fromkeys(part.text for part in parts), language)
        yield notice(name, language, what=what)


def _words(texts: Iterable[str], message: str) -> Iterator[Part]:
    """The words after "less", "too" and "more"."""
    for text in texts:
        start = max(fold(message).find(text), 0)
        yield Part(text, (start, start + len(text)))


def _act_among(message: str, shown: Sequence[Item]) -> MessageAct:
    fields = dict.fromkeys(name for item in shown for name in item.facts())
    return read_act(message, [item.title for item in shown], tuple(fields))


def _audience(state: ParseState) -> Iterator[Part]:
    """The filters for the age of the people the item is for."""
    match, age = find_age(state.text) or (None, 0)
    if match and (filters := age_filters(age, state.vocabulary)):
        places = state.places(*match.span())
        state.take(places[0], places[-1])
        yield state.part(places[0], places[-1], filters)


def _bounds(state: ParseState) -> Iterator[Part]:
    """The filters of the numbers."""
    found: list[tuple[Filter, tuple[int, int]]] = []
    for quantity in state.quantities:
        places = state.places(*quantity.span)
        ruled_out = bool(places) and state.polarity.by_rules[places[0]]
        filters = list(negated(quantity) if ruled_out else affirmed(quantity))
        if filters and places:
            state.take(places[0], places[-1])
        found += [(one, quantity.span) for one in filters]
    spans = dict(reversed(found))
    for condition in merged(one for one, _ in found):
        start, end = spans.get(condition, found[0][1])
        yield Part(state.message[start:end], (start, end), (condition,))


def _values(state: ParseState) -> Iterator[Part]:
    """The filters for the catalogue values that the message names. A permitted value ("comedy is
    fine too") makes none."""
    wanted: list[tuple[Mention, float]] = []
    ruled_out: set[tuple[str, str]] = set()
    mentions = find_values(state)
    meant_again, left_behind = referred(mentions, state), left(mentions, state)
    bare = is_bare(mentions, state)
    for mention in mentions:
        if state.negation.open[mention.first]:
            continue
        verdict, sure = state.polarity.verdict(mention)
        if bare or state.is_surely_asked(mention):
            verdict = "demand"
        if verdict == "demand" and (state.is_title or is_soft(mention, mentions, state)):
            verdict = "wish"
        elif mention in meant_again:  # "I hate most rap but want to get into the genre": unsure
            verdict = _REFERRED.get(verdict, verdict)
        if mention in left_behind:
            verdict = "exclude"
        if verdict in ("wish", "avoid"):
            for place in range(mention.first, mention.last + 1):
                state.negation.ruled_out[place] = verdict == "avoid"
            continue
        state.take(mention.first, mention.last)
        state.take_around(mention)
        if verdict == "exclude":
            filters = [Filter(e.field, "excludes", e.value) for e in mention.entries]
            ruled_out.update(entry[:2] for entry in mention.entries)
            yield replace(state.part(mention.first, mention.last, filters), confidence=sure)
        else:
            wanted.append((mention, sure))
    wanted = [one for one in wanted if one[0].entries[0][:2] not in ruled_out]
    yield from _joined(wanted, state)


_REFERRED: dict[Verdict, Verdict] = {"wish": "demand", "exclude": "wish"}
"""What becomes of a value that a later word refers to."""


def _titles(state: ParseState) -> Iterator[Part]:
    """The titles that the message excludes. "Not like Fargo" excludes no title."""

    def excluded(items: Iterable[str]) -> tuple[Filter, ...]:
        titles = dict.fromkeys(state.catalog[item_id].title for item_id in items)
        return tuple(Filter("title", "excludes", title) for title in titles)

    for one in state.unheld:
        yield Part("", one.quantity.span, excluded(one.items))

    def is_ruled_out(example: Example) -> bool:
        places = range(example.first, example.last + 1)
        out, left = state.negation.ruled_out, state.negation.open
        whole = all(out[at] and not left[at] and at not in state.unlike for at in places)
        return whole and is_spelled_as_title(state.words, example)

    for example in find_titles(state.words, state.taken, state.vocabulary, is_ruled_out):
        state.take(example.first, example.last)
        yield state.part(example.first, example.last, excluded(example.items))


def _joined(mentions: Sequence[tuple[Mention, float]], state: ParseState) -> Iterator[Part]:
    """Demanded values by field: all, or any of them after "or" or if no item has all."""
    fields: dict[str, list[Mention]] = {}
    sure = {mention.first: share for mention, share in mentions}
    for mention, _ in mentions:
        fields.setdefault(mention.field, []).append(mention)
    for name, group in fields.items():
        op: Op = "equals" if name in state.vocabulary.flags.values() else "contains"

        def condition(one: Mention, name: str = name, op: Op = op) -> Filter:
            return Filter(name, op, one.value)

        def fit(some: Sequence[Mention]) -> bool:
            return bool(allowed_items(state.catalog, list(map(condition, some))).any())

        demanded, either = chosen(group, state, name in state.vocabulary.single, fit)
        for one in group:
            if one not in demanded:
                state.take(one.first, one.last, False)
        for one in demanded:
            part = state.part(one.first, one.last, [condition(one)])
            yield replace(part, confidence=sure[one.first], either=either)


def _clean(message: str) -> str:
    """The message without control characters and chat template tokens, with blanks in their
    place."""
    plain = re.sub(
        r"<\|.*?\|>|\[/?INST\]|</?s>|<<?/?SYS>>?",
        lambda match: " " * len(match[0]),
        message[:MAX_MESSAGE_LENGTH],
    )
    plain = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in plain)
    return re.sub(r"[{}`|\\]|[<>](?![=<>]? ?[$€£¥]?\d)(?!=)", " ", plain)
