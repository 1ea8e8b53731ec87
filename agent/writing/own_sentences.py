"""The sentences of an item's own text that a card may repeat, best first for a request."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.writing.sentence_answers import ANSWERS, MAY_ANSWER, answer_probabilities, wish_in
from shelftalker.writing.sentence_worth import is_misspelt, is_run_together, sentence_worths
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import (
    free_of_injection,
    is_presentable,
    is_short_denial,
    is_story,
    promotes,
    suspicious,
)
from shelftalker.writing.verifier.unsafe import unsafe_words
from shelftalker.writing.verifier.words_of import pattern


def presentable_sentences(item: Item, asked: Collection[str] = (), request: str = "") -> list[str]:
    """The sentences of the catalogue's text that may be repeated, best first: with most of the
    stems of the request that the title does not have; of a product those that answer the request
    and that editors would print; of a work those that stand alone, not too short, early ones."""
    product = noun_of(item) == "thing"
    wish = wish_in(request, item.title) if product and request else ""
    told = _ordered(item.title, item.text, product, frozenset(asked), wish)
    fresh = [s for n, s in enumerate(told) if not any(_alike(s, other) for other in told[:n])]
    begins = {s.split()[0] for s in fresh[:1]} - {"The"} if product else ()
    return [*fresh[:1], *(s for s in fresh[1:] if s.split()[0] not in begins)]


def _alike(one: str, other: str) -> bool:
    """Whether two sentences say nearly the same."""
    said, known = set(content_of(stems_of(one))), set(content_of(stems_of(other)))
    return len(said & known) >= ALIKE * min(len(said), len(known))


@lru_cache(maxsize=4096)
def _ordered(
    title: str, row_text: str, product: bool, asked: frozenset[str], wish: str
) -> Sequence[str]:
    named = set(stems_of(title))
    told_of = _presentable(row_text, title if product else "")
    plain = [text.removeprefix(title).lstrip(" .:,-") for text in told_of]
    fresh = {s: len(set(content_of(stems_of(s))) - named) for s in plain}
    wanted = [word for word in asked if not any(akin(word, other) for other in named)]

    def told(text: str) -> int:
        words = stems_of(text)
        return sum(any(akin(word, other) for other in words) for word in wanted)

    fit = [s for s in fresh if fresh[s] > 1 and (told(s) or not is_short_denial(s))]
    fit = fit or [s for s in fresh if fresh[s] and not is_short_denial(s)]
    if product and wish:
        more = [s for s in _answering(row_text, title) if s not in plain]
        likely = zip(more, answer_probabilities(wish, more), strict=True)
        fit += [
            s
            for s, share in likely
            if told(s) or (share >= ANSWERS and len(stems_of(s)) >= MIN_QUOTED_WORDS)
        ]
    if product:
        worths = dict(zip(fit, sentence_worths(title, fit), strict=True))
        answers = dict(zip(fit, answer_probabilities(wish, fit), strict=True))
        asked_for = {s for s in fit if told(s) or answers[s] >= ANSWERS}
        place = {text: min(at, LATE) / LATE for at, text in enumerate(fit)}
        good = [s for s in fit if worths[s] >= (LEAST_ASKED if s in asked_for else LEAST_WORTH)]
        good = good or [s for s in fit if worths[s] >= WORTH_ALONE]
        if not good:  # what speaks of `you` says more than a title
            spoken = [s for s in _answering(row_text, title) if s.endswith(".") and not promotes(s)]
            rest = [s for s in spoken if len(stems_of(s)) >= MIN_QUOTED_WORDS]
            rated = dict(zip(rest, sentence_worths(title, rest), strict=True))
            good = [s for s in rest if rated[s] >= WORTH_ALONE]
            worths |= rated
            place |= {s: at / LATE for at, s in enumerate(good)}
            answers |= dict(zip(good, answer_probabilities(wish, good), strict=True))

        def merit(text: str) -> float:
            share = answers[text] if answers[text] >= MAY_ANSWER else 0.0
            answer = told(text) + ANSWERING * share
            puffed = PUFFED * (_PUFFED.search(text) is not None)
            return answer + worths[text] - puffed - EARLIER * place[text]

        return sorted(good, key=merit, reverse=True)
    return sorted(fit, key=lambda text: (told(text), *_worth(text, fit.index(text))), reverse=True)


@lru_cache(maxsize=4096)
def _presentable(row_text: str, product: str) -> tuple[str, ...]:
    """The sentences that may be repeated, in their order; `product`: the title, of a product."""
    if not free_of_injection(row_text):
        return ()
    named = frozenset(stems_of(product))
    return tuple(
        text
        for place, text in enumerate(_sentences(row_text))
        if MIN_QUOTED_WORDS <= len(stems_of(text)) <= MAX_QUOTED_WORDS
        and text.endswith((".", "。"))
        and (is_presentable(text) or (is_story(text) and not (product and promotes(text))))
        and not (_DAMAGED.search(text) or (product and _is_garbled(text)))
        and not (product and (_OF_THE_MAKER.search(text) or pattern("offers").search(text)))
        and not (product and (_names_another(text, product) or _FRAGMENT.fullmatch(text)))
        and not (_leans(text) and not _names_itself(text, named))
        and not (place and _PRONOUNS.match(text) and not _names_itself(text, named))
    )


@lru_cache(maxsize=4096)
def _answering(row_text: str, title: str) -> tuple[str, ...]:
    """The sentences of a product that may be repeated where they answer a request: also short ones,
    those that praise it, that speak of `you`, and that go on about it (`They snap in and out`)."""
    if not free_of_injection(row_text) or has_chinese(row_text):
        return ()
    return tuple(
        text
        for text in _sentences(row_text)
        if 1 < len(stems_of(text)) <= MAX_QUOTED_WORDS
        and text.endswith((".", "!", "。"))
        and (is_presentable(told := _told_plainly(text)) or is_story(_GENERAL_YOU.sub("", told)))
        and not (_DAMAGED.search(text) or _is_garbled(text))
        and not (_OF_THE_MAKER.search(text) or pattern("offers").search(text))
        and not (_leans(text) or _OF_PEOPLE.search(text) or _names_another(text, title))
        and not (unsafe_words().found(text) or suspicious(told) or _TO_READERS.match(text))
    )


def _leans(text: str) -> bool:
    """Whether a sentence goes on with another one: `Two states already do.`, `It also folds.`"""
    return pattern("leaning").search(text) is not None


def _told_plainly(text: str) -> str:
    """Without what makes no order of a sentence: praise, a dash, a mark of joy."""
    return _PRAISED.sub("", text).replace(" -- ", " – ").removesuffix("!").removesuffix(".") + "."


def _names_another(text: str, title: str) -> bool:
    """Whether a sentence names another product of the maker: `Elmer's All Purpose Glue Stick` of
    `Elmer's Disappearing Purple School Glue`."""
    maker, named = title.split()[0], set(stems_of(title))
    for found in re.finditer(rf"{re.escape(maker)}((?: [A-Z][\w’'-]+){{2,}})", text):
        if len(set(stems_of(found[1])) - named) > 1:
            return True
    return False


def _sentences(row_text: str) -> list[str]:
    """The sentences, also where no space stands between them: `with ease.ruled pages`."""
    return [part for text in sentences_of(row_text) for part in _GLUED.split(text)]


_GLUED = re.compile(r"(?<=[a-z]{4}[.!]) ?(?=[a-z]{4,} )")


def _names_itself(text: str, named: Collection[str]) -> bool:
    """Whether a sentence of a product begins with itself: `This sharpener features ...`."""
    subject = _ITSELF.match(text)
    return subject is not None and not set(stems_of(subject.group(1))).isdisjoint(named)


def _is_garbled(text: str) -> bool:
    return is_run_together(text) or is_misspelt(text) or _shouts(text)


def _shouts(text: str) -> bool:
    """Whether Nearly Every Word Has A Capital, as in a heading."""
    words: list[str] = re.findall(r"[A-Za-z]+", text)
    return 2 * sum(word[0].isupper() for word in words) > len(words) >= MIN_QUOTED_WORDS


_PUFFED = re.compile(
    r"\b(?:breeze|must[- ]have|ultimate|hands down|second to none|unparalleled|unrivall?ed|"
    r"exceptional|amazing|awesome|wonderful|superior|fantastic|incredible|"
    r"unique look|seems|major statement|imagination|quality products?|great value|favou?rites?)\b",
    re.IGNORECASE,
)
"""What tells only that the writer is glad."""
_FRAGMENT = re.compile(r"[\W\d]*(?: x [\W\d]*)*(?:\w+ )?\w+\.")
"""`7 1/4" x 5" size.`"""
_ITSELF = re.compile(r"(?:This|These) ((?:[\w’'-]+ ){1,5})")
_DAMAGED = re.compile(
    r"\s[,.;:]|[a-z],[a-z]|"
    r"\w\?\w|\b[A-Za-z](?:The|This|These|It|With|For|A)\b|\w\*|[a-z]{3}[.!] ?[a-z]{3}|"
    r"[a-z]{3}\.[A-Z][a-z]|\b[a-z]{4,}[A-Z][a-z]+\b|"
    r"\b(?:[wd]on|can|(?:is|are|was|were|has|have|does|did|would|could|should)n)t\b|"
    r"\b(?:they|you|we)(?:re|ve|ll)\b|\b[A-Z]{4,} [A-Z]{4,}\b|[a-z]{3} An? [A-Z]\w+ [A-Z]|"
    r"[a-z]{3} (?:Apply|Use|Easy|Great|Ideal|Made|Perfect|Your|For|With|Each|Includes|Comes|"
    r"Features|Our|Designed|Extra|Available)[- ](?=[a-z])"
)
"""`PThe pad`, `wont`: a letter or a mark that is left or lost, or a shout."""
_OF_THE_MAKER = re.compile(
    r"\b(?:manufactur\w+|known for|company|companies|headquartered|founded|leaders? in|"
    r"inc|ltd|llc|(?:more than|over) (?:a century|\w+ years)|"
    r"(?:market|world|industry|global) leaders?|"
    r"leading (?:brand|maker|name|provider|supplier)|(?:is|are) (?:dedicated|committed) to|"
    r"these (?:[\w-]+ ){0,2}products)\b",
    re.IGNORECASE,
)
"""A sentence about who makes it."""
_OF_PEOPLE = re.compile(r"\b(?:he|she|him|her|his|the two)\b", re.IGNORECASE)
_PRONOUNS = re.compile(
    rf".*{_OF_PEOPLE.pattern}|(?:\S+ ){{0,3}}(?:they|them|their|this|that|these|those|also|"
    r"another|both of)\b",
    re.IGNORECASE,
)
"""A sentence that speaks of somebody or something named before it."""
_TO_READERS = re.compile(
    r"[\W\d]*(?:-|(?:if|can|do|are|have|hope|so)\b(?=.*\byou\b)|you\b|no problem|well,)|\W", re.I
)
"""What speaks to the reader first of all, or does not begin with a word."""
_PRAISED = re.compile(r"\bperfect(?:ly)? ?", re.IGNORECASE)
_GENERAL_YOU = re.compile(r" \byou\b", re.IGNORECASE)
ALIKE = 0.7
"""Share of the words of the shorter of two sentences from which on they say the same."""
MIN_QUOTED_WORDS, MAX_QUOTED_WORDS = 4, 40
"""In a sentence of the catalogue's text that a card repeats."""

LEAST_WORTH, LEAST_ASKED, WORTH_ALONE = 0.7, 0.3, 0.5
"""Of a product's sentence that tells nothing of what was asked for, of one that does, and of one
where no better is left."""
ANSWERING = 2.0
"""What a sentence that surely answers the request is worth beside editors' ratings."""
EARLIER, LATE = 0.3, 3
"""What the first sentence of a product's text has before the fourth and those after it."""
PUFFED = 0.5
"""What a sentence of praise lacks."""
MIN_TOLD_WORDS = 8
"""In a sentence that tells what a work is about."""


def _worth(text: str, place: int) -> tuple[bool, bool, int]:
    words = stems_of(text)
    alone = not {"also", "other", "these"} & set(words)
    return alone, len(words) >= MIN_TOLD_WORDS, -place
