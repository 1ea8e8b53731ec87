"""The sentences of an item's own text that a card may repeat, best first for a request."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import free_of_injection, is_presentable


def presentable_sentences(item: Item, asked: Collection[str] = ()) -> list[str]:
    """The sentences of the catalogue's text that may be repeated, best first: with most of the
    stems of the request that the title does not have, then, of a product, those that its text
    begins with; of a work those that stand alone, of middle length, with a number, early ones."""
    return list(_ordered(item.title, item.text, noun_of(item) == "thing", frozenset(asked)))


@lru_cache(maxsize=4096)
def _ordered(title: str, row_text: str, product: bool, asked: frozenset[str]) -> Sequence[str]:
    named = set(stems_of(title))
    fresh = {s: len(set(content_of(stems_of(s))) - named) for s in _presentable(row_text)}
    fit = [s for s in fresh if fresh[s] > 1] or [s for s in fresh if fresh[s]]
    wanted = [word for word in asked if not any(akin(word, other) for other in named)]

    def told(text: str) -> int:
        words = stems_of(text)
        return sum(any(akin(word, other) for other in words) for word in wanted)

    if product:
        return sorted(fit, key=lambda text: -told(text))
    return sorted(fit, key=lambda text: (told(text), *_worth(text, fit.index(text))), reverse=True)


@lru_cache(maxsize=4096)
def _presentable(row_text: str) -> tuple[str, ...]:
    if not free_of_injection(row_text):
        return ()
    return tuple(
        text
        for place, text in enumerate(sentences_of(row_text))
        if 4 <= len(stems_of(text)) <= MAX_QUOTED_WORDS
        and text.endswith((".", "。"))
        and is_presentable(text)
        and not _DAMAGED.search(text)
        and not _OF_THE_MAKER.search(text)
        and not (place and _LEANING.match(text))
    )


_DAMAGED = re.compile(r"\s[,.;:]|\b[A-Z](?:The|This|These|It|With|For|A)\b")
"""`PThe pad`: a letter or a space that is left of what stood there."""
_OF_THE_MAKER = re.compile(
    r"\b(?:manufactur\w+|known for|company|companies|headquartered|founded|leaders? in|"
    r"(?:market|world|industry|global) leaders?|"
    r"leading (?:brand|maker|name|provider|supplier))\b",
    re.IGNORECASE,
)
"""A sentence about who makes it."""
_LEANING = re.compile(
    r".*\b(?:he|she|him|her|his)\b|(?:\S+ ){0,3}(?:they|them|their|this|that|these|those|both|"
    r"another|also|the (?:first|second|third|same|other|others|latter|former))\b",
    re.IGNORECASE,
)
"""A sentence that speaks of somebody or something named before it."""
MAX_QUOTED_WORDS = 40
"""In a sentence of the catalogue's text that a card repeats."""


def _worth(text: str, place: int) -> tuple[bool, bool, bool, int]:
    words = stems_of(text)
    alone = not {"also", "other", "these"} & set(words)
    numbered = any(word.isdigit() for word in words)
    return alone, 8 <= len(words) <= 25, numbered, -place
