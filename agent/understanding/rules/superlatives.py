# ruff: noqa: E501
"""Superlatives: "the cheapest", "newest", "longest", 最便宜的."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from shelftalker.language.packs import words_in
from shelftalker.language.tokens import Word, stem
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.bound import Quantity
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

End = Literal["lowest", "highest"]
SEVERAL = 3
"""How many items a plural means: "the cheapest lamps"."""
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


def superlatives(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """The lowest or highest of a field, `low` of them. If the catalogue has no such field, the field is
    `price`, `minutes`, `dates` or `stars` and `low` is None."""
    for (what, end), pattern in _PATTERNS.items():
        field = measured_field(what, vocabulary)
        for match in pattern.finditer(text):
            count = float(SEVERAL if _of_several(text, match.end()) else 1) if field else None
            yield Quantity(match.start(), match.end(), field or what, count, None, unit=end)


def superlative_ends(text: str) -> list[int]:
    """Where the superlatives of a folded text end, in order."""
    return sorted(m.end() for pattern in _PATTERNS.values() for m in pattern.finditer(text))


def measured_field(what: str, vocabulary: CatalogVocabulary) -> str | None:
    """The field of `price`, `dates`, `minutes` or `stars`, if the catalogue has one."""
    plain = vocabulary.measured("plain")
    matches = {
        "price": vocabulary.measured("price"),
        "dates": [*vocabulary.dates, *vocabulary.measured("year")],
        "minutes": [
            *(f for m in ("minutes", "seconds", "hours") for f in vocabulary.measured(m)),
            *(f for f in plain if re.search("page|(?:^|_)words?(?:_|$)", f, re.I)),
        ],
        "stars": [f for f in plain if re.search("star|rating", f, re.I)],
    }[what]
    return matches[0] if matches else None


def _of_several(text: str, end: int) -> bool:
    """Whether a plural, an uncountable noun ("news"), 几 or 些 follows in the clause."""
    clause = re.split(r"[,.;!?，。！？]|\b(?:of|from|by|with|in|under|for)\b", text[end:])[0]
    words = re.findall(r"[a-z]+", clause)[:4]
    if any(stem(word) != word for word in words) or re.search("几|些|两|三", clause):
        return True
    noun = [word for word in words if word in request_words.ITEM_NOUNS or word in _UNCOUNTED][-1:]
    if noun:
        return noun[0] in _UNCOUNTED
    return bool(re.search(r"(?:新闻|音乐|资讯|消息)", clause)) and not re.search("一", clause)


_UNCOUNTED = words_in(
    "news music stuff coverage musik musique musica furniture clothing jewellery jewelry software"
    " nachrichten noticias merchandise equipment"
)
"""Nouns that are singular and mean several items."""


def is_demand(
    tokens: Sequence[Word], text: str, first: int, last: int, vocabulary: CatalogVocabulary
) -> bool:
    """Whether words first..last ask for an extreme of the catalogue. Not in "my latest", "the latest
    Lion King", "the newest in the series" and "the latest film you saw"."""
    before = tokens[first - 1] if first else None
    if before and (
        before.text in request_words.POSSESSIVES - {"your"} or before.raw.endswith(("'s", "’s"))
    ):
        return False
    clause = re.split(r"[.,;:!?，。！？；]", text[tokens[last].end :])[0]
    if _MET.search(clause) or _MET_ZH.search(text):
        return False
    run = [word for word in tokens[last + 1 :] if word.end <= tokens[last].end + len(clause)]
    for place, word in enumerate(run):
        if word.text in _ENDS:
            after = run[place + 1].text if place + 1 < len(run) else ""
            return not (word.text in ("in", "of") and after == "the")
        known = (
            word.text in request_words.ITEM_NOUNS or word.text in _COUNTS or not word.text.isascii()
        )
        if not known and not _is_value(run, place, vocabulary) and (word.capital or len(run) > 3):
            return False
    return True


def _is_value(run: Sequence[Word], place: int, vocabulary: CatalogVocabulary) -> bool:
    """Whether this word, alone or with its neighbour, is a value of the catalogue."""
    if run[place].text in vocabulary.surnames:
        return True
    spans = (run[place : place + 1], run[place : place + 2], run[max(place - 1, 0) : place + 1])
    return any(
        tuple(word.stem for word in span) in vocabulary.categories
        or tuple(word.text for word in span) in vocabulary.names
        for span in spans
    )


_ENDS = words_in(
    "with by for from under over of starring about please and but or that which who in on at to is"
    " mit von fur unter aus avec par pour de en con por para"
)
_COUNTS = words_in("one two three four five ones other new old")
_MET = re.compile(
    r"\b(?:you|i|we|he|she|they)(?:'ve|'d| have| had| just| recently| last| ever)*"
    r" (?:watch(?:ed)?|seen|saw|see|read|heard|bought|tried|own|liked|loved)\b"
)
_MET_ZH = re.compile("[你我他她]们?(?:看|读|听|买|玩)过?的?最")
