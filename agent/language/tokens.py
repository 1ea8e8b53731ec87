"""Tokenize a text into folded words with their offsets.

Folding makes lower case, removes accents, and maps full-width signs to plain and Chinese signs to
simplified ones, one character for one, so offsets in the folded text are offsets in the original.
Each Han character is a word.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from shelftalker.language.packs import words as pack

_WORD = re.compile(
    r"[\u4e00-\u9fff]|(?:qu|[dljnscmt])['’](?=\w)|[^\W_\u4e00-\u9fff]+(?:['’][^\W\d_\u4e00-\u9fff]+)?"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `text` folded, without a possessive 's; `stem` without a plural ending; `gap` is
    what stands between it and the word before."""

    start: int
    end: int
    text: str
    stem: str
    raw: str
    gap: str

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()


def fold(text: str) -> str:
    """The text in lower case without accents, of the same length."""
    return text.translate(_FOLDING)


def words(text: str) -> list[Word]:
    """The words of a text, in order."""
    found: list[Word] = []
    folded = fold(text)
    for match in _WORD.finditer(folded):
        bare, (start, end) = _bare(match[0]), match.span()
        gap = folded[found[-1].end : start] if found else ""
        found.append(Word(start, end, bare, stem(bare), text[start:end], gap))
    return found


def places_between(tokens: Sequence[Word], start: int, end: int) -> list[int]:
    """The places of the words that text[start:end] covers."""
    return [at for at, word in enumerate(tokens) if word.start < end and start < word.end]


def phrase(text: str) -> tuple[str, ...]:
    """The folded words of a text."""
    if text.isascii() and text.replace(" ", "").isalpha():  # most names; much faster
        return tuple(text.lower().split())
    return tuple(map(_bare, _WORD.findall(fold(text))))


def _bare(word: str) -> str:
    """The word with plain apostrophes and without a possessive 's."""
    word = word.replace("ß", "ss")
    if "'" not in word and "’" not in word:
        return word
    plain = word.replace("’", "'")
    return plain[:-2] if plain.endswith("'s") and len(plain) > 3 else plain


def stem(word: str) -> str:
    """The word without a plural ending: `comedies` → `comedy`, `dishes` → `dish`."""
    if len(word) <= 3 or word in _NOT_PLURAL or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    return word.removesuffix("s")


_NOT_PLURAL = {"news", "series", "paris", "texas", "species"}


_SIMPLER = dict(zip(*pack("traditional").values(), strict=True))
"""The simplified forms of traditional signs, so that one word list covers both."""


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character) == "No":  # ½ is no 1
            parts = " "
        elif character in "’‘ʼ":
            parts = "'"
        else:
            parts = _SIMPLER.get(character) or unicodedata.normalize("NFKD", character)
        self[code] = (parts[:1].lower() or " ")[:1]
        return self[code]


_FOLDING = _Folding()
