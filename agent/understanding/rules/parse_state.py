"""The state of parsing one message: which words have been interpreted, and which are left."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import RANKED, Filter
from shelftalker.data.subject import is_named_work
from shelftalker.language.notices import notice
from shelftalker.language.packs import messages
from shelftalker.language.tokens import Word, fold, places_between, words
from shelftalker.understanding.head.roles import WordRoles
from shelftalker.understanding.rules.bounds import quantities
from shelftalker.understanding.rules.comparisons import comparisons
from shelftalker.understanding.rules.examples import Example, find_examples, find_titles, stands_out
from shelftalker.understanding.rules.free_text import is_empty, trimmed
from shelftalker.understanding.rules.mentions import Mention, runs_on
from shelftalker.understanding.rules.negation import Negation, negation
from shelftalker.understanding.rules.polarity import EXCLUDED, LISTED, Polarity
from shelftalker.understanding.rules.quantity import Quantity
from shelftalker.understanding.rules.sentence_starts import begins_anew
from shelftalker.understanding.rules.superlatives import is_demand
from shelftalker.understanding.rules.tables import number_words, request_words
from shelftalker.understanding.rules.vocabulary import MAX_PHRASE_WORDS, CatalogVocabulary
from shelftalker.understanding.turn import Part, ReaderName

MAX_MESSAGE_LENGTH = 2000
"""Characters read of a message; what follows is ignored."""
MIN_TELLING = 4
TELLING = 0.35
"""Share of the roles that ask for nothing below which an unknown word is told to the visitor."""
QUESTION = 0.35
"""Mean share of `question` of words that ask."""


class ParseState:
    """`taken[i]`: word i has been interpreted. `unmet`: limits on fields that the catalogue lacks.
    `unheld`: comparisons with an item that has no value for the field."""

    def __init__(
        self,
        message: str,
        language: str,
        vocabulary: CatalogVocabulary,
        catalog: Catalog,
        roles: WordRoles | None,
        today: date,
    ) -> None:
        self.message, self.text, self.words = message, fold(message), words(message)
        self.language, self.roles = language, roles
        self.vocabulary, self.catalog = vocabulary, catalog
        self.taken = [False] * len(self.words)
        examples = find_examples(self.words, vocabulary)
        for example in examples:
            self.take(example.first, example.last)
        compared = list(comparisons(self.words, self.text, vocabulary, catalog))
        self.unheld = [one for one in compared if one.quantity.is_empty]
        lacking = [one.quantity for one in self.unheld if not one.missing]
        spans = [one.quantity for one in compared]
        stated, absent = (
            [one for one in found if self._is_free_of(one, spans) and self._is_meant(one)]
            for found in quantities(self.text, vocabulary, today)
        )
        self.quantities = [one for one in spans if not one.is_empty] + stated
        fixed = {place for quantity in self.quantities for place in self.places(*quantity.span)}
        fixed |= {place for place in range(len(self.words)) if self._begins_value(place)}
        self.unmet = lacking + absent
        for quantity in [*self.unmet, *(one.quantity for one in self.unheld)]:
            for place in self.places(*quantity.span):
                self.taken[place] = True
        self.negation: Negation = negation(self.words, self.text, fixed)
        self.polarity = Polarity(self.negation, roles, self.words, self.text)
        self.unlike: set[int] = set()
        self.unliked: list[Part] = []
        self.like = [*self._liked(examples), *self._named()]

    def _liked(self, examples: Sequence[Example]) -> Iterator[Part]:
        """The example items by title. The words of excluded examples become free text again."""
        for example in examples:
            cue = example.first  # the last word may be a year in brackets
            if self.negation.ruled_out[cue] or self.negation.negator[cue]:
                self.take(example.first, example.last, False)
                self.unlike.update(range(example.first, example.last + 1))
            else:
                yield replace(self.part(example.first, example.last), items=example.items)

    def _named(self) -> Iterator[Part]:
        """Titles of the catalogue that the message names without a cue: to resemble, or not, by the
        roles of their words."""
        if self.roles is None:
            return
        for example in find_titles(self.words, self.taken, self.vocabulary, self._stands_out):
            shares = self.roles.of(example.first, example.last)
            part = replace(self.part(example.first, example.last), items=example.items)
            if shares["exclude"] + shares["unlike"] >= EXCLUDED:
                self.unliked.append(part)
                for place in range(example.first, example.last + 1):
                    self.negation.ruled_out[place] = True
                    self.unlike.add(place)
            elif shares["like"] + shares["alternative"] + shares["had"] >= LISTED:
                self.take(example.first, example.last)
                yield part

    def _stands_out(self, example: Example) -> bool:
        out = self.polarity.by_rules[example.first]
        return not out and stands_out(self.words, self.text, self.message, example)

    @property
    def is_title(self) -> bool:
        """Whether the whole message is the title of a film, a book or music: `star wars`."""
        texts = tuple(word.text for word in self.words)
        items = self.vocabulary.titles.get(texts, ()) if len(texts) > 1 else ()
        return any(is_named_work(self.catalog[item]) for item in items)

    def _begins_value(self, place: int) -> bool:
        """Whether this is the "non" of a value such as "Non-Fiction", which excludes nothing."""
        pair = tuple(word.stem for word in self.words[place : place + 2])
        return pair[0] == "non" and pair in self.vocabulary.categories

    def _is_free_of(self, quantity: Quantity, others: Sequence[Quantity]) -> bool:
        """Whether a quantity overlaps neither these nor words interpreted already."""
        apart = all(quantity.end <= one.start or one.end <= quantity.start for one in others)
        return apart and not any(self.taken[place] for place in self.places(*quantity.span))

    def _is_meant(self, quantity: Quantity) -> bool:
        """False for a superlative that is part of a title ("The Longest Day") or of a story."""
        if quantity.unit not in RANKED:
            return True
        places = self.places(*quantity.span)
        first, last = places[0], places[-1]
        texts = [word.text for word in self.words]
        titles = (
            tuple(texts[start : start + length])
            for start in range(max(first - 2, 0), first + 1)
            for length in range(last - start + 1, MAX_PHRASE_WORDS + 1)
        )
        titled = runs_on(self.words, last) or any(t in self.vocabulary.titles for t in titles)
        return not titled and is_demand(self.words, self.text, first, last, self.vocabulary)

    def notices(self) -> Iterable[str]:
        """Notices about limits that cannot be applied."""
        for quantity in self.unmet:
            what = self._spelled(quantity)
            if quantity.field == "today":
                yield notice("today", self.language, what=what)
            else:
                measure = messages("notice_measures", self.language)[quantity.field]
                yield notice("unmeasured", self.language, measure=measure, what=what)
        for one in self.unheld:
            if one.missing:
                title = self.catalog[one.items[0]].title
                what = self._spelled(one.quantity)
                yield notice("missing", self.language, title=title, what=what)
        if vague := self._vague():
            yield notice("vague", self.language, what=vague)
        for quantity in self.quantities:
            if quantity.unit == "month":
                yield notice("month", self.language, what=self._spelled(quantity))

    def _spelled(self, quantity: Quantity) -> str:
        return self.message[quantity.start : quantity.end].strip()

    def _vague(self) -> str:
        """The words for a low price, if prices are known and no sum is named; else empty."""
        match = re.search(number_words.CHEAP, self.text)
        priced = self.vocabulary.measured("price")[:1]
        if not match or not priced or any(q.field in priced for q in self.quantities):
            return ""
        places = self.places(*match.span())
        held = any(self.negation.ruled_out[at] or self.taken[at] for at in places)
        return "" if held else self.message[slice(*match.span())]

    def places(self, start: int, end: int) -> list[int]:
        """The words that text[start:end] covers."""
        return places_between(self.words, start, end)

    def is_surely_asked(self, mention: Mention) -> bool:
        """Whether the words before leave no doubt: a superlative, or "for" before an audience."""
        place = mention.first
        ends = (one.end for one in self.quantities if one.unit in RANKED)
        start = self.words[place].start
        asked = any(end < start and not self.text[end:start].strip() for end in ends)
        if mention.field.casefold() in request_words.AUDIENCE_FIELDS and place:
            asked = asked or self.words[place - 1].text in request_words.FOR
        return asked and not self.polarity.by_rules[place]

    def take(self, first: int, last: int, taken: bool = True) -> None:
        """Take words as interpreted, or make them free text again."""
        self.taken[first : last + 1] = [taken] * (last + 1 - first)

    def take_around(self, mention: Mention) -> None:
        """Take the words that only say what a value is of: 产 in 云南产的, 产地是 in 产地是云南."""
        start, end = self.words[mention.first].start, self.words[mention.last].end
        names = "|".join(re.escape(fold(entry.field)) for entry in mention.entries)
        before = re.search(
            rf"(?:{names}|{request_words.BEFORE_VALUE})(?:是|为)?$", self.text[:start]
        )
        after = re.match(request_words.AFTER_VALUE, self.text[end:])
        spans = [before.span()] if before and not self.text.isascii() else []
        spans += [(end, end + after.end())] if after else []
        for place in (at for span in spans for at in self.places(*span)):
            self.taken[place] = True

    def part(self, first: int, last: int, filters: Iterable[Filter] = ()) -> Part:
        """The words first..last of the message as a part of the reading."""
        span = self.words[first].start, self.words[last].end
        return Part(re.sub(r"\s+", " ", self.message[slice(*span)]), span, tuple(filters))

    def rest(self, ruled_out: bool) -> Iterator[Part]:
        """What of the message is still free text, ruled out or not, in its own spelling. What is
        asked for as well is not avoided: "except Bodum kettles, show me kettles"."""
        wanted = self._wanted() if ruled_out else ()
        runs: list[list[Word]] = [[]]
        for place, word in enumerate(self.words):
            if re.search(r"[,.;:!?，。；！？、]", word.gap) or begins_anew(self.words, place):
                runs.append([])
            if self._is_free(place, ruled_out):
                runs[-1].append(word)
            elif runs[-1]:
                runs.append([])
        for run in runs:
            while run and run[-1].stem in wanted:
                run.pop()
            kept = trimmed(run)
            if kept and not self._is_question(kept):
                span = kept[0].start, kept[-1].end
                by_rules = any(self.polarity.by_rules[at] for at in self.places(*span))
                reader: ReaderName = "rules" if by_rules else "head"
                yield Part(re.sub(r"\s+", " ", self.message[slice(*span)]), span, reader=reader)

    def _is_question(self, run: Sequence[Word]) -> bool:
        """Whether words ask about what is offered rather than wish for something: "do they have
        sexual content?" is no wish for it."""
        if self.roles is None:
            return False
        places = self.places(run[0].start, run[-1].end)
        telling = [at for at in places if not is_empty(self.words[at])]
        shares = [self.roles.of(at, at)["question"] for at in telling]
        return bool(shares) and sum(shares) >= QUESTION * len(shares)

    def unknown(self) -> Iterator[Part]:
        """The wishes, and names with a capital, that no item of the catalogue has in any text."""
        for place, word in enumerate(self.words):
            ordinary = len(word.text) < MIN_TELLING or not word.text.isalpha() or is_empty(word)
            if ordinary or not word.text.isascii() or word.stem in self.vocabulary.frequency:
                continue
            if not self._is_free(place, ruled_out=False) or self.roles is None:
                continue
            shares = self.roles.of(place, place)
            if shares["none"] + shares["background"] < TELLING:
                yield self.part(place, place)

    def _wanted(self) -> set[str]:
        """The stems of the content words that the message asks for."""
        free = [word for at, word in enumerate(self.words) if self._is_free(at, ruled_out=False)]
        return {word.stem for word in free if len(word.stem) > 1 and not is_empty(word)}

    def _is_free(self, place: int, ruled_out: bool) -> bool:
        no = self.negation
        silent = no.negator[place] or (no.open[place] and not no.ruled_out[place])
        return not self.taken[place] and not silent and no.ruled_out[place] == ruled_out
