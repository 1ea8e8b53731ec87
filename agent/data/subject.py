"""What an item is about: the part of it that a request in free words is compared with."""

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of

WORKS = frozenset({"film", "book", "music"})
"""Nouns of items whose title is a name: *The Evening Star* is no film for an evening."""


def is_named_work(item: Item) -> bool:
    """Whether the title is a name, and a text or genres say what the item is about."""
    return noun_of(item) in WORKS and bool(item.text or _genres(item))


def subject_of(item: Item) -> str:
    """Genres and text of a film, a book or music, whose title and people are names; of any other
    item, all that the encoder embeds."""
    if not is_named_work(item):
        return item.embedding_text()
    return ". ".join(part for part in (noun_of(item), _genres(item), item.text) if part)


def _genres(item: Item) -> str:
    genres = (value for name, value in item.attributes.items() if role_of(name) == "genre")
    return ", ".join(text for value in genres for text in texts_of(value))
