"""How far a "no", "without" or "不要" reaches in a message.

A negator rules out what follows it up to the end of its clause, a turn ("but", "just"), or a
preposition once something has been ruled out: "not violent, with Bill Murray" rules out violence
only, "no horror, war or westerns" all three.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from shelftalker.asking import request_words
from shelftalker.asking.words import Word, phrase

_STOPS = re.compile(r"[.!?;:。！？；\n()\[\]\"“”]| [-–—] ")
_COMMAS = re.compile(r"[,，]")


@dataclass(frozen=True, slots=True)
class Negation:
    """Per word: is it ruled out, and is it itself a negator (which says nothing else)?"""

    ruled_out: list[bool]
    negator: list[bool]


def negation(said: Sequence[Word], text: str, language: str, fixed: Set[int]) -> Negation:
    """Which words of the folded `text` are ruled out. Words in `fixed` are part of an expression
    with a meaning of its own ("no more than 20"), hence no negator."""
    starts = _negators(said, language, fixed)
    result = Negation([False] * len(said), [False] * len(said))
    for first, length in starts.items():
        for place in range(first, first + length):
            result.negator[place] = True
    for first, length in starts.items():
        for place in range(first + length, _reach(said, text, first + length, result.negator)):
            result.ruled_out[place] = not result.negator[place]
    return result


def _negators(said: Sequence[Word], language: str, fixed: Set[int]) -> dict[int, int]:
    """Where negators start, and their length in words; the longest wins."""
    texts = tuple(word.text for word in said)
    found: dict[int, int] = {}
    place = 0
    while place < len(texts):
        length = 0
        if place not in fixed and not _affirms(texts, place):
            length = _longest(texts[place : place + 4], _of(language))
        if length:
            found[place] = length
        place += length or 1
    return found


def _longest(texts: tuple[str, ...], known: frozenset[tuple[str, ...]]) -> int:
    """How many of the first words make up a known phrase; 0 if none do."""
    return next((n for n in range(len(texts), 0, -1) if texts[:n] in known), 0)


def _affirms(texts: tuple[str, ...], place: int) -> bool:
    return _longest(texts[place : place + 4], _affirmed()) > 0


@lru_cache(maxsize=1)
def _affirmed() -> frozenset[tuple[str, ...]]:
    return frozenset(map(phrase, request_words.AFFIRMED.split("/")))


@lru_cache(maxsize=16)
def _of(language: str) -> frozenset[tuple[str, ...]]:
    listed = {request_words.NEGATORS["en"], request_words.NEGATORS.get(language, "")}
    return frozenset(phrase(part) for line in listed for part in line.split("/") if part.strip())


def _reach(said: Sequence[Word], text: str, first: int, negator: Sequence[bool]) -> int:
    """The place after the last word that a negator before `first` rules out."""
    if said[first - 1].text == "non":
        return min(first + 1, len(said))
    content = False
    for place in range(first, len(said)):
        word = said[place]
        gap = text[said[place - 1].end : word.start] if place else ""
        if _STOPS.search(gap) or word.text in request_words.SCOPE_ENDS:
            return place
        if _COMMAS.search(gap) and not _list_goes_on(said, text, place, content):
            return place
        if content and word.text in request_words.PREPOSITIONS:
            return place
        if word.text in request_words.AND and _new_phrase(said, place):
            return place
        if negator[place]:
            return place
        if word.text in request_words.OR or word.text in request_words.AND or "、" in gap:
            content = False
        elif word.text not in request_words.FILLER and word.text not in request_words.KIND:
            content = True
    return len(said)


def _list_goes_on(said: Sequence[Word], text: str, place: int, content: bool) -> bool:
    """After a comma: does "or" end this enumeration within a few words ("no a, b or c")?"""
    if not content:
        return False
    run = 0
    for word, after in zip(said[place:], [*said[place + 1 :], None], strict=False):
        if word.text in request_words.OR:
            return run > 0 or word is said[place]
        run += 1
        gap = text[word.end : after.start] if after else "."
        if _STOPS.search(gap) or run > 6 or word.text in request_words.SCOPE_ENDS:
            return False
        if _COMMAS.search(gap):
            run = 0 if run <= 3 else 7
    return False


def _new_phrase(said: Sequence[Word], place: int) -> bool:
    after = said[place + 1].text if place + 1 < len(said) else ""
    return after in request_words.DETERMINERS
