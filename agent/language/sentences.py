"""Splits a text into sentences, and joins sentences, lists and texts as a language does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def joined(sentences: Iterable[str], language: str) -> str:
    """The sentences that are not empty as one text: Chinese has no space between them."""
    return ("" if language == "zh" else " ").join(filter(None, sentences))


def listed(names: Iterable[str], language: str) -> str:
    """Names separated by commas."""
    return ("、" if language == "zh" else ", ").join(names)


def in_language(by_language: Mapping[str, T], language: str) -> T:
    """The entry of a language; that of English (`en`) where it has none."""
    return by_language.get(language, by_language["en"])


def sentences_of(text: str, names: Sequence[str] = ()) -> list[str]:
    """A text split into sentences. Abbreviations such as `Mr.`, initials, and names with a mark in
    or after them (`What About Bob?`) do not end one."""
    pieces = re.split(
        r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9\u3400-\u9fff])|(?<=[。！？])\s*|\n+", text
    )
    whole: list[str] = []
    for piece in pieces:
        if not piece or not piece.strip():
            continue
        if whole and _within_a_name(whole[-1], piece, names):
            whole[-1] += f" {piece.strip()}"
        elif whole and _ABBREVIATED.search(whole[-1]):
            whole[-1] += f" {piece}"
        else:
            whole.append(piece.strip())
    return whole


def glued_sentences_of(text: str) -> list[str]:
    """The sentences of a shop's text, also where no space stands between two: `with ease.ruled`."""
    return [part for one in sentences_of(text) for part in _GLUED.split(one)]


_GLUED = re.compile(r"(?<=[a-z]{4}[.!]) ?(?=[a-z]{4,} )")


def _within_a_name(before: str, after: str, names: Sequence[str]) -> bool:
    return any(
        before.endswith(name[: end + 1]) and after.startswith(name[end + 1 :].strip()[:3])
        for name in names
        for end, char in enumerate(name)
        if char in ".!?" and (end + 1 == len(name) or name[end + 1] == " ")
    )


_ABBREVIATED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Gen|Col|Capt|Lt|Sgt|St|Mt|Ft|Jr|Sr|vs|[Nn]o|[Vv]ol|"
    r"[Pp]t|[Ee]p|[Cc]h|[Ff]eat|[Ff]ig|[Ee]d|approx|incl)|"
    r"\d ?(?:lbs?|oz|in|ft|yds?|qt|gal|min|max))"
    r"\.$"
)
