"""The kind of item that a superlative is about: "the cheapest knife" is the cheapest of the knives,
also if "knife" is no catalogue value but a word in titles.
"""

import re

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import value_key
from shelftalker.language.things import head_of, names_thing
from shelftalker.language.tokens import fold, stem, words
from shelftalker.understanding.rules.negation import COMMAS, STOPS
from shelftalker.understanding.rules.superlatives import superlative_ends
from shelftalker.understanding.rules.tables import number_words, request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

Mask = npt.NDArray[np.bool_]


def of_kind(
    message: str, text: str, catalog: Catalog, vocabulary: CatalogVocabulary, among: Mask
) -> Mask | None:
    """The items of the kind that a superlative of the message is about, bool [items]: those with
    the last noun of its phrase, narrowed by the words before it while any item is left. None if it
    names no kind or no item in `among` is of that kind. `text`: the free words of the message."""
    mask: Mask | None = None
    for name in reversed(_phrase(message, text)):
        narrower = (among if mask is None else mask) & _named(name, catalog, vocabulary)
        if narrower.any():
            mask = narrower
        elif mask is None and name.isascii():
            return None
    return mask


def kind_asked(
    message: str, text: str, catalog: Catalog, vocabulary: CatalogVocabulary
) -> Mask | None:
    """The items that a title or a category calls what a request names (`a jacket` of `a warm jacket
    for the hills`), bool [items]: before what the title says it is for or comes with. None where no
    thing is named or none is called so."""
    head = head_of(message)
    if not head or head[-1] not in {w.text for w in words(text)} or not names_thing(" ".join(head)):
        return None
    if head[-1] in _ANY_KIND or head[-1] in request_words.FILLER:
        return None
    mask = _named(head[-1], catalog, vocabulary, without=_BESIDE)
    return mask if mask.any() else None


def _phrase(message: str, text: str) -> list[str]:
    """The free words after the first superlative, up to a preposition or the end of the clause."""
    folded = fold(message)
    free = {word.text for word in words(text)}
    run: list[str] = []
    at = next(iter(superlative_ends(folded)), len(folded))
    for word in words(message):
        gap = folded[at : word.start]
        if word.start < at:
            continue
        if STOPS.search(gap) or COMMAS.search(gap) or word.text in _STOPPING:
            break
        run.append(word.text)
        at = word.end
    while run and run[-1] in request_words.FILLER:
        run.pop()
    if not run or run[-1] not in free or run[-1] in _ANY_KIND:
        return []
    return [name for name in run if name in free and name not in request_words.FILLER]


def _named(name: str, catalog: Catalog, vocabulary: CatalogVocabulary, without: str = "") -> Mask:
    """The items that have the word in their title, without a pattern, or in a category, bool
    [items]."""
    one, edge = stem(name), r"\b" if name.isascii() else ""
    bare = re.sub("(?:fe?|ve|y)$", "", one) if name.isascii() else one  # knife and knives
    ending = "(?:fe?|ve|y|ie)" if bare != one else ""
    plural = "(?:e?s)?" if name.isascii() else ""
    pattern = f"{edge}{re.escape(bare)}{ending}{plural}{edge}"
    mask: Mask = np.zeros(len(catalog), bool)
    if bare in vocabulary.title_text:  # most words of a request are in no title
        titles = catalog.frame["title"]
        titles = titles.str.replace_all(without, "") if without else titles
        title = titles.str.contains(f"(?i){pattern}")
        mask = title.fill_null(False).to_numpy().copy()
    for stems, entries in vocabulary.categories.items():
        if one in stems:
            for entry in entries:
                mask[catalog.column(entry.field).rows.get(value_key(entry.value), [])] = True
    return mask


_BESIDE = r"(?i)\s(?:for|with|to|fits|w/)\s.*$|\(.*?\)"
"""What a title says beside the name of the thing."""
_STOPPING = {
    *request_words.PREPOSITIONS,
    *request_words.PLACE_PREPOSITIONS,
    *request_words.CONTRAST_WORDS,
    *request_words.AND,
    *request_words.OR,
    *number_words.PHRASE_ENDS,
}
_ANY_KIND = {*request_words.ITEM_NOUNS, *request_words.ANY_KIND}
