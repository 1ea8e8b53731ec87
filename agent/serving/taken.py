"""What a request asks for and the visitor took before: it is left out and said, and shown to who
asks for it once more.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.filters import RANKED, Filter, allowed_items
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.language.tokens import fold, words
from shelftalker.types import Request
from shelftalker.understanding.rules.examples import find_examples
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary
from shelftalker.writing.verifier.facts import content_of

Mask = npt.NDArray[np.bool_]


def is_once_more(request: Request) -> bool:
    """Whether a request asks for something again."""
    return re.search(request_words.ONCE_MORE, fold(request.message)) is not None


def names_child(text: str) -> bool:
    """Whether a text names a child."""
    return re.search(request_words.CHILD, fold(text)) is not None


def taken_of(
    request: Request,
    known: Mask,
    filters: Sequence[Filter],
    kind: Mask | None,
    catalog: Catalog,
    vocabulary: CatalogVocabulary,
) -> Mask:
    """Of the `known` items those that a request asks for, bool [items]: what it names by its title;
    else what it asks for where no other item is left of that, or it asks for it once more. `kind`:
    the items that are called what it names."""
    none = np.zeros(len(catalog), bool)
    if not request.message or not known.any():
        return none
    allowed = allowed_items(
        catalog, [one for one in filters if one.op not in RANKED and one.field != "id"]
    )
    examples = {i for one in find_examples(words(request.message), vocabulary) for i in one.items}
    named = none.copy()
    named[catalog.rows([item for item in request.like if item not in examples])] = True
    if (named & known).any():
        return named & known
    wanted, left = kind if kind is not None else _titled(request, catalog), allowed & ~known
    if wanted is not None and (is_once_more(request) or not (left & wanted).any()):
        return known & allowed & wanted
    demands = any(condition.op not in ("excludes", *RANKED) for condition in request.filters)
    return known & allowed if demands and not left.any() else none


def _titled(request: Request, catalog: Catalog) -> Mask | None:
    """The items whose title has all words of a request's text; None where there are none."""
    text = re.sub(request_words.ONCE_MORE, " ", fold(request.text)).strip()
    names = [text] if has_chinese(text) else content_of(stems_of(text))
    titles = catalog.frame["title"].str.to_lowercase()
    held = [titles.str.contains(name, literal=True).to_numpy() for name in names]
    mask = np.logical_and.reduce(held) if held else np.zeros(len(catalog), bool)
    return mask if mask.any() else None
