"""Predicates on word sequences: is this a cue phrase, does a name continue?"""

from collections.abc import Sequence
from functools import lru_cache

from shelftalker.language.tokens import Word, phrase
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.vocabulary import Phrase


def cue(tokens: Sequence[Word], place: int, listed: str) -> int:
    """How many words from here form one of the listed phrases; 0 if none."""
    if place < 0:
        return 0
    texts = tuple(word.text for word in tokens[place : place + 4])
    known = _phrases(listed)
    return next((n for n in range(len(texts), 0, -1) if texts[:n] in known), 0)


@lru_cache(maxsize=8)
def _phrases(listed: str) -> frozenset[Phrase]:
    return frozenset(phrase(part) for part in listed.split("/") if part.strip())


def runs_on(tokens: Sequence[Word], last: int) -> bool:
    """Whether a capitalised word follows directly, so that this is only part of a longer name."""
    if last + 1 >= len(tokens) or not tokens[last].capital:
        return False
    after = tokens[last + 1]
    ordinary = after.text in request_words.FILLER or after.text in request_words.ITEM_NOUNS
    return after.capital and after.start - tokens[last].end == 1 and not ordinary
