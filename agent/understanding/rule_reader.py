"""`RuleReader`: a message to a `Request` (hard filters, example titles, free text) by rules alone.

The reader knows the vocabulary of the catalogue. What the catalogue can check becomes a filter;
what it cannot ("tense") stays free text; what is excluded but cannot be checked ("not violent")
goes to `avoid`. No model is used: the same message always gives the same request, and a message can
only add filters and text. `LlmReader` (`llm.py`) is the other `RequestReader`.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import Filter, Op, allowed_items, relaxations
from shelftalker.types import Request
from shelftalker.understanding.rules.audience import audience_filters, find_audience
from shelftalker.understanding.rules.examples import find_ruled_out, meant
from shelftalker.understanding.rules.free_text import is_empty
from shelftalker.understanding.rules.mentions import Mention, find_values
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.to_filters import affirmed, merged, negated
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

__all__ = ["Request", "RequestReader", "RequestReading", "RuleReader", "relaxations"]

MAX_MESSAGE_LENGTH = 2000
"""Characters read of a message; what follows is ignored."""


class RequestReading(NamedTuple):
    """A request, and a notice for the visitor about how it was read (empty if there is none)."""

    request: Request
    notice: str = ""


class RequestReader(Protocol):
    """Turns messages about one catalogue into requests."""

    async def aread(self, message: str, language: str | None = None) -> RequestReading:
        """The request in a message. `language` overrides the detected one. Raises nothing."""


class RuleReader:
    """Reads messages about one catalogue by rules."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.vocabulary = CatalogVocabulary(catalog)

    def read(self, message: str, language: str | None = None) -> Request:
        """The request in a message. `language` overrides the detected one."""
        return self._parse(message, language).request

    async def aread(self, message: str, language: str | None = None) -> RequestReading:
        """`read`, with a notice about limits on fields that the catalogue does not have."""
        return await asyncio.to_thread(self._parse, message, language)

    def _parse(self, message: str, language: str | None) -> RequestReading:
        state = ParseState(_clean(message), language, self.vocabulary, self.catalog)
        filters = [
            *_audience(state, self.vocabulary),
            *merged(_bounds(state)),
            *_values(state, self.catalog, self.vocabulary),
            *_titles(state, self.catalog),
        ]
        request = Request(
            message=message,
            text=state.rest(ruled_out=False),
            filters=tuple(dict.fromkeys(filters)),
            language=state.language,
            like=meant(state.like, self.catalog, filters),
            avoid=state.rest(ruled_out=True),
        )
        return RequestReading(request, " ".join(state.notices()))


def _audience(state: ParseState, vocabulary: CatalogVocabulary) -> list[Filter]:
    """The filters for the age of the people the item is for."""
    audience = find_audience(state.text)
    filters = audience_filters(audience, vocabulary) if audience else []
    if audience and filters:
        places = state.places_of(audience.start, audience.end)
        state.take(places[0], places[-1])
    return filters


def _bounds(state: ParseState) -> Iterable[Filter]:
    """The filters of the numbers."""
    for quantity in state.quantities:
        places = state.places(quantity)
        ruled_out = bool(places) and state.negation.ruled_out[places[0]]
        filters = list(negated(quantity) if ruled_out else affirmed(quantity))
        if filters and places:
            state.take(places[0], places[-1])
        yield from filters


def _values(state: ParseState, catalog: Catalog, vocabulary: CatalogVocabulary) -> Iterable[Filter]:
    """The filters for the catalogue values that the message names."""
    mentions = _demanded_or_excluded(state, vocabulary)
    for mention in mentions:
        state.take(mention.first, mention.last)
    wanted: list[Mention] = []
    for mention in mentions:
        if state.negation.ruled_out[mention.first]:
            yield from (Filter(e.field, "excludes", e.value) for e in mention.entries)
        else:
            wanted.append(mention)
    yield from _joined(wanted, catalog, vocabulary)


def _demanded_or_excluded(state: ParseState, vocabulary: CatalogVocabulary) -> list[Mention]:
    """The values that the message demands or excludes. A permitted value ("comedy is fine too") is
    neither; "too much" of a value becomes free text to avoid; a value after such a quality ("not
    too long a comedy") is demanded."""

    def mentions_now() -> list[Mention]:
        return find_values(state.words, state.text, state.taken, state.negation, vocabulary)

    mentions = mentions_now()
    for span in state.negation.degrees:
        within = [mention for mention in mentions if mention.first in span]
        for mention in within[:1]:
            led = any(not is_empty(state.words[at]) for at in range(span.start, mention.first))
            compared = state.words[mention.first - 1].text in ("as", "than", "like", "wie", "als")
            for at in range(mention.first, span.stop):
                state.negation.ruled_out[at] = not led
                state.negation.open[at] = not led or compared
    if state.negation.degrees:
        mentions = mentions_now()
    return [mention for mention in mentions if not state.negation.open[mention.first]]


def _titles(state: ParseState, catalog: Catalog) -> Iterable[Filter]:
    """The titles that the message excludes. "Not like Fargo" excludes no title."""
    for item_id in dict.fromkeys(item_id for one in state.unheld for item_id in one.items):
        yield Filter("title", "excludes", catalog[item_id].title)
    ruled_out = [
        no and not state.negation.open[at] and at not in state.unlike
        for at, no in enumerate(state.negation.ruled_out)
    ]
    for example in find_ruled_out(state.words, state.taken, ruled_out, state.vocabulary):
        state.take(example.first, example.last)
        for title in dict.fromkeys(catalog[item_id].title for item_id in example.items):
            yield Filter("title", "excludes", title)


def _joined(
    mentions: Sequence[Mention], catalog: Catalog, vocabulary: CatalogVocabulary
) -> Iterable[Filter]:
    """Demanded values by field: all, or any of them after "or" or if no item has all."""
    fields: dict[str, list[Mention]] = {}
    for mention in mentions:
        fields.setdefault(mention.entries[0].field, []).append(mention)
    for name, group in fields.items():
        values = tuple(dict.fromkeys(mention.entries[0].value for mention in group))
        op: Op = "equals" if name in vocabulary.flags.values() else "contains"
        every = [Filter(name, op, value) for value in values]
        either = len(values) > 1 and (
            name in vocabulary.single
            or any(mention.after_or for mention in group[1:])
            or _is_plural_list(group)
            or not allowed_items(catalog, every).any()
        )
        yield from [Filter(name, "any_of", values)] if either else every


def _is_plural_list(group: Sequence[Mention]) -> bool:
    """ "Comedies and dramas" means either kind; "a comedy and drama" means both in one item."""
    return all(mention.plural for mention in group) and all(m.listed for m in group[1:])


def _clean(message: str) -> str:
    """The message without control characters and without chat template tokens."""
    plain = re.sub(r"<\|.*?\|>|\[/?INST\]|</?s>|<<?/?SYS>>?", " ", message[:MAX_MESSAGE_LENGTH])
    plain = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in plain)
    return re.sub(r"[{}<>`|\\]", " ", plain)
