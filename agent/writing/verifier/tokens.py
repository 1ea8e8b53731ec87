"""Tokens of a sentence: `SentenceToken`, the plain words, numbers and marks of a text, and
`NameTable`, which finds known names in it.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from shelftalker.data.field_roles import chinese_role_words
from shelftalker.language.stems import CHINESE
from shelftalker.writing.verifier.words_of import words_of

Kind = Literal["title", "past", "fact", "theirs", "word", "number", "mark"]

_LETTERS = r"[^\W\d_\u3400-\u9fff]+"
_TOKEN = re.compile(
    rf"(?P<number>[$€£¥]?\d+(?:[.,]\d+)*)|(?P<word>[\u3400-\u9fff]+|{_LETTERS}(?:['’]{_LETTERS})?)|"
    r"(?P<mark>\S)"
)


@dataclass(frozen=True, slots=True)
class SentenceToken:
    """A piece of a sentence: a known name, a word, a number or a mark. `theirs` is a value that
    only items of the history have.

    `roles` are those of the attributes that hold the name; `past` indexes the history; `start` is
    its place in the sentence.
    """

    text: str
    kind: Kind
    roles: frozenset[str] = frozenset()
    past: int = -1
    start: int = -1

    @property
    def folded(self) -> str:
        return self.text.casefold().replace("’", "'")

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + len(self.text)

    @property
    def is_value(self) -> bool:
        """Whether it is a value of the item or of one in the history."""
        return self.kind in ("fact", "theirs")


class NameTable:
    """Names with what each may stand for, found by what a text begins with. Names are compared in
    lower case (`lower_case`)."""

    def __init__(self) -> None:
        self.meanings: dict[str, list[SentenceToken]] = {}
        """By name in lower case, what it may stand for, in the order of adding."""
        self.lengths: dict[str, set[int]] = {}
        """By one character or two, the lengths of the names that begin so and have more, if two."""
        self.ordinary_titles: set[str] = set()
        """Titles that consist of ordinary words, in lower case."""

    def add(self, text: str, kind: Kind, role: str | None = None, past: int = -1) -> None:
        """Add one meaning of a name."""
        name = lower_case(text)
        if not name:
            return
        if kind in ("title", "past") and _is_ordinary(name):
            self.ordinary_titles.add(name)
        token = SentenceToken(text, kind, frozenset({role} if role else ()), past)
        self.meanings.setdefault(name, []).append(token)
        self.lengths.setdefault(name[:2], set()).add(len(name))


def lower_case(text: str) -> str:
    """Lower case, character by character, so that places stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def is_letter(char: str) -> bool:
    """Whether a character may go on a word of an alphabet: a letter or digit, not Chinese."""
    return char.isalnum() and not CHINESE.match(char)


def plain_tokens(text: str, fields: Collection[str], start: int) -> Iterable[SentenceToken]:
    """Words, numbers and marks of a part of a sentence that begins at `start`. `fields`: names of
    the item's fields that hold Chinese."""
    for match in _TOKEN.finditer(text):
        piece, at = match.group(), start + match.start()
        if CHINESE.match(piece):
            yield from _segmented(piece, fields, at)
        else:
            yield SentenceToken(piece, cast(Kind, match.lastgroup), start=at)


def _segmented(text: str, fields: Collection[str], start: int) -> Iterator[SentenceToken]:
    """Chinese by longest match over the known words and the names of fields; unknown characters one
    by one."""
    known = _known_words().union(fields)
    at = 0
    while at < len(text):
        size = next((n for n in (4, 3, 2) if text[at : at + n] in known and at + n <= len(text)), 1)
        yield SentenceToken(text[at : at + size], "word", start=start + at)
        at += size


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    return words_of("zh").all | chinese_role_words()


def _is_ordinary(name: str) -> bool:
    ordinary = words_of("en")["words"] | words_of("zh")["words"]
    return all(word in ordinary for word in name.split())
