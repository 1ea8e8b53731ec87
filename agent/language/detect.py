"""Detect the language of a short text: by its script, else by stop words."""

import re
from collections.abc import Iterable
from functools import lru_cache

from shelftalker.language.packs import words
from shelftalker.language.tokens import words as tokenized

_STOPS = {name: frozenset(text.split()) for name, text in words("detection")["STOP_WORDS"].items()}


def of_titles(titles: Iterable[str]) -> str:
    """`zh` if more than half of the titles are Chinese, else `en`."""
    chinese = [_remembered(title) == "zh" for title in titles]
    return "zh" if 2 * sum(chinese) > len(chinese) else "en"


def detect(message: str, otherwise: str = "en") -> str:
    """The ISO 639-1 code of the language of a message; without evidence `otherwise`, or `en` where
    that has a script of its own."""
    for name, script in words("detection")["SCRIPTS"].items():
        if re.search(script, message):
            return str(name)
    tokens = [word.text for word in tokenized(message)]
    counts = {name: sum(word in stops for word in tokens) for name, stops in _STOPS.items()}
    return str(max(counts, key=lambda name: (counts[name], name == otherwise, name == "en")))


_remembered = lru_cache(maxsize=16384)(detect)
