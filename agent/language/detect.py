"""Detect the language of a short text: by its script, else by stop words."""

import re
from collections.abc import Iterable

from shelftalker.language.tokens import words

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
STOP_WORDS = {
    "en": "the a an and with without not no for of from in something i but by like under "
    "after before want than about is to please",
    "de": "der die das und ein eine einen nicht ohne kein keine keinen mit fur ich nach vor "
    "von aus den etwas wie aber bitte uber unter im filme bucher oder auf zwischen "
    "weniger als",
    "fr": "le la les un une des du de pas sans avec pour je est apres avant et ou en mais "
    "plus moins annees par quelque comme d' l' dans livre au",
    "es": "el la los las un una de sin con para no y que del antes despues pero quiero algo "
    "como mas menos anos por pelicula peliculas libro entre en",
}
_STOPS = {name: frozenset(text.split()) for name, text in STOP_WORDS.items()}


def of_titles(titles: Iterable[str]) -> str:
    """`zh` if more than half of the titles are Chinese, else `en`."""
    chinese = [detect(title) == "zh" for title in titles]
    return "zh" if 2 * sum(chinese) > len(chinese) else "en"


def detect(message: str) -> str:
    """The ISO 639-1 code of the language of a message; `en` if there is no evidence."""
    for name, script in _SCRIPTS:
        if script.search(message):
            return name
    tokens = [word.text for word in words(message)]
    counts = {name: sum(word in stops for word in tokens) for name, stops in _STOPS.items()}
    return max(counts, key=lambda name: (counts[name], name == "en"))
