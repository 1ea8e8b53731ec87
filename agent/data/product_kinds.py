"""The kind of product in a title, `gel pens` in `Halden 0.7mm Gel Pens, Blue, 12 Count`, and the
kind that two titles share: the words that both end in, before the details. A catalogue with only
titles and brands shows that much.
"""

import re
from itertools import takewhile

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of
from shelftalker.data.words import word_lists
from shelftalker.language.stems import stem

MAX_KIND_WORDS = 3
"""More words of a title are a name."""


def kind_in_common(title: str, other: str, brands: frozenset[str] = frozenset()) -> str:
    """The words that the product names of both titles end in, as in the first title, in lower case;
    empty where there are none. `brands`: stems of words that are names."""
    own, theirs = product_name(title), product_name(other)
    alike = takewhile(
        lambda pair: stem(pair[0]) == stem(pair[1]), zip(own[::-1], theirs[::-1], strict=False)
    )
    nouns = takewhile(lambda word: _is_common(word, brands), (word for word, _ in alike))
    words = list(nouns)[:MAX_KIND_WORDS][::-1]
    if not words or stem(words[-1]) in _NOT_NOUNS or words[-1].endswith(_ADJECTIVE_ENDINGS):
        return ""
    if len(words) == 1 and stem(words[0]) in _NOT_ALONE:
        return ""
    return " ".join(words).lower()


def shared_kind(item: Item, other: Item) -> str:
    """`kind_in_common` of two items, without the words of their brands."""
    brands = [
        text
        for one in (item, other)
        for field, value in one.attributes.items()
        if role_of(field) in ("brand", "publisher")
        for text in texts_of(value)
    ]
    names = frozenset(stem(word) for text in brands for word in text.split())
    return kind_in_common(item.title, other.title, names)


def kind_named(title: str) -> str:
    """The kind in one title, in at most two words: `gel pens`."""
    return " ".join(kind_in_common(title, title).split()[-2:])


def product_name(title: str) -> list[str]:
    """The words at the end of the title's part that names the product; none where it ends in no
    word, or where commas may separate one name (`Paper, CD, and Card Shredder`)."""
    head, *rest = _DETAILS.split(title, maxsplit=1)
    if re.search(r"\band\b|&", "".join(rest)):
        return []
    head = _MEASURES.sub("", head.strip())
    words = re.split(r"\s+|(?=[/+&])|(?<=[/+&])", head)
    tail = takewhile(lambda word: re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", word), words[::-1])
    name = list(tail)[::-1]
    for at, word in enumerate(name):
        if word.lower() in ("and", "or", "of"):
            return name[at + 2 :]  # `Write and Erase Dividers`, `Table of Contents Dividers`
    joined = len(name) < len(words) and words[-len(name) - 1] in ("&", "/", "+")
    return name[1:] if joined else name


def _is_common(word: str, brands: frozenset[str]) -> bool:
    """Neither a brand nor a code (`XL`), and longer than two letters."""
    return len(word) > 2 and not word.isupper() and word.isascii() and stem(word) not in brands


_DETAILS = re.compile(
    r"[,(\[|;:]|\s[-–—]\s|\s(?:with|for|w/|in|from|by|to|plus|featuring|compatible|fits|"
    r"replacement)\b",
    re.IGNORECASE,
)
_MEASURES = re.compile(r"(?:\s+(?:\d[\d.,/x%-]*(?:\s+[a-zµ°]{1,4})?|[A-Z]+-?\d[\w-]*))+$")
"""Numbers with their units, and codes, after the kind: `Duvet 9 tog`, `Grinder HG-48`."""
_LISTS = word_lists("product_kinds")
_NOT_NOUNS = frozenset(map(stem, _LISTS["not_nouns"].split()))
_NOT_ALONE = frozenset(_LISTS["not_alone"].split())
_ADJECTIVE_ENDINGS = tuple(_LISTS["adjective_endings"].split())
