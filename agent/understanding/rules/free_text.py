"""The wishes among the free words of a message: runs of words without filler at their ends."""

from collections.abc import Sequence
from itertools import product

from shelftalker.language.tokens import Word, phrase
from shelftalker.understanding.rules.tables import request_words


def trimmed(run: Sequence[Word]) -> list[Word]:
    """A run of words without the empty words at its ends."""
    kept = list(run)
    about = any(word.text == "about" for word in kept)  # "about music": the noun is a wish
    least = 1 if about and kept[-1].text in request_words.ITEM_NOUNS else 0
    length = 0
    while len(kept) != length:
        length = len(kept)
        kept = _without_function_words(kept)
        if len(kept) > 1 and tuple(word.text for word in kept[-2:]) in _TRAILING:
            kept = kept[:-2]
        before = ""
        while len(kept) > least and (is_empty(kept[0]) or (before, kept[0].text) in _COUNTED):
            before = kept.pop(0).text
        while len(kept) > least and is_empty(kept[-1]) and not _ends_word(kept):
            kept.pop()
    return kept


def _without_function_words(run: Sequence[Word]) -> list[Word]:
    """A run without the Chinese function words at its ends: 那样的, 有什么, …吗."""
    kept = list(run)
    while kept:
        texts = [word.text for word in kept]
        ahead = next((n for n in range(4, 0, -1) if _is_function(texts[:n], len(kept))), 0)
        behind = next((n for n in range(4, 0, -1) if _is_function(texts[-n:], len(kept))), 0)
        if not ahead and not behind:
            break
        kept = kept[ahead:] if ahead else kept[:-behind]
    return kept


def _is_function(texts: Sequence[str], of: int) -> bool:
    """Whether these are a function word. A single sign is one only if it stands alone."""
    if len(texts) == 1 and of > 1:
        return False
    alone = len(texts) == 1 and not texts[0].isascii() and texts[0] in _EMPTY
    return alone or tuple(texts) in _FUNCTION


def _ends_word(run: Sequence[Word]) -> bool:
    """Whether the last Chinese sign is part of a word, as in 笔记本 (signs are read one by one)."""
    if len(run) < 2 or run[-1].text in request_words.PARTICLES:
        return False
    if run[-1].text.isascii() or run[-2].end != run[-1].start:
        return False
    return not is_empty(run[-2])


def is_empty(word: Word) -> bool:
    return word.text in _EMPTY or word.text.replace("'", "") in _EMPTY


_EMPTY = frozenset(
    [*request_words.FILLER, *request_words.ITEM_NOUNS, *request_words.OR, *request_words.AND]
)
_COUNTED = frozenset(product(request_words.COUNTING, request_words.COUNTERS))
"""Signs before which a Chinese sign only counts what follows: 双 in 一双鞋 and 买双鞋."""
_TRAILING = frozenset(phrase(part) for part in request_words.TRAILING.split("/"))
_FUNCTION = frozenset(phrase(part) for part in request_words.EMPTY_PHRASES.split("/"))
