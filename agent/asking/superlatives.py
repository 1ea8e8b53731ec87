# ruff: noqa: E501
"""The most of something: "the cheapest", "newest", "longest", 最便宜的."""

import re
from collections.abc import Iterator
from typing import Literal

from shelftalker.asking.bounds import Quantity
from shelftalker.asking.vocabulary import Vocabulary
from shelftalker.asking.words import stem

End = Literal["lowest", "highest"]
SEVERAL = 3
"""How many are meant where several are asked for: "the cheapest lamps"."""
_WORDS: dict[tuple[str, End], str] = {
    (
        "price",
        "lowest",
    ): r"cheapest|least expensive|lowest[- ]priced?|most affordable|billigste\w*|gunstigste\w*|preiswerteste\w*|(?:le|la|les) moins che?re?s?|(?:el|la|los|las) mas barat[oa]s?|最便宜|最低价|价格最低",
    (
        "price",
        "highest",
    ): r"most expensive|priciest|highest[- ]priced?|teuerste\w*|(?:le|la|les) plus che?re?s?|(?:el|la|los|las) mas car[oa]s?|最贵",
    (
        "dates",
        "highest",
    ): r"newest|most recent|latest|neu?e?ste[nrs]?|(?:le|la|les) plus recente?s?|(?:el|la|los|las) mas (?:nuev[oa]s?|recientes?)|最新",
    (
        "dates",
        "lowest",
    ): r"oldest|earliest|alteste\w*|(?:le|la|les) plus ancien(?:ne)?s?|(?:el|la|los|las) mas (?:antigu|viej)[oa]s?|最早|最老|最旧",
    (
        "minutes",
        "highest",
    ): r"longest|langste\w*|(?:le|la|les) plus longu?e?s?|(?:el|la|los|las) mas larg[oa]s?|最长",
    (
        "minutes",
        "lowest",
    ): r"shortest|kurzeste\w*|(?:le|la|les) plus courte?s?|(?:el|la|los|las) mas cort[oa]s?|最短",
    ("stars", "highest"): r"(?:best|highest|top)[- ]rated|bestbewertete\w*|评分最高|最高分",
}
_PATTERNS = {
    key: re.compile(rf"(?<![a-z-])(?<!at the )(?:{words})(?![a-z-])")
    for key, words in _WORDS.items()
}


def superlatives(text: str, vocabulary: Vocabulary) -> Iterator[Quantity]:
    """The lowest or highest of a field, `low` of them; of one the catalogue lacks, the field is
    `price`, `minutes`, `dates` or `stars`, and `low` None."""
    for (what, end), pattern in _PATTERNS.items():
        field = _field(what, vocabulary)
        for match in pattern.finditer(text):
            count = float(SEVERAL if _of_several(text, match.end()) else 1) if field else None
            yield Quantity(match.start(), match.end(), field or what, count, None, unit=end)


def _field(what: str, vocabulary: Vocabulary) -> str | None:
    plain = vocabulary.measured("plain")
    found = {
        "price": vocabulary.measured("price"),
        "dates": [*vocabulary.dates, *vocabulary.measured("year")],
        "minutes": [
            *(f for m in ("minutes", "seconds", "hours") for f in vocabulary.measured(m)),
            *(f for f in plain if "page" in f.casefold()),
        ],
        "stars": [f for f in plain if re.search("star|rating", f, re.I)],
    }[what]
    return found[0] if found else None


def _of_several(text: str, end: int) -> bool:
    """Does a plural follow in the clause, or 几 and 些?"""
    clause = re.split(r"[,.;!?，。！？]|\b(?:of|from|by|with|in|under|for)\b", text[end:])[0]
    words = re.findall(r"[a-z]+", clause)[:4]
    return any(stem(word) != word for word in words) or bool(re.search("几|些|两|三", clause))
