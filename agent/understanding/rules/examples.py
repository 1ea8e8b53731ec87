"""The items a message names as examples: "like Heat", "loved Heat and Fargo", "像Heat".

A title counts only after such a word, since titles ("Home") are ordinary words elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import Filter, allowed
from shelftalker.language.tokens import Word
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.cues import cue, runs_on
from shelftalker.understanding.rules.vocabulary import LONGEST, CatalogVocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """Words first..last, the cue included, name these items."""

    first: int
    last: int
    items: tuple[str, ...]


def find_examples(said: Sequence[Word], vocabulary: CatalogVocabulary) -> list[Example]:
    """The titles named as examples: after "like X", and on through "X, Y and Z"."""
    found: list[Example] = []
    place = 0
    while place < len(said):
        length = cue(said, place, request_words.LIKE)
        verb = place and said[place - 1].text in ("would", "i'd", "d", "feel", "also")
        example = None if not length or verb else title_at(said, place + length, vocabulary)
        if example:
            example = _with_year(said, replace(example, first=place))
        while example:
            found.append(example)
            place = example.last
            more = place + 1
            if more < len(said) and said[more].text in (*request_words.AND, *request_words.OR):
                more += 1
            example = title_at(said, more, vocabulary)
        place += 1
    return found


def find_ruled_out(
    said: Sequence[Word],
    taken: Sequence[bool],
    ruled_out: Sequence[bool],
    vocabulary: CatalogVocabulary,
) -> list[Example]:
    """The titles named by words that are ruled out and have no other meaning: "not Fargo"."""
    found: list[Example] = []
    place = 0
    while place < len(said):
        free = ruled_out[place] and not taken[place]
        example = _longest_title(said, place, vocabulary) if free else None
        if example and all(
            ruled_out[at] and not taken[at] for at in range(place, example.last + 1)
        ):
            found.append(_with_year(said, example))
            place = found[-1].last
        place += 1
    return found


def meant(
    examples: Sequence[tuple[str, ...]], catalog: Catalog, filters: Sequence[Filter]
) -> tuple[str, ...]:
    """The items that examples mean: "like the Mug but red", where mugs of that title are red or
    blue, means the blue one, and the red one is a find."""
    fit = allowed(catalog, filters)
    found: dict[str, None] = {}
    for items in examples:
        others = [item_id for item_id in items if not fit[catalog.row(item_id)]]
        found.update(dict.fromkeys(others or items))
    return tuple(found)


def _with_year(said: Sequence[Word], example: Example) -> Example:
    """ "Die Hard (1988)": the year in brackets belongs to the title."""
    if example.last + 1 == len(said):
        return example
    after = said[example.last + 1]
    year = after.start - said[example.last].end == 2 and after.text.isdigit()
    return replace(example, last=example.last + 1) if year and len(after.text) == 4 else example


def title_at(said: Sequence[Word], first: int, vocabulary: CatalogVocabulary) -> Example | None:
    """The longest title that starts here; one common or lower-case word alone is not enough."""
    if first < len(said) and said[first].text == "the":
        with_article = _longest_title(said, first, vocabulary)
        return with_article or _longest_title(said, first + 1, vocabulary)
    return _longest_title(said, first, vocabulary)


def _longest_title(
    said: Sequence[Word], first: int, vocabulary: CatalogVocabulary
) -> Example | None:
    texts = tuple(word.text for word in said[first : first + LONGEST])
    for length in range(len(texts), 0, -1):
        part = texts[:length]
        whole = not runs_on(said, first + length - 1)
        if whole and part in vocabulary.titles and _names_a_title(said, first, length):
            return Example(first, first + length - 1, vocabulary.titles[part])
    for length in range(min(len(texts), 5), 0, -1):
        near = vocabulary.near_title(texts[:length])
        if near and _names_a_title(said, first, length):
            return Example(first, first + length - 1, vocabulary.titles[near])
    return None


def _names_a_title(said: Sequence[Word], first: int, length: int) -> bool:
    run = said[first : first + length]
    if any(word.capital or word.text[0].isdigit() for word in run):
        return True
    ordinary = {*request_words.FILLER, *request_words.COMMON, *request_words.KIND}
    telling = [word for word in run if word.text not in ordinary]
    return not any(word.capital for word in said[1:]) and bool(telling)
