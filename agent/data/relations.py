"""Relations between items of a catalogue: an attribute by which one item names another."""

from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.values import all_titles, texts_of

_JOINTS = frozenset({"of", "on", "from", "with", "by", "for", "to"})
_OF_ITEMS = PEOPLE | {"brand", "genre", "topic", "publisher", "country", "language"}


def relation_to(item: Item, other: Item) -> tuple[str, str] | None:
    """(field, title) of the attribute by which an item names another one, as a sequel the film
    before it; none where the field's name is no phrase (`sequel: Alien` may mean either)."""
    named = _named(item)
    if not named:
        return None
    titles = {form.casefold() for form in all_titles(other.title)}
    return next((pair for pair in named if pair[1].casefold() in titles), None)


@lru_cache(maxsize=16384)
def _named(item: Item) -> tuple[tuple[str, str], ...]:
    """(field, text) of the attributes by which an item may name another one."""
    return tuple(
        (field, text)
        for field, value in item.attributes.items()
        if relation_words(field) and role_of(field) not in _OF_ITEMS
        for text in texts_of(value)
    )


def relation_words(field: str) -> tuple[str, ...]:
    """The words that stand before the other title: sequel, of; based, on. None where the last word
    of the field's name is no preposition."""
    words = tuple(field.replace("_", " ").casefold().split())
    return words if len(words) > 1 and words[-1] in _JOINTS else ()
