"""A message turned into what it asks for: hard filters, titles it compares with, and free text.

`RuleReader` knows the catalogue's own vocabulary and nothing else: what the catalogue can
check becomes a filter, what it cannot ("tense") stays free text, and what is ruled out without
being checkable ("not violent") is kept apart in `avoid`. No model is involved; the same message
gives the same request, and no message can do more than add filters and text. `LlmReader`
(`llm_reader.py`) is the other `RequestReader`.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import Filter, Op, allowed, relaxations
from shelftalker.types import Request
from shelftalker.understanding.rules.audience import audience_filters, find_audience
from shelftalker.understanding.rules.examples import find_ruled_out, meant
from shelftalker.understanding.rules.free_text import is_empty
from shelftalker.understanding.rules.mentions import Mention, find_values
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.to_filters import affirmed, merged, negated
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

__all__ = ["Request", "RequestReader", "RequestReading", "RuleReader", "relaxations"]

LONGEST_MESSAGE = 2000
"""Characters read of a message; what follows is ignored."""


class RequestReading(NamedTuple):
    """A request, and what to tell the visitor of how it was read."""

    request: Request
    notice: str = ""


class RequestReader(Protocol):
    """What turns messages about one catalogue into requests."""

    async def aread(self, message: str, language: str | None = None) -> RequestReading:
        """The request in a message. `language` overrides the detected one. Raises nothing."""


class RuleReader:
    """Reads messages about one catalogue, by rules."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.vocabulary = CatalogVocabulary(catalog)

    def read(self, message: str, language: str | None = None) -> Request:
        """The request in a message. `language` overrides the detected one."""
        return self._taken_apart(message, language).request

    async def aread(self, message: str, language: str | None = None) -> RequestReading:
        """`read`, with a notice of limits on what the catalogue does not state."""
        return await asyncio.to_thread(self._taken_apart, message, language)

    def _taken_apart(self, message: str, language: str | None) -> RequestReading:
        said = ParseState(_clean(message), language, self.vocabulary, self.catalog)
        filters = [
            *_audience(said, self.vocabulary),
            *merged(_bounds(said)),
            *_values(said, self.catalog, self.vocabulary),
            *_titles(said, self.catalog),
        ]
        request = Request(
            message=message,
            text=said.rest(ruled_out=False),
            filters=tuple(dict.fromkeys(filters)),
            language=said.language,
            like=meant(said.like, self.catalog, filters),
            avoid=said.rest(ruled_out=True),
        )
        return RequestReading(request, " ".join(said.notices()))


def _audience(said: ParseState, vocabulary: CatalogVocabulary) -> list[Filter]:
    """What the age of those it is for demands."""
    audience = find_audience(said.text)
    filters = audience_filters(audience, vocabulary) if audience else []
    if audience and filters:
        places = said.places_of(audience.start, audience.end)
        said.take(places[0], places[-1])
    return filters


def _bounds(said: ParseState) -> Iterable[Filter]:
    """The filters of the numbers."""
    for quantity in said.quantities:
        places = said.places(quantity)
        ruled_out = bool(places) and said.negation.ruled_out[places[0]]
        filters = list(negated(quantity) if ruled_out else affirmed(quantity))
        if filters and places:
            said.take(places[0], places[-1])
        yield from filters


def _values(said: ParseState, catalog: Catalog, vocabulary: CatalogVocabulary) -> Iterable[Filter]:
    """The filters of the catalogue values that the message names."""
    mentions = _spoken_of(said, vocabulary)
    for mention in mentions:
        said.take(mention.first, mention.last)
    wanted: list[Mention] = []
    for mention in mentions:
        if said.negation.ruled_out[mention.first]:
            yield from (Filter(e.field, "excludes", e.value) for e in mention.entries)
        else:
            wanted.append(mention)
    yield from _joined(wanted, catalog, vocabulary)


def _spoken_of(said: ParseState, vocabulary: CatalogVocabulary) -> list[Mention]:
    """The values that are demanded or ruled out. What is left open is neither, too much of a value
    is avoided as free text is, and one after such a quality, "not too long a comedy", is wanted."""

    def found() -> list[Mention]:
        return find_values(said.words, said.text, said.taken, said.negation, vocabulary)

    mentions = found()
    for span in said.negation.degrees:
        within = [mention for mention in mentions if mention.first in span]
        for mention in within[:1]:
            led = any(not is_empty(said.words[at]) for at in range(span.start, mention.first))
            compared = said.words[mention.first - 1].text in ("as", "than", "like", "wie", "als")
            for at in range(mention.first, span.stop):
                said.negation.ruled_out[at] = not led
                said.negation.open[at] = not led or compared
    if said.negation.degrees:
        mentions = found()
    return [mention for mention in mentions if not said.negation.open[mention.first]]


def _titles(said: ParseState, catalog: Catalog) -> Iterable[Filter]:
    """The titles that the message rules out, each as the catalogue spells it; "not like Fargo" is
    about what resembles it."""
    for item_id in dict.fromkeys(item_id for one in said.unheld for item_id in one.items):
        yield Filter("title", "excludes", catalog[item_id].title)
    ruled_out = [
        no and not said.negation.open[at] and at not in said.unlike
        for at, no in enumerate(said.negation.ruled_out)
    ]
    for example in find_ruled_out(said.words, said.taken, ruled_out, said.vocabulary):
        said.take(example.first, example.last)
        for title in dict.fromkeys(catalog[item_id].title for item_id in example.items):
            yield Filter("title", "excludes", title)


def _joined(
    mentions: Sequence[Mention], catalog: Catalog, vocabulary: CatalogVocabulary
) -> Iterable[Filter]:
    """Wanted values of one field: all of them, unless "or" stands between or no item has all."""
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
            or not allowed(catalog, every).any()
        )
        yield from [Filter(name, "any_of", values)] if either else every


def _is_plural_list(group: Sequence[Mention]) -> bool:
    """ "Comedies and dramas" are of either kind; "a comedy and drama", "cartoons for kids" both."""
    return all(mention.plural for mention in group) and all(m.listed for m in group[1:])


def _clean(message: str) -> str:
    """The message without control characters and the marks by which chat templates take turns."""
    plain = re.sub(r"<\|.*?\|>|\[/?INST\]|</?s>|<<?/?SYS>>?", " ", message[:LONGEST_MESSAGE])
    plain = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in plain)
    return re.sub(r"[{}<>`|\\]", " ", plain)
