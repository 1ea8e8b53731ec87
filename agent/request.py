"""A message turned into what it asks for: hard filters, titles it compares with, and free text.

`RequestReader` knows the catalogue's own vocabulary and nothing else: what the catalogue can
check becomes a filter, what it cannot ("tense") stays free text, and what is ruled out without
being checkable ("not violent") is kept apart in `avoid`. No model is involved; the same message
gives the same request, and no message can do more than add filters and text. `LlmReader`
(`llm_reader.py`) is the other `Reader`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shelftalker.asking.audience import audience_filters, find_audience
from shelftalker.asking.bounds import Quantity
from shelftalker.asking.comparisons import apart, comparisons
from shelftalker.asking.cues import runs_on
from shelftalker.asking.examples import Example, find_examples, find_ruled_out, meant
from shelftalker.asking.free_text import is_empty, trimmed
from shelftalker.asking.language import detect
from shelftalker.asking.limits import TOLD, affirmed, merged, negated
from shelftalker.asking.mentions import Mention, find_values
from shelftalker.asking.negation import Negation, negation
from shelftalker.asking.prices import VAGUE
from shelftalker.asking.quantities import quantities, unmeasured
from shelftalker.asking.superlatives import is_demand
from shelftalker.asking.vocabulary import LONGEST, Vocabulary
from shelftalker.asking.words import Word, fold, words
from shelftalker.catalog import Catalog
from shelftalker.filters import RANKED, Filter, Op, allowed, relaxations

__all__ = ["Reader", "Reading", "Request", "RequestReader", "relaxations"]

LONGEST_MESSAGE = 2000
"""Characters read of a message; what follows is ignored."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one message asks for. `text` is its soft part, for the scorer and the prompt; `avoid`
    what it rules out softly; `like` the ids of items it names as examples; `ignore` the ids in the
    history that are not to be built upon."""

    message: str = ""
    text: str = ""
    filters: tuple[Filter, ...] = ()
    language: str = "en"
    like: tuple[str, ...] = ()
    avoid: str = ""
    ignore: tuple[str, ...] = ()


class Reading(NamedTuple):
    """A request, and what to tell the visitor of how it was read."""

    request: Request
    notice: str = ""


class Reader(Protocol):
    """What turns messages about one catalogue into requests."""

    async def aread(self, message: str, language: str | None = None) -> Reading:
        """The request in a message. `language` overrides the detected one. Raises nothing."""


class RequestReader:
    """Reads messages about one catalogue, by rules."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.vocabulary = Vocabulary(catalog)

    def read(self, message: str, language: str | None = None) -> Request:
        """The request in a message. `language` overrides the detected one."""
        return self._taken_apart(message, language).request

    async def aread(self, message: str, language: str | None = None) -> Reading:
        """`read`, with a notice of limits on what the catalogue does not state."""
        return self._taken_apart(message, language)

    def _taken_apart(self, message: str, language: str | None) -> Reading:
        said = _Said(_clean(message), language, self.vocabulary, self.catalog)
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
        return Reading(request, " ".join(said.notices()))


class _Said:
    """One message, taken apart. `taken[i]`: word i has found its meaning."""

    def __init__(
        self, message: str, language: str | None, vocabulary: Vocabulary, catalog: Catalog
    ) -> None:
        self.message = message
        self.text = fold(message)
        self.words = words(message)
        self.language = language or detect(message)
        self.vocabulary = vocabulary
        self.catalog = catalog
        self.taken = [False] * len(self.words)
        examples = find_examples(self.words, vocabulary)
        for example in examples:
            self.take(example.first, example.last)
        compared = list(comparisons(self.words, self.text, vocabulary, catalog))
        self.unheld = [one for one in compared if one.quantity.is_empty]
        held = [one.quantity for one in compared if not one.quantity.is_empty]
        lacking = [one.quantity for one in self.unheld if not one.missing]
        spans = [one.quantity for one in compared]
        self.quantities = held + [
            quantity
            for quantity in apart(quantities(self.text, vocabulary), spans)
            if not any(self.taken[place] for place in self.places(quantity))
            and self._is_meant(quantity)
        ]
        fixed = {place for quantity in self.quantities for place in self.places(quantity)}
        fixed |= {place for place in range(len(self.words)) if self._begins_value(place)}
        self.unmet = lacking + [
            quantity
            for quantity in apart(unmeasured(self.text, vocabulary), spans)
            if not any(self.taken[place] for place in self.places(quantity))
            and self._is_meant(quantity)
        ]
        for quantity in [*self.unmet, *(one.quantity for one in self.unheld)]:
            for place in self.places(quantity):
                self.taken[place] = True
        self.negation: Negation = negation(self.words, self.text, self.language, fixed)
        self.unlike: set[int] = set()
        self.like = self._liked(examples)

    def _liked(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The items given as examples, by title; words of those ruled out are free text again."""
        items = []
        for example in examples:
            if self.negation.ruled_out[example.last]:
                for place in range(example.first, example.last + 1):
                    self.taken[place] = False
                    self.unlike.add(place)
            else:
                items.append(example.items)
        return items

    def _begins_value(self, place: int) -> bool:
        """Is this the "non" of a value such as "Non-Fiction", which rules out nothing?"""
        pair = tuple(word.stem for word in self.words[place : place + 2])
        return pair[0] == "non" and pair in self.vocabulary.categories

    def _is_meant(self, quantity: Quantity) -> bool:
        """Not so for a superlative in a title, "The Longest Day", or in a story."""
        if quantity.unit not in RANKED:
            return True
        places = self.places(quantity)
        first, last = places[0], places[-1]
        texts = [word.text for word in self.words]
        titles = (
            tuple(texts[start : start + length])
            for start in range(max(first - 2, 0), first + 1)
            for length in range(last - start + 1, LONGEST + 1)
        )
        titled = runs_on(self.words, last) or any(t in self.vocabulary.titles for t in titles)
        return not titled and is_demand(self.words, self.text, first, last, self.vocabulary)

    def notices(self) -> Iterable[str]:
        """What to tell of limits that cannot be held."""
        told = TOLD.get(self.language, TOLD["en"])
        for quantity in self.unmet:
            what = self.message[quantity.start : quantity.end].strip()
            measure = told.get(quantity.field, "")
            yield told["today" if quantity.field == "today" else "told"].format(
                measure=measure, what=what
            )
        for one in self.unheld:
            if not one.missing:
                continue
            what = self.message[one.quantity.start : one.quantity.end].strip()
            yield told["missing"].format(title=self.catalog[one.items[0]].title, what=what)
        if self._is_vague():
            match = VAGUE.search(self.text)
            yield told["vague"].format(
                what=self.message[match.start() : match.end()] if match else ""
            )
        for quantity in self.quantities:
            if quantity.unit == "month":
                yield told["month"].format(what=self.message[quantity.start : quantity.end].strip())

    def _is_vague(self) -> bool:
        """Is a low price wished for, and no sum named where prices are known?"""
        match = VAGUE.search(self.text)
        priced = self.vocabulary.measured("price")[:1]
        if not match or not priced or any(q.field in priced for q in self.quantities):
            return False
        return not any(
            self.negation.ruled_out[place] or self.taken[place]
            for place in self.places_of(match.start(), match.end())
        )

    def places(self, quantity: Quantity) -> list[int]:
        return self.places_of(quantity.start, quantity.end)

    def places_of(self, start: int, end: int) -> list[int]:
        """The words that text[start:end] covers."""
        return [
            place for place, word in enumerate(self.words) if word.start < end and start < word.end
        ]

    def take(self, first: int, last: int) -> None:
        for place in range(first, last + 1):
            self.taken[place] = True

    def rest(self, ruled_out: bool) -> str:
        """What of the message is still free text, ruled out or not, in its own spelling. What is
        asked for as well is not avoided: "except Bodum kettles, show me kettles"."""
        wanted = self._wanted() if ruled_out else ()
        runs: list[list[Word]] = [[]]
        for place, word in enumerate(self.words):
            gap = self.text[self.words[place - 1].end : word.start] if place else ""
            if re.search(r"[,.;:!?，。；！？、]", gap):
                runs.append([])
            if self._is_free(place, ruled_out):
                runs[-1].append(word)
            elif runs[-1]:
                runs.append([])
        for run in runs:
            while run and run[-1].stem in wanted:
                run.pop()
        shown = [kept for run in runs if (kept := trimmed(run))]
        return ", ".join(self.message[kept[0].start : kept[-1].end] for kept in shown)

    def _wanted(self) -> set[str]:
        """The telling words that the message asks for."""
        free = [word for at, word in enumerate(self.words) if self._is_free(at, ruled_out=False)]
        return {word.stem for word in free if len(word.stem) > 1 and not is_empty(word)}

    def _is_free(self, place: int, ruled_out: bool) -> bool:
        no = self.negation
        silent = no.negator[place] or (no.open[place] and not no.ruled_out[place])
        return not self.taken[place] and not silent and no.ruled_out[place] == ruled_out


def _audience(said: _Said, vocabulary: Vocabulary) -> list[Filter]:
    """What the age of those it is for demands."""
    audience = find_audience(said.text)
    filters = audience_filters(audience, vocabulary) if audience else []
    if audience and filters:
        places = said.places_of(audience.start, audience.end)
        said.take(places[0], places[-1])
    return filters


def _bounds(said: _Said) -> Iterable[Filter]:
    """The filters of the numbers."""
    for quantity in said.quantities:
        places = said.places(quantity)
        ruled_out = bool(places) and said.negation.ruled_out[places[0]]
        filters = list(negated(quantity) if ruled_out else affirmed(quantity))
        if filters and places:
            said.take(places[0], places[-1])
        yield from filters


def _values(said: _Said, catalog: Catalog, vocabulary: Vocabulary) -> Iterable[Filter]:
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


def _spoken_of(said: _Said, vocabulary: Vocabulary) -> list[Mention]:
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


def _titles(said: _Said, catalog: Catalog) -> Iterable[Filter]:
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
    mentions: Sequence[Mention], catalog: Catalog, vocabulary: Vocabulary
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
