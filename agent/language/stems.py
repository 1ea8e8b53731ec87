"""Stems of a text's words, for comparing texts; Chinese characters count as words."""

import re
from functools import lru_cache

CHINESE = re.compile(r"[\u3400-\u9fff]")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A simple stem: lower case, without plural and possessive endings."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def stems_of(text: str) -> list[str]:
    """Stems of a text's words and its numbers, in order; Chinese characters one by one."""
    return list(_stems_of(text))


@lru_cache(maxsize=8192)
def _stems_of(text: str) -> tuple[str, ...]:
    """Kept, as the same items' texts and values are compared in every answer."""
    return tuple(map(stem, _PIECE.findall(text)))


_PIECE = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’]\w+)?")


def has_chinese(text: str) -> bool:
    """Whether a text has any Chinese character."""
    return bool(CHINESE.search(text))
