# ruff: noqa: E501
"""Numbers with a unit that the catalogue counts: "under 300 pages", "exactly 1000 words", 300页以内.

A unit is the name of a numeric field, in any of the five languages for the usual ones.
"""

import re
from collections.abc import Iterator

from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.tokens import stem
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.bound import (
    ABOUT,
    LESS,
    MORE,
    NEAR_TIME,
    OR_SO,
    TO,
    Quantity,
    bound,
)
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

_UNITS = {
    "page": "pages?|seiten?|paginas?|页",
    "word": "words?|worter[n]?|mots?|palabras?|字|词",
    "track": "tracks?|songs?|titeln?|titres?|morceaux|canciones|pistas|首(?:歌|曲)?|曲",
    "chapter": "chapters?|kapiteln?|chapitres?|capitulos?|章",
    "episode": "episodes?|folgen?|episoden?|episodios?|集",
    "season": "seasons?|staffeln?|saisons?|temporadas?|季",
    "volume": "volumes?|bande?n?|tomes?|tomos?|卷|册",
    "star": "stars?|sternen?|etoiles?|estrellas?|星",
}
"""The unit that a field counts, and its words after a number."""
_SAME = {"song": "track"}
_TOTAL = {"count", "number", "num", "total", "n", "of"}
"""Parts of a field's name that only mean that it is a count: `page_count`."""
_EXACTLY = r"(?:exactly|precisely|genau|exactement|exactamente|正好|刚好|恰好)"
_FEWER = r"(?:or (?:less|fewer|shorter|under)|at most|max|tops|oder weniger|ou moins|o menos|[以之]?内|以下|之下)"
_MORE = r"(?:or (?:more|longer|over)|and up|plus|oder mehr|ou plus|o mas|以上)"
_COMPARED = re.compile(rf"(?<![a-z])(?:{LESS}|{MORE}|{ABOUT}|{_EXACTLY}) ?$")


def counts(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """Bounds on the fields whose unit follows a number."""
    for field in vocabulary.measured("plain"):
        for pattern, side in _patterns(_unit(field)):
            for match in pattern.finditer(text):
                yield _counted(match, field, side)


def is_of_things(text: str, start: int, end: int, vocabulary: CatalogVocabulary) -> bool:
    """Whether the number at text[start:end] counts things and is no year: "more than 1000 words",
    "1200 pages". It does after a comparison and before a plural; a year stands before the kind of
    item ("1994 songs", "over 1994 comedies") or before a word that continues the sentence."""
    after = re.match(r"[ -]?([^\W\d_]+)", text[end:])
    if not after:
        return False
    noun = after[1]
    plural = stem(noun) != noun or not noun.isascii()
    ordinary = noun in request_words.ITEM_NOUNS or (stem(noun),) in vocabulary.categories
    if ordinary or not plural:
        return False
    if any(re.match(rf"(?:{forms})(?![a-z])", noun) for forms in _UNITS.values()):
        return True
    goes_on = noun in request_words.FILLER or noun in request_words.PREPOSITIONS
    return noun.isascii() and not goes_on and bool(_COMPARED.search(text[:start]))


def _unit(field: str) -> str:
    """A pattern for the unit of this field after a number."""
    parts = [stem(part) for part in re.split(r"[\W_]+", field.casefold()) if part]
    telling = [part for part in parts if part not in _TOTAL] or parts
    name = _SAME.get(telling[-1], telling[-1])
    return _UNITS.get(name, rf"{re.escape(name)}s?")


def _patterns(unit: str) -> Iterator[tuple[re.Pattern[str], str]]:
    def some(name: str) -> str:
        return rf"(?P<{name}>{NUMBER})[ -]?(?:{unit})(?![a-z])"

    for pattern, side in (
        (rf"(?<![a-z])(?:(?:between|from|zwischen|von|entre|de) |从)?(?P<low>{NUMBER})(?:[ -]?(?:{unit})(?![a-z]))?{TO}{some('high')}(?: ?之间)?", "both"),
        (rf"(?<![a-z]){_EXACTLY} ?{some('exact')}|{some('exact_')} (?:exactly|precisely)\b", "exact"),
        (rf"(?<![a-z]){LESS} ?{some('high')}", "high"),
        (rf"(?<![a-z]){MORE} ?{some('low')}", "low"),
        (rf"{some('high')} ?{_FEWER}", "high"),
        (rf"{some('low')} ?{_MORE}", "low"),
        (rf"(?<![a-z]){ABOUT} ?{some('near')}|{some('near_')} ?{OR_SO}", "near"),
    ):  # fmt: skip
        yield re.compile(pattern), side


def _counted(match: re.Match[str], field: str, side: str) -> Quantity:
    numbers = {name.rstrip("_"): value(n) for name, n in match.groupdict().items() if n}
    if side == "both":
        return Quantity(match.start(), match.end(), field, numbers["low"], numbers["high"])
    if side == "exact":
        return Quantity(match.start(), match.end(), field, numbers["exact"], numbers["exact"])
    return bound(match, field, side, numbers[side], near=NEAR_TIME)
