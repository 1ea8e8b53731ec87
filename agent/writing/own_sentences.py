"""The sentences of an item's own text that a card may repeat, best first for a request."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.language.sentences import glued_sentences_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.writing.sentence_answers import ANSWERS, MAY_ANSWER, answer_probabilities, wish_in
from shelftalker.writing.sentence_worth import sentence_worths
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import (
    free_of_injection,
    is_presentable,
    is_short_denial,
    is_story,
    suspicious,
)
from shelftalker.writing.verifier.unsafe import unsafe_words
from shelftalker.writing.verifier.words_of import pattern


def presentable_sentences(item: Item, asked: Collection[str] = (), request: str = "") -> list[str]:
    """The sentences of the catalogue's text that may be repeated, best first: with most of the
    stems of the request that the title does not have; of a product those that answer the request
    and that editors would print; of a work those that stand alone, not too short, early ones."""
    wanted = frozenset(asked)
    if noun_of(item) != "thing" or has_chinese(item.text):
        return _distinct(_of_a_work(item.title, item.text, wanted))
    wish = wish_in(request, item.title) if request else ""
    told = _distinct(_of_a_product(item.title, item.text, wanted, wish))
    begins = {s.split()[0] for s in told[:1]} - {"The"}
    return [*told[:1], *(s for s in told[1:] if s.split()[0] not in begins)]


def _distinct(told: Sequence[str]) -> list[str]:
    """Without what says nearly the same as one before."""
    return [s for n, s in enumerate(told) if not any(_alike(s, other) for other in told[:n])]


def _alike(one: str, other: str) -> bool:
    """Whether two sentences say nearly the same."""
    said, known = set(content_of(stems_of(one))), set(content_of(stems_of(other)))
    return len(said & known) >= ALIKE * min(len(said), len(known))


@lru_cache(maxsize=4096)
def _of_a_product(title: str, row_text: str, asked: frozenset[str], wish: str) -> Sequence[str]:
    told_of = _tellable(row_text, title)
    told = [_tidied(text) for text in told_of]
    worths = sentence_worths(title, told_of)
    answers = answer_probabilities(wish, told) if wish else [0.0] * len(told)

    def rated(at: int) -> tuple[float, float]:
        met = _met(told[at], title, asked)
        likely = answers[at] if answers[at] >= MAY_ANSWER else 0.0
        answering = met or answers[at] >= ANSWERS
        least = LEAST_ASKED * (1 - answers[at]) if answering else LEAST_WORTH
        merit = met + ANSWERING * likely + worths[at] - EARLIER * min(at, LATE) / LATE
        return worths[at] - least, merit

    found = sorted(((*rated(at), text) for at, text in enumerate(told)), key=lambda one: -one[1])
    found = [one for one in found if not is_short_denial(one[2]) or _met(one[2], title, asked)]
    good = [text for above, _, text in found if above >= 0]
    return good or [text for above, _, text in found if above >= LEAST_ALONE - LEAST_WORTH]


@lru_cache(maxsize=4096)
def _of_a_work(title: str, row_text: str, asked: frozenset[str]) -> Sequence[str]:
    named = set(stems_of(title))
    plain = [text.removeprefix(title).lstrip(" .:,-") for text in _presentable(row_text)]
    fresh = {s: len(set(content_of(stems_of(s))) - named) for s in plain}
    fit = [s for s in fresh if fresh[s] > 1 and (_met(s, title, asked) or not is_short_denial(s))]
    fit = fit or [s for s in fresh if fresh[s] and not is_short_denial(s)]

    def rank(text: str) -> tuple[int, bool, bool]:
        words = stems_of(text)
        leans = not {"also", "other", "these"}.isdisjoint(words)
        return -_met(text, title, asked), leans, len(words) < MIN_TOLD_WORDS

    return sorted(fit, key=rank)


def _met(text: str, title: str, asked: Collection[str]) -> int:
    """How many stems of a request a sentence has that the title does not have."""
    words, named = stems_of(text), stems_of(title)
    return sum(
        any(akin(word, other) for other in words)
        for word in asked
        if not any(akin(word, other) for other in named)
    )


def _tidied(text: str) -> str:
    """With a capital and a full stop, which rows leave out, without a mark of joy or a code."""
    text = _CODE.sub("", text)
    return f"{text[:1].upper()}{text[1:].rstrip(' ,;.!')}."


@lru_cache(maxsize=4096)
def _presentable(row_text: str) -> tuple[str, ...]:
    """The sentences about a work that may be repeated, in their order."""
    if not free_of_injection(row_text):
        return ()
    return tuple(
        text
        for place, text in enumerate(glued_sentences_of(row_text))
        if MIN_QUOTED_WORDS <= len(stems_of(text)) <= MAX_QUOTED_WORDS
        and text.endswith((".", "。"))
        and (is_presentable(text) or is_story(text))
        and not (_DAMAGED.search(text) or _leans(text))
        and not (place and _PRONOUNS.match(text))
    )


@lru_cache(maxsize=4096)
def _tellable(row_text: str, title: str) -> tuple[str, ...]:
    """The sentences of a product's text that are no order, no offer and no attack, as the row has
    them, in their order, without the title itself."""
    if not free_of_injection(row_text):
        return ()
    found = (text.removeprefix(title).lstrip(" .:,-•*") for text in glued_sentences_of(row_text))
    return tuple(
        text
        for text in dict.fromkeys(found)
        if 1 < len(stems_of(text)) <= MAX_QUOTED_WORDS
        and (is_presentable(told := _told_plainly(_tidied(text)))
             or is_story(_GENERAL_YOU.sub("", told)))
        and not (text.endswith((":", "?", "..")) or _TO_READERS.match(text))
        and not (_DAMAGED.search(text) or _shouts(text) or unsafe_words().found(text))
        and not (suspicious(told) or pattern("offers").search(text) or _leans(text))
    )  # fmt: skip


def _leans(text: str) -> bool:
    """Whether a sentence goes on with another one: `Two states already do.`, `It also folds.`"""
    return pattern("leaning").search(text) is not None


def _shouts(text: str) -> bool:
    """Whether Nearly Every Word Has A Capital, as in a heading."""
    words: list[str] = re.findall(r"[A-Za-z]+", text)
    return 2 * sum(word[0].isupper() for word in words) > len(words) >= MIN_QUOTED_WORDS


def _told_plainly(text: str) -> str:
    """Without what makes no order or code of a sentence: praise, a dash, a semicolon."""
    return _PRAISED.sub("", text).replace(" -- ", " – ").replace("; ", ", ")


_DAMAGED = re.compile(
    r"\s[,.;:]|[a-z],[a-z]|"
    r"\w\?\w|\b[A-Za-z](?:The|This|These|It|With|For|A)\b|\w\*|[a-z]{3}[.!] ?[a-z]{3}|"
    r"[a-z]{3}\.[A-Z][a-z]|\b[a-z]{4,}[A-Z][a-z]+\b|"
    r"\b(?:[wd]on|can|(?:is|are|was|were|has|have|does|did|would|could|should)n)t\b|"
    r"\b(?:[Tt]hey|[Yy]ou|[Ww]e)(?:re|ve|ll)\b|\b[A-Z]{4,} [A-Z]{4,}\b|[a-z]{3} An? [A-Z]\w+ [A-Z]|"
    r"[a-z]{3} (?:Apply|Use|Easy|Great|Ideal|Made|Perfect|Your|For|With|Each|Includes|Comes|"
    r"Features|Our|Designed|Extra|Available)[- ](?=[a-z])"
)
"""`PThe pad`, `wont`: a letter or a mark that is left or lost, or a shout."""
_CODE = re.compile(r"[ .]*\((?=[^)]*\d)[A-Z\d][A-Z\d -]*\)[ .]*$")
"""`(9160BDUA-4)` at the end of a sentence."""
_PRONOUNS = re.compile(
    r".*\b(?:he|she|him|her|his|the two)\b|(?:\S+ ){0,3}(?:they|them|their|this|that|these|those|"
    r"also|another|both of)\b",
    re.IGNORECASE,
)
"""A sentence that speaks of somebody or something named before it."""
_TO_READERS = re.compile(
    r"[\W\d]*(?:-|(?:if|can|do|are|have|hope|so)\b(?=.*\byou\b)|you\b|no problem|well,)|\W", re.I
)
"""What speaks to the reader first of all, or does not begin with a word."""
_PRAISED = re.compile(r"\bperfect(?:ly)? ?", re.IGNORECASE)
_GENERAL_YOU = re.compile(r" \byou\b", re.IGNORECASE)
ALIKE = 0.5
"""Share of the words of the shorter of two sentences from which on they say the same."""
MIN_QUOTED_WORDS, MAX_QUOTED_WORDS = 4, 40
"""In a sentence of the catalogue's text that a card repeats."""

LEAST_WORTH, LEAST_ASKED, LEAST_ALONE = 0.6, 0.3, 0.4
"""Of a product's sentence that tells nothing of what was asked for, of one that does, and of one
where no better is left."""
ANSWERING = 2.0
"""What a sentence that surely answers the request is worth beside editors' ratings."""
EARLIER, LATE = 0.1, 3
"""What the first sentence of a product's text has before the fourth and those after it."""
MIN_TOLD_WORDS = 8
"""In a sentence that tells what a work is about."""
