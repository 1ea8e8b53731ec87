"""Superlatives: "the cheapest", "newest", "longest", 最便宜的, 越便宜越好."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from shelftalker.language.tokens import Word, stem
from shelftalker.understanding.rules.quantity import Quantity
from shelftalker.understanding.rules.tables import number_words as table
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

End = Literal["lowest", "highest"]
SEVERAL = 3
"""How many items a plural means: "the cheapest lamps"."""


def _with_the_more(words: str) -> str:
    """A pattern that also takes 越便宜越好 where it has 最便宜."""
    return re.sub(r"最(\(\?:[^)]*\)|\[[^]]*\]|\w+)", r"(?:最\1|[越愈]\1的?[越愈]好)", words)


_PATTERNS: dict[tuple[str, End], re.Pattern[str]] = {
    (what, "highest" if sign > 0 else "lowest"): re.compile(
        rf"(?<![a-z-])(?<!at the )(?:{_with_the_more(words)})(?![a-z-])"
    )
    for (what, sign), words in table.SUPERLATIVES.items()
}


def superlatives(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """The lowest or highest of a field, `low` of them. If the catalogue has no such field, the
    field is `price`, `minutes`, `dates` or `stars` and `low` is None; no size is missed."""
    for (what, end), pattern in _PATTERNS.items():
        field = measured_field(what, vocabulary)
        for match in pattern.finditer(text) if field or what != "size" else ():
            count = float(SEVERAL if _of_several(text, match.end()) else 1) if field else None
            yield Quantity(match.start(), match.end(), field or what, count, None, unit=end)


def superlative_ends(text: str) -> list[int]:
    """Where the superlatives of a folded text end, in order."""
    return sorted(m.end() for pattern in _PATTERNS.values() for m in pattern.finditer(text))


def measured_field(what: str, vocabulary: CatalogVocabulary) -> str | None:
    """The field of `price`, `dates`, `minutes`, `stars` or `size`, if the catalogue has one."""
    plain = vocabulary.measured("plain")
    matches = {
        "price": vocabulary.measured("price"),
        "dates": [*vocabulary.dates, *vocabulary.measured("year")],
        "minutes": [
            *vocabulary.durations,
            *(f for f in plain if re.search("page|(?:^|_)words?(?:_|$)", f, re.I)),
        ],
        "stars": [f for f in plain if re.search("star|rating", f, re.I)],
        "size": [f for f in plain if re.search("size|capacity|volume|尺寸|容量|大小", f, re.I)],
    }[what]
    return matches[0] if matches else None


def _of_several(text: str, end: int) -> bool:
    """Whether a plural, an uncountable noun ("news"), 几 or 些 follows in the clause."""
    clause = re.split(r"[,.;!?，。！？]|\b(?:of|from|by|with|in|under|for)\b", text[end:])[0]
    words = re.findall(r"[a-z]+", clause)[:4]
    if any(stem(word) != word for word in words) or re.search("几|些|两|三", clause):
        return True
    nouns = [word for word in words if word in request_words.ITEM_NOUNS | table.UNCOUNTED]
    if nouns:
        return nouns[-1] in table.UNCOUNTED
    return bool(re.search(r"(?:新闻|音乐|资讯|消息)", clause)) and not re.search("一", clause)


def is_demand(
    tokens: Sequence[Word], text: str, first: int, last: int, vocabulary: CatalogVocabulary
) -> bool:
    """Whether words first..last ask for an extreme of the catalogue. Not in "my latest", "the
    latest Lion King", "the newest in the series" and "the latest film you saw"."""
    before = tokens[first - 1] if first else None
    if before and (
        before.text in request_words.POSSESSIVES - {"your"} or before.raw.endswith(("'s", "’s"))
    ):
        return False
    clause = re.split(r"[.,;:!?，。！？；]", text[tokens[last].end :])[0]
    if re.search(table.MET, clause) or re.search(table.MET_ZH, text):
        return False
    run = [word for word in tokens[last + 1 :] if word.end <= tokens[last].end + len(clause)]
    for place, word in enumerate(run):
        if word.text in table.PHRASE_ENDS:
            after = run[place + 1].text if place + 1 < len(run) else ""
            return not (word.text in ("in", "of") and after == "the")
        known = (
            word.text in request_words.ITEM_NOUNS
            or word.text in table.COUNTS
            or not word.text.isascii()
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
