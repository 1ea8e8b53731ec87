"""The type of an item, for the noun that texts use: film, book, news article, music, product.

One field is not enough: many kinds of items have an author or a duration. The type is taken from
the item's own `type` field, from several of its fields, or from the domain's name where no field
contradicts it. What has a price and nobody who made it is a product. Otherwise the type is `any`,
and texts use a noun that fits everything.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, role_of, words_in
from shelftalker.data.values import texts_of
from shelftalker.data.words import word_lists
from shelftalker.language.stems import has_chinese

_LISTS = word_lists("item_types")
TITLE_GENRES = frozenset(_LISTS["title_genres"].split())
"""Genres of films and novels: an item with one of them may be called a title."""


def noun_of(item: Item) -> str:
    """`film`, `book`, `music`, `news` or `thing` (a product); where the type is unknown, `title`
    for an item with a genre of films and novels, else `any`."""
    return _noun_of(item, item.called)


@lru_cache(maxsize=16384)
def _noun_of(item: Item, called: str) -> str:
    roles = {role_of(field) for field in item.attributes}
    if "brand" in roles and not roles & PEOPLE:
        return "thing"
    words = {word for field in item.attributes for word in words_in(field)}
    noun = _by_type(item) or ("other" if words & _OTHER_FIELDS else _by_fields(item, roles, words))
    if noun in ("", "other"):
        sold = item.price is not None and not roles & PEOPLE
        fallback = "title" if TITLE_GENRES & set(_genres(item)) else "thing" if sold else "any"
        return fallback if noun else called or fallback
    return noun


def noun_in_domain(domain: str) -> str:
    """The noun in a domain's name, empty where there is none: `film` for `films-de`."""
    words = re.findall(r"[^\W\d_]+", domain.casefold())
    return next((_DOMAIN_NOUNS[word] for word in words if word in _DOMAIN_NOUNS), "")


def is_type_name(text: str) -> bool:
    """Whether a text is only the name of an item type: `Books`."""
    return text.casefold() in _NOUNS


def _by_type(item: Item) -> str:
    """The noun of a field like `type`; `other` for a type without a noun here."""
    for field, value in item.attributes.items():
        if words_in(field) and words_in(field)[-1] in _TYPE_WORDS:
            for text in texts_of(value):
                if noun := _NOUNS.get(text.casefold()):
                    return noun
    return ""


def _by_fields(item: Item, roles: set[str], words: set[str]) -> str:
    """The noun that several fields indicate together."""
    crew = roles & {"director", "cast", "runtime", "writer"}
    if crew & {"director", "cast"} and (len(crew) > 1 or TITLE_GENRES & set(_genres(item))):
        return "film"
    if "author" in roles and (
        words & _BOOK_FIELDS
        or any(str(v).isdigit() for v in _values(item, "pages"))  # an article has a range of them
        or any(
            _NOUNS.get(t.casefold()) == "book" for v in _values(item, "genre") for t in texts_of(v)
        )
    ):
        return "book"
    if "artist" in roles and words & _MUSIC_FIELDS:
        return "music"
    dated = any(len(re.findall(r"\d+", str(v))) > 1 for v in _values(item, "year"))
    reported = roles & {"author", "topic"} and words & {"section", "栏目"} and dated
    return "news" if reported or ("entities" in words and "genre" in roles) else ""


def _values(item: Item, role: str) -> list[Value]:
    return [value for field, value in item.attributes.items() if role_of(field) == role]


def _genres(item: Item) -> Iterator[str]:
    """The genres, case-folded, without the sections of a site or shop; a Chinese one also without
    its last character 片."""
    for field, value in item.attributes.items():
        if role_of(field) == "genre" and words_in(field)[-1] not in _SECTION_WORDS:
            for text in texts_of(value):
                yield text.casefold().replace(" ", "-")
                if has_chinese(text):
                    yield text.removesuffix("片")


_TYPE_WORDS = frozenset(_LISTS["type_words"].split())
_SECTION_WORDS = frozenset(_LISTS["section_words"].split())
_NOUNS: dict[str, str] = {
    word.strip(): n for n, words in _LISTS["nouns"].items() for word in words.split(",")
}
_BOOK_FIELDS = frozenset(_LISTS["book_fields"].split())
_MUSIC_FIELDS = frozenset(_LISTS["music_fields"].split())
_OTHER_FIELDS = frozenset(_LISTS["other_fields"].split())
_DOMAIN_NOUNS: dict[str, str] = {
    word: n for n, words in _LISTS["domain_nouns"].items() for word in words.split()
}
