"""Foreign names as Chinese writes them by their sound: 桑德拉布洛克 for Sandra Bullock.

Chinese signs and Latin letters become the same coarse consonants, which are then compared. Vowels
differ too much between the two to be of use. Names that Chinese translates or that have another
Chinese form (成龙 for Jackie Chan) are not found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import log
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from shelftalker.language.tokens import fold
from shelftalker.understanding.rules.tables import request_words

LEAST_CONSONANTS = 4
"""Consonants below which a sound is no name."""
LEAST_ALIKE = 0.72
"""Share of the consonants that have to agree."""
CANDIDATES = 10
FAME = 0.04
"""What the logarithm of a name's items adds to that share."""
MARGIN = 0.04
"""By how much the best name has to be ahead of the next."""
_SIGN = f"[{request_words.SOUND_SIGNS}]"
_NAMED = re.compile(
    f"({_SIGN}{{3,12}})(?={request_words.SIGNED_AFTER})|({_SIGN}{{1,6}}(?:[·・•]{_SIGN}{{1,6}})+)"
)
_LATIN = (("ph", "f"), ("sch|sh", "s"), ("ch|dg|j|g(?=[eiy])", "j"), ("ck|gh|q", "k"),
          ("th", "t"), ("c(?=[eiy])", "s"), ("c", "k"), ("x", "ks"))  # fmt: skip
_PINYIN = (("sh|x|c(?!h)|z(?!h)", "s"), ("zh|ch|q", "j"), ("er$", "l"), ("ng$", "n"), ("w", "f"))
"""Spellings and the sounds that they stand for, in the order in which they are replaced."""
_COARSE = str.maketrans({"p": "b", "d": "t", "g": "k", "r": "l", "v": "f", "z": "s"})
_VOWELS = re.compile("[^bcdfgjklmnpqrstvxz]")


class Sounded(NamedTuple):
    """text[start:end] sounds like the Latin `name`; `makes`: as that of who made the item."""

    start: int
    end: int
    name: str
    makes: bool


def consonants(name: str) -> str:
    """The coarse consonants of a Latin name: `sntlblk` for Sandra Bullock."""
    return re.sub(r"(.)\1", r"\1", _coarse(fold(name), _LATIN))


def _of_signs(text: str) -> str:
    """The same of Chinese signs."""
    from pypinyin import Style, lazy_pinyin  # half a second, and only needed here

    syllables = lazy_pinyin(list(text), style=Style.NORMAL, errors="ignore")  # without its phrases
    return "".join(_coarse(syllable, _PINYIN) for syllable in syllables)


def _coarse(sounds: str, spellings: Iterable[tuple[str, str]]) -> str:
    for written, sound in spellings:
        sounds = re.sub(written, sound, sounds)
    return _VOWELS.sub("", sounds).translate(_COARSE)


class SoundedNames:
    """The names of a catalogue by their sound, with how many items each has. Read-only."""

    def __init__(self, names: Mapping[str, int]) -> None:
        self._names = {name: consonants(name) for name in names}
        self._fame = {name: FAME * log(items) for name, items in names.items()}

    def find(self, text: str) -> Iterator[Sounded]:
        """Where a Chinese text has one of the names, before words such as 主演 or with a dot."""
        for match in _NAMED.finditer(text):
            if name := self._best(_of_signs(match[0])):
                makes = re.match(request_words.MADE_AFTER, text[match.end() :]) is not None
                yield Sounded(*match.span(), name, makes)

    def _best(self, sound: str) -> str:
        """The name that sounds most like some consonants; of those alike, one with many more
        items; empty where none surely does."""
        if len(sound) < LEAST_CONSONANTS:
            return ""
        alike = process.extract(
            sound, self._names, scorer=Levenshtein.normalized_similarity, limit=CANDIDATES
        )
        ranked = sorted(
            (score + self._fame[name], name) for _, score, name in alike if score >= LEAST_ALIKE
        )
        sure = ranked and (len(ranked) == 1 or ranked[-1][0] - ranked[-2][0] >= MARGIN)
        return ranked[-1][1] if sure else ""
