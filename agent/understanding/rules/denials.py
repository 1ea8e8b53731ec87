"""Negation cues: words that exclude something, permit it, or only look like a negation.

"Nothing against comedies" permits them, "why not a comedy" and 有没有喜剧 ask for one, "not too
long" excludes a degree, and only "no comedies" excludes comedies. Each class has a rule: a denied
dislike, a question, an accepted lack, a word that contains 不 by chance.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from shelftalker.language.tokens import Word, phrase
from shelftalker.understanding.rules import negation_words

Kind = Literal["out", "part", "degree", "permit", "back", "back_permit", "nothing"]
"""`out` excludes what follows, `part` only a description (不长的喜剧), `degree` too much of it,
`back` the words before; `permit` and `back_permit` leave it open; `nothing` has no effect."""

STOPS = re.compile(r"[.!?;:。！？；\n()\[\]\"“”]| [-–—] ")
COMMAS = re.compile(r"[,，]")
_LONGEST = 6


@dataclass(frozen=True, slots=True)
class Cue:
    """Words first..first+length-1; they have no other meaning."""

    first: int
    length: int
    kind: Kind


def find_cues(tokens: Sequence[Word], text: str, language: str, fixed: Set[int]) -> list[Cue]:
    """The cues in order, without overlaps. Words in `fixed` belong to an expression with its own
    meaning ("no more than 20") and are no cues."""
    parser = _DenialParser(tokens, text, language)
    cues: list[Cue] = []
    place = 0
    while place < len(tokens):
        cue = None if place in fixed else parser.cue_at(place)
        if cue and cue.length:
            cues.append(cue)
        place = cue.first + max(cue.length, 1) if cue else place + parser.ordinary(place)
    return cues


class _DenialParser:
    """Finds the cues of one message."""

    def __init__(self, tokens: Sequence[Word], text: str, language: str) -> None:
        self.tokens, self.text, self.language = tokens, text, language
        self.texts = tuple(word.text for word in tokens)
        self.ends = _clause_ends(tokens, text)

    def ordinary(self, place: int) -> int:
        """How many words from here form an expression that excludes nothing; at least 1."""
        return max(self._length(place, negation_words.WORDS_WITH_NEGATOR), 1)

    def cue_at(self, place: int) -> Cue | None:
        """The cue that begins here, by the first rule that matches; None for ordinary words."""
        for rule in (self._question, self._not_yet, self._denied, self._insists, self._after):
            if cue := rule(place):
                return cue
        if saying := self._length(place, negation_words.IDIOMS):
            return Cue(place, saying, "nothing")
        permits = self._length(place, negation_words.PERMISSION_PHRASES)
        negator = _longest(self._from(place), _negators(self.language))
        word = self._length(place, negation_words.WORDS_WITH_NEGATOR)
        if permits and permits >= max(negator, word):
            return Cue(place, permits, "permit")
        if not negator or word >= negator:
            return None
        return self._negator(place, negator)

    def _negator(self, place: int, length: int) -> Cue:
        if self._asks_before(place) or self._is_asked(place, length):
            return Cue(place, length, "nothing")
        after = place + length
        described = self._skipped(after, negation_words.WORDS_BEFORE_DEGREE)
        for start in (described, after):
            degree = self._length(start, negation_words.DEGREE_ADVERBS)
            if degree and not self._length(start + degree, negation_words.LIKING_WORDS):
                return Cue(place, start + degree - place, "degree")
        if liking := self._liking(place + length):
            return Cue(place, liking - place, "out")
        part = (
            self._length(place, negation_words.PART) == length and not self.texts[place].isascii()
        )
        return Cue(place, length, "part" if part else "out")

    def _liking(self, place: int) -> int:
        """The place after "(so) fond of", "a big fan of"; 0 if there are no such words here."""
        start = place
        for _ in range(4):
            start += self._length(
                start, f"{negation_words.WORDS_BEFORE_DEGREE} / {negation_words.DEGREE_ADVERBS}"
            )
            step = self._length(start, negation_words.LIKING_WORDS)
            if not step:
                return 0
            start += step
            if more := self._length(start, negation_words.LIKING_PREPOSITIONS):
                return start + more
            if not self.texts[start - 1].isascii():
                return start
        return 0

    # Expressions that only look like a negation

    def _question(self, place: int) -> Cue | None:
        """是不是, 有没有, 喜欢不喜欢; "don't you have …"."""
        texts = self.texts
        for length in (1, 2):
            middle = place + length
            again = texts[middle + 1 : middle + 1 + length]
            denied = not texts[place].isascii() and texts[middle : middle + 1] in (("不",), ("没",))
            twice = denied and texts[place:middle] == again
            if twice and self._together(place, middle + length):
                return Cue(place, 2 * length + 1, "nothing")
        inverted = re.fullmatch(r"[a-z]+n't|dont|isnt|arent", texts[place])
        subject = place + 1 < len(texts) and texts[place + 1] in _words(
            negation_words.SUBJECT_PRONOUNS
        )
        dare = texts[place + 2 : place + 3] == ("dare",)
        if inverted and subject and not dare and self._together(place, place + 1):
            return Cue(place, 2, "nothing")
        return None

    def _asks_before(self, place: int) -> bool:
        """ "Are there no comedies?", "do you not have any?"."""
        known = _phrases(negation_words.QUESTION_OPENINGS)
        return any(self.texts[place - n : place] in known for n in (2, 3) if n <= place)

    def _is_asked(self, place: int, length: int) -> bool:
        """没有喜剧吗？"""
        if self.texts[place : place + length] not in (("没", "有"), ("不", "是")):
            return False
        return self.texts[self._clause_end(place) - 1] in ("吗", "么")

    def _not_yet(self, place: int) -> Cue | None:
        """ "Have not seen", 没看过: not knowing a thing is no objection to it."""
        if length := self._length(place, negation_words.NOT_YET_MARKERS):
            verb = place + length
            if (
                self.texts[verb : verb + 1]
                and self.texts[verb] in negation_words.PERCEPTION_VERBS.split()
            ):
                done = self.texts[verb + 1 : verb + 2] in (("过",), ("到",))
                return Cue(place, length + 1 + done, "nothing")
        had = place and self.texts[place - 1] in ("have", "has", "had", "i've", "we've", "habe")
        simple = self.texts[place] in ("never", "not", "nicht", "pas", "no") and (
            had or self.texts[place + 1 : place + 2] != ("read",)  # "I will not read romance"
        )
        met = 0
        if simple or self.texts[place] in ("haven't", "hasn't", "hadn't", "havent"):
            met = self._denies(place, negation_words.EXPERIENCE_VERBS)
        return Cue(place, met, "nothing") if met else None

    def _denied(self, place: int) -> Cue | None:
        """A denied dislike permits; "can't get enough of", "none other than" ask for it."""
        if denied := self._length(place, negation_words.SENTENCE_DENIALS):
            unwilling = self._length(place + denied, negation_words.RELUCTANCE_WORDS)
            if unwilling and self._together(place, place + denied + unwilling - 1):
                return Cue(place, denied + unwilling, "permit")
        if fond := self._denies(place, negation_words.WANT_WHEN_NEGATED):
            return Cue(place, fond, "nothing")
        if averse := self._denies(place, negation_words.DISLIKE_WORDS):
            back = self._ends_clause(place + averse)
            return Cue(place, averse, "back_permit" if back else "permit")
        return None

    def _denies(self, place: int, listed: str) -> int:
        """How many words from here deny one of the listed phrases; 0 if none."""
        denial = self.texts[place] in _words(negation_words.NEGATED_AUXILIARIES)
        length = (
            1 if denial else self._length(place, "没有 / 没 / 不 / 并不 / 从不 / none / hard to")
        )
        if not length:
            return 0
        start = place + length
        for _ in range(5):
            cues = self._length(start, listed)
            if cues and self._together(place, start + cues - 1):
                return start + cues - place
            step = self._length(start, negation_words.WORDS_BETWEEN)
            if not step:
                return 0
            start += step
        return 0

    def _insists(self, place: int) -> Cue | None:
        """非喜剧不可: nothing but comedies."""
        end = self._clause_end(place)
        if self.texts[place] == "非":
            ends = [
                self._length(at, negation_words.INSISTENCE_ENDINGS) for at in range(place + 1, end)
            ]
            return Cue(place, 1, "nothing") if any(ends) else None
        length = self._length(place, negation_words.INSISTENCE_ENDINGS)
        insists = length and self._ends_clause(place + length) and "非" in self.texts[:place]
        return Cue(place, length, "nothing") if insists else None

    def _after(self, place: int) -> Cue | None:
        """喜剧不要, 喜剧以外的, "comedies aren't my thing": about the words before the cue."""
        if not place or not self._together(place - 1, place):
            return None
        for listed, kind in _BACKWARD:
            length = self._length(place, listed)
            outside = self.texts[place + length - 1] == "外"
            turns = self.texts[place + length : place + length + 1] in (("but",), ("and",))
            if length and (outside or turns or self._ends_clause(place + length)):
                return Cue(place, length, kind)
        return None

    # Places

    def _from(self, place: int) -> tuple[str, ...]:
        return self.texts[place : place + _LONGEST]

    def _length(self, place: int, listed: str) -> int:
        return _longest(self._from(place), _phrases(listed))

    def _skipped(self, place: int, listed: str) -> int:
        """The place after any number of the listed words."""
        while length := self._length(place, listed):
            place += length
        return place

    def _together(self, first: int, last: int) -> bool:
        """Whether no comma or full stop stands between these words."""
        return min(last, len(self.tokens) - 1) < self.ends[first]

    def _clause_end(self, place: int) -> int:
        return self.ends[place]

    def _ends_clause(self, place: int) -> bool:
        rest = self.texts[place : self._clause_end(place - 1)]
        return all(word in negation_words.CLAUSE_FINAL_WORDS.split() for word in rest)


_BACKWARD: tuple[tuple[str, Kind], ...] = (
    (negation_words.PERMISSIONS_AFTER, "back_permit"),
    (negation_words.EXCLUSIONS_AFTER_ZH, "back"),
    (negation_words.EXCLUSIONS_AFTER_EN, "back"),
)


def _clause_ends(tokens: Sequence[Word], text: str) -> list[int]:
    """For each word the place after the last of its clause."""
    ends = [len(tokens)] * len(tokens)
    for place in range(len(tokens) - 2, -1, -1):
        gap = text[tokens[place].end : tokens[place + 1].start]
        parted = STOPS.search(gap) or COMMAS.search(gap)
        ends[place] = place + 1 if parted else ends[place + 1]
    return ends


def _longest(texts: tuple[str, ...], known: Set[tuple[str, ...]]) -> int:
    """How many of the first words make up a known phrase; 0 if none do."""
    return next((n for n in range(len(texts), 0, -1) if texts[:n] in known), 0)


@lru_cache(maxsize=64)
def _phrases(listed: str) -> frozenset[tuple[str, ...]]:
    return frozenset(phrase(part) for part in listed.split("/") if part.strip())


@lru_cache(maxsize=16)
def _words(listed: str) -> frozenset[str]:
    return frozenset(part[0] for part in _phrases(listed) if len(part) == 1)


@lru_cache(maxsize=16)
def _negators(language: str) -> frozenset[tuple[str, ...]]:
    known = negation_words.NEGATORS
    return _phrases(known["en"]) | _phrases(known.get(language, ""))
