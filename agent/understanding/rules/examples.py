"""Find the items that a message names as examples: "like Heat", "loved Heat and Fargo", 像Heat.

A title counts only after such a cue, since titles ("Home") are ordinary words elsewhere.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.language.tokens import Word
from shelftalker.understanding.rules.mentions import cue, runs_on
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import MAX_PHRASE_WORDS, CatalogVocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """Words first..last, including the cue, name these items."""

    first: int
    last: int
    items: tuple[str, ...]


def find_examples(tokens: Sequence[Word], vocabulary: CatalogVocabulary) -> list[Example]:
    """The titles named as examples: after "like X", and on through "X, Y and Z"."""
    matches: list[Example] = []
    place = 0
    while place < len(tokens):
        length = cue(tokens, place, request_words.LIKE)
        verb = place and tokens[place - 1].text in ("would", "i'd", "d", "feel", "also")
        example = None if not length or verb else title_at(tokens, place + length, vocabulary)
        if example:
            example = _with_year(tokens, replace(example, first=place))
        while example:
            matches.append(example)
            place = example.last
            more = place + 1
            if more < len(tokens) and tokens[more].text in (*request_words.AND, *request_words.OR):
                more += 1
            example = title_at(tokens, more, vocabulary)
        place += 1
    return matches


def find_titles(
    tokens: Sequence[Word],
    taken: Sequence[bool],
    vocabulary: CatalogVocabulary,
    accepts: Callable[[Example], bool],
) -> list[Example]:
    """The titles among words not interpreted yet that are accepted, each the longest there."""
    matches: list[Example] = []
    place = 0
    while place < len(tokens):
        example = None if taken[place] else _longest_title(tokens, place, vocabulary)
        if example and not any(taken[place : example.last + 1]) and accepts(example):
            matches.append(_with_year(tokens, example))
            place = matches[-1].last
        place += 1
    return matches


def stands_out(tokens: Sequence[Word], text: str, message: str, example: Example) -> bool:
    """Whether it looks like a title: several words with capitals, in quotes, or before a year in
    brackets."""
    run = tokens[example.first : example.last + 1]
    quoted = message[max(run[0].start - 1, 0) : run[0].start] in ("'", '"', "“", "‘", "《", "[")
    dated = re.match(r" ?\((?:19|20)\d\d\)", text[run[-1].end :]) is not None
    several = len(run) > 1 and run[0].capital and run[-1].capital
    return quoted or dated or several


def is_spelled_as_title(tokens: Sequence[Word], example: Example) -> bool:
    """Whether a word has a capital, or the title is no Latin one."""
    run = tokens[example.first : example.last + 1]
    return not run[0].text.isascii() or any(word.raw != word.text for word in run)


def meant(items: tuple[str, ...], catalog: Catalog, filters: Sequence[Filter]) -> tuple[str, ...]:
    """The items of a title that an example means. If some fit the filters, the others are meant:
    "like the Mug but red" means the blue mug as the example and the red one as a result."""
    fit = allowed_items(catalog, filters)
    return tuple(item_id for item_id in items if not fit[catalog.row(item_id)]) or items


def _with_year(tokens: Sequence[Word], example: Example) -> Example:
    """ "Die Hard (1988)": the year in brackets belongs to the title."""
    if example.last + 1 == len(tokens):
        return example
    after = tokens[example.last + 1]
    year = after.start - tokens[example.last].end == 2 and after.text.isdigit()
    return replace(example, last=example.last + 1) if year and len(after.text) == 4 else example


def title_at(tokens: Sequence[Word], first: int, vocabulary: CatalogVocabulary) -> Example | None:
    """The longest title that starts here; a single common or lower-case word is not enough."""
    if first < len(tokens) and tokens[first].text == "the":
        with_article = _longest_title(tokens, first, vocabulary)
        return with_article or _longest_title(tokens, first + 1, vocabulary)
    return _longest_title(tokens, first, vocabulary)


def _longest_title(
    tokens: Sequence[Word], first: int, vocabulary: CatalogVocabulary
) -> Example | None:
    texts = tuple(word.text for word in tokens[first : first + MAX_PHRASE_WORDS])
    for length in range(len(texts), 0, -1):
        part = texts[:length]
        whole = not runs_on(tokens, first + length - 1)
        if whole and part in vocabulary.titles and _names_a_title(tokens, first, length):
            return Example(first, first + length - 1, vocabulary.titles[part])
    for length in range(min(len(texts), 5), 0, -1):
        near = vocabulary.near_title(texts[:length])
        if near and _names_a_title(tokens, first, length):
            return Example(first, first + length - 1, vocabulary.titles[near])
    return None


def _names_a_title(tokens: Sequence[Word], first: int, length: int) -> bool:
    run = tokens[first : first + length]
    if any(word.capital or word.text[0].isdigit() for word in run):
        return True
    ordinary = {*request_words.FILLER, *request_words.COMMON, *request_words.ITEM_NOUNS}
    telling = [word for word in run if word.text not in ordinary]
    after = tokens[first + length] if first + length < len(tokens) else None
    if length == 1 and after and after.start - run[0].end == 1 and after.text not in ordinary:
        return False  # "like casino royale"
    inside = (
        word.capital
        for before, word in pairwise(tokens)
        if word.start - before.end == 1 and word.text != "i"
    )
    return not any(inside) and bool(telling)
