"""The kind of item that a superlative is about: "the cheapest knife" is the cheapest of the knives,
also if "knife" is no catalogue value but a word in titles.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import value_key
from shelftalker.language.tokens import Word, fold, stem, words
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
    named = _names_of_kind(message, text)
    if not named:
        return None
    if not named[-1].isascii():
        masks = (_named(name, catalog, vocabulary) & among for name in named)
        return next((mask for mask in masks if mask.any()), None)
    mask = _named(named[-1], catalog, vocabulary) & among
    for name in reversed(named[:-1]):
        narrower = mask & _named(name, catalog, vocabulary)
        mask = narrower if narrower.any() else mask
    return mask if mask.any() else None


def _names_of_kind(message: str, text: str) -> list[str]:
    """The free words of the noun phrase after the first superlative, the noun last; for a Chinese
    phrase its endings, the longest first."""
    tokens, folded = words(message), fold(message)
    free = {word.text for word in words(text)}
    for end in superlative_ends(folded):
        run = _phrase_after(tokens, folded, end)
        if not run or run[-1].text not in free or run[-1].text in _ANY_KIND:
            return []
        kept = [word for word in run if word.text in free and word.text not in request_words.FILLER]
        if run[-1].text.isascii():
            return [word.text for word in kept]
        joined = "".join(word.text for word in kept)
        return [joined[-n:] for n in range(len(joined), min(len(joined), 2) - 1, -1)]
    return []


def _phrase_after(tokens: Sequence[Word], text: str, end: int) -> list[Word]:
    """The words from text[end:] to a preposition or the end of the clause, without final filler."""
    run: list[Word] = []
    for word in tokens:
        if word.start < end:
            continue
        gap = text[run[-1].end if run else end : word.start]
        if STOPS.search(gap) or COMMAS.search(gap) or word.text in _STOPPING:
            break
        run.append(word)
    while run and run[-1].text in request_words.FILLER:
        run.pop()
    return run


def _named(name: str, catalog: Catalog, vocabulary: CatalogVocabulary) -> Mask:
    """The items that have the word in their title or in a category, bool [items]."""
    forms = "|".join(map(re.escape, _forms(name)))
    edge = r"\b" if name.isascii() else ""
    title = catalog.frame["title"].str.contains(rf"(?i){edge}(?:{forms}){edge}")
    mask: Mask = title.fill_null(False).to_numpy().copy()
    for stems, entries in vocabulary.categories.items():
        if stem(name) in stems:
            for entry in entries:
                mask[catalog.column(entry.field).rows.get(value_key(entry.value), [])] = True
    return mask


def _forms(name: str) -> set[str]:
    """A noun in the singular and in the plural: knife and knives, dishes and dish."""
    one = stem(name)
    forms = {name, one}
    if name.isascii():
        forms |= {f"{one}s", f"{one}es"}
        forms |= {re.sub("ve$", "f", one), re.sub("ve$", "fe", one), re.sub("fe?$", "ves", one)}
        forms |= {re.sub("y$", "ies", one)}
    return forms


_STOPPING = {
    *request_words.PREPOSITIONS,
    *request_words.PLACE_PREPOSITIONS,
    *request_words.CONTRAST_WORDS,
    *request_words.AND,
    *request_words.OR,
    *number_words.PHRASE_ENDS,
}
_ANY_KIND = {*request_words.ITEM_NOUNS, *request_words.ANY_KIND}
