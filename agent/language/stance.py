"""Whether a text says that a word is there or that it is not: `no perfume`, `smudge-proof`."""

import re
from typing import Literal

from rapidfuzz.distance import Prefix

from shelftalker.language.packs import words as pack
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem

_TABLES = pack("stance")
_BEFORE, _AFTER, _WITHIN = _TABLES["BEFORE"], _TABLES["AFTER"], _TABLES["WITHIN"]
REACH = 4
"""Words between a denial and what it denies."""
MIN_PREFIX, PREFIX_SHARE = 4, 0.8
"""Of two forms of one word, the letters that both begin with."""

Stance = Literal["says", "denies", "silent"]


def akin(word: str, other: str) -> bool:
    """Whether two stems look like forms of one word: `smear` and `smearing`."""
    if word == other or word[:MIN_PREFIX] != other[:MIN_PREFIX]:
        return word == other
    least = max(MIN_PREFIX, PREFIX_SHARE * min(len(word), len(other)))
    return Prefix.similarity(word, other) >= least


def stance(text: str, wanted: str) -> Stance:
    """What a text says of a word (its stem): `says` where one sentence has it undenied."""
    found: Stance = "silent"
    begin = wanted[: min(MIN_PREFIX, len(wanted)) - 1]  # every form has it, whatever its ending
    for sentence in sentences_of(text) if begin in text.casefold() else ():
        own = _of_sentence(sentence, wanted)
        if own == "says":
            return own
        found = own if own == "denies" else found
    return found


def _of_sentence(sentence: str, wanted: str) -> Stance:
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[,;:]", sentence)]
    found: Stance = "silent"
    for at, word in enumerate(words):
        bare = stem(word)
        inner = next((bare[len(p) :] for p in _WITHIN if bare.startswith(p)), "")
        if not akin(bare, wanted) and not (inner and akin(inner, wanted)):
            continue
        before = words[max(0, at - REACH) : at]
        marks = [n for n, one in enumerate(before) if one in ",;:"]
        before = before[marks[-1] + 1 :] if marks else before
        denied = not _BEFORE.isdisjoint(before) or not _AFTER.isdisjoint(words[at + 1 : at + 2])
        if not (denied or (inner and akin(inner, wanted))):
            return "says"
        found = "denies"
    return found
