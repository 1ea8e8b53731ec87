# ruff: noqa: E501
"""The audience that a message names: "für meine Tochter, sie ist sechs", "for a 7-year-old", 适合六岁.

An age becomes a filter that the catalogue can check: on a minimum age, on a certificate, or on the
category of items for children.
"""

import re
from dataclasses import dataclass

from shelftalker.data.filters import Filter
from shelftalker.language.tokens import phrase, stem
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

CHILD_UNTIL = 11
"""Up to this age a request means items for children."""


@dataclass(frozen=True, slots=True)
class Audience:
    """An age in years, read from text[start:end]."""

    start: int
    end: int
    age: int


def find_audience(text: str) -> Audience | None:
    """The age in a folded message. "She is six" counts only if the message mentions a child."""
    patterns = [_AGED, _IS] if _CHILD.search(text) else [_AGED]
    for pattern in patterns:
        if match := pattern.search(text):
            age = next(filter(None, match.groups()))
            return Audience(match.start(), match.end(), _NUMBERS.get(age) or int(age))
    return None


def audience_filters(audience: Audience, vocabulary: CatalogVocabulary) -> list[Filter]:
    """The filters for that age; none if the catalogue has no field for it."""
    for field in vocabulary.measured("plain"):
        if field.casefold() in _AGE_FIELDS:
            return [Filter(field, "at_most", float(audience.age))]
    if filters := _certified(audience.age, vocabulary):
        return filters
    children = vocabulary.categories.get((stem("children"),), ())
    if children and audience.age <= CHILD_UNTIL:
        return [Filter(children[0].field, "contains", children[0].value)]
    return []


def _certified(age: int, vocabulary: CatalogVocabulary) -> list[Filter]:
    """The certificates allowed at that age, if the catalogue has such a field."""
    filters: dict[str, list[str]] = {}
    for entries in [*vocabulary.categories.values(), *vocabulary.names.values()]:
        for entry in entries:
            least = _CERTIFICATES.get(" ".join(phrase(entry.value)))
            if entry.field.casefold() in _CERTIFICATE_FIELDS and least is not None and least <= age:
                filters.setdefault(entry.field, []).append(entry.value)
    return [
        Filter(name, "any_of", tuple(sorted(set(values))))
        for name, values in list(filters.items())[:1]
    ]


_NUMBERS = {
    word: number
    for line in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
        "eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn",
        "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze",
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce",
        "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四",
    )
    for number, word in enumerate(line.split(), start=1)
}
_N = rf"(\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_AGED = re.compile(
    rf"(?<![a-z\d]){_N}[ -]?years?[ -]olds?\b|\baged? {_N}\b|(?<![a-z\d]){_N}[ -]?jahre alt"
    rf"|(?<![a-z\d]){_N}-?jahrige[rnms]?\b|\b(?:a|de) {_N} ans\b|\b(?:tiene|de) {_N} anos\b|{_N} ?岁"
)
_IS = re.compile(
    rf"\b(?:(?:he|she|they)(?:'s| is| are)|who(?:'s| is)|turning|(?:er|sie|es) (?:ist|wird)|(?:der|die|das))"
    rf" {_N}(?: ist)?\b(?! (?:hours?|minutes?|stunden?))"
)
_CHILD = re.compile(
    r"\b(?:daughters?|sons?|kids?|child(?:ren)?|niece|nephew|grand(?:son|daughter|child)|girl|boy"
    r"|tochter|sohn|kind(?:er)?|nichte|neffe|enkel(?:in)?|fille|fils|enfants?|hij[oa]s?|nin[oa]s?"
    r"|little (?:one|sister|brother))\b|女儿|儿子|孩子"
)
_AGE_FIELDS = frozenset(
    ["age", "min_age", "minimum_age", "age_from", "from_age", "recommended_age", "fsk"]
)
_CERTIFICATE_FIELDS = frozenset(
    ["certificate", "certification", "rating", "mpaa", "age_rating", "fsk", "rated"]
)
_CERTIFICATES = {
    "g": 0, "u": 0, "tv g": 0, "fsk 0": 0, "0": 0, "tv y": 0, "fsk 6": 6, "6": 6, "tv y7": 7,
    "pg": 8, "tv pg": 8, "12": 12, "12a": 12, "fsk 12": 12, "pg 13": 13, "tv 14": 14, "15": 15,
    "16": 16, "fsk 16": 16, "r": 17, "nc 17": 18, "18": 18, "fsk 18": 18,
}  # fmt: skip
