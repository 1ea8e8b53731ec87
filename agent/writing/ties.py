"""What ties an item to one of the history: computed once for two items, whoever asks."""

from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.relations import relation_to
from shelftalker.data.values import texts_of
from shelftalker.writing.compose.facts import common_values, kind_of_both
from shelftalker.writing.compose.plan import WEAK

STRONG, RELATED = 2, 100
"""The strength of a tie (`tie`) that a shared person has, and a relation: a sequel to its film."""
ALIKE = 0.75
"""Share of the genres of two works that both have, from which on these tie them."""


def tie(item: Item, other: Item) -> int:
    """How strongly two items are tied: a relation or a shared person, no actor of a small part, or
    kind of product counts more than genres, and these more than a brand. One genre of several ties
    no works: a musical comedy and a fairy tale with songs have little in common."""
    return _tie(item, other, noun_of(item))


@lru_cache(maxsize=65536)
def _tie(item: Item, other: Item, noun: str) -> int:
    if relation_to(item, other):
        return RELATED
    common = common_values(item, other)
    if not common:
        return 3 * bool(kind_of_both(item, other))
    own, theirs = _genres(item), _genres(other)
    roles = [role_of(field) for field, _ in common]
    people = sum(3 if role != "cast" else 0 for role in roles if role in PEOPLE)
    if "cast" in roles:
        shared = {text for field, text in common if role_of(field) == "cast"}
        leads = all(shared & set(_leads(one)) for one in (item, other))
        people += STRONG if leads or len(shared) > 1 else 1
    others = set(roles) - PEOPLE
    if roles.count("genre") == 1 and noun != "thing":
        [genre] = (text for field, text in common if role_of(field) == "genre")
        if max(len(own), len(theirs)) > 1 or genre.casefold() in WEAK:
            others -= {"genre"}
    if noun != "thing" and own and theirs:
        if len(own & theirs) < ALIKE * len(own | theirs):
            others -= {"genre"}
        if not own & theirs and people <= STRONG:
            people = 0  # a thriller's actor is no reason for a children's film
    genres = STRONG - 1 if roles.count("genre") > 1 and "genre" in others else 0
    return people + 3 * bool(kind_of_both(item, other)) + len(others) + genres


@lru_cache(maxsize=16384)
def _leads(item: Item) -> tuple[str, ...]:
    """The first names of the cast."""
    casts = (texts_of(v) for f, v in item.facts().items() if role_of(f) == "cast")
    return next(casts, ())[:3]


@lru_cache(maxsize=16384)
def _genres(item: Item) -> frozenset[str]:
    """The genres of an item."""
    facts = item.facts().items()
    return frozenset(text for f, v in facts if role_of(f) == "genre" for text in texts_of(v))


def likeness(item: Item, other: Item) -> int:
    """How many telling values two items share; one more for products of one kind."""
    return len(common_values(item, other)) + bool(kind_of_both(item, other))
