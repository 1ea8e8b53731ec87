"""Which language a short message is in: Chinese by its script, others by their stop words."""

import re
from collections.abc import Iterable

from shelftalker.language.tokens import words
from shelftalker.understanding.rules import request_words

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
_STOPS = {name: frozenset(text.split()) for name, text in request_words.STOP_WORDS.items()}


def of_titles(titles: Iterable[str]) -> str:
    """Chinese where more than half of the titles are, else English."""
    chinese = [detect(title) == "zh" for title in titles]
    return "zh" if 2 * sum(chinese) > len(chinese) else "en"


def detect(message: str) -> str:
    """The ISO 639-1 code of a message's language; English where nothing says otherwise."""
    for name, script in _SCRIPTS:
        if script.search(message):
            return name
    said = [word.text for word in words(message)]
    counts = {name: sum(word in stops for word in said) for name, stops in _STOPS.items()}
    return max(counts, key=lambda name: (counts[name], name == "en"))
