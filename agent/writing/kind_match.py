"""Whether a product is what a customer means by the name of a thing: a backpack is a `rucksack`,
the strings of a violin are no `guitar strings`.

MiniLM reads the name beside the product's title, categories and the beginning of its text. Its
upper layers and a head were trained on names that people gave to made-up products, and on names of
what only belongs to them (`adapters/train/kind_match.py`). Its card has the probabilities from
which on a product is taken for the thing, and below which for another one: a lower one where the
row does not have the noun, as synonyms are rated lower too. Between them nothing is said.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.product_kinds import product_name
from shelftalker.data.values import texts_of
from shelftalker.engine.minilm import PairModel, packaged
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS, MAX_CHARACTERS = 40, 100
"""Of a name with a product; of the product's text in it."""
NAMED_FROM = 0.7
"""The probability from which on a product is the thing that its title ends in."""
Match = Literal["is", "other", "unknown"]


def kind_match(thing: str, item: Item) -> Match:
    """Whether an item is the thing of this name, without an article: `hiking boots`. Where no model
    is installed its title alone tells."""
    named = stems_of(" ".join(product_name(item.title)))[-1:] == stems_of(thing)[-1:]
    if packaged() is None:
        return "is" if named else "unknown"
    [probability] = name_probabilities([thing], item)
    row = stems_of(item.embedding_text())
    heard = any(akin(word, own) for word in stems_of(thing)[-1:] for own in row)
    card = _model().card
    if probability < card["other below" if heard else "other below, unheard"]:
        return "other"
    return "is" if probability >= (NAMED_FROM if named else card["is from"]) else "unknown"


def name_probabilities(things: Sequence[str], item: Item) -> list[float]:
    """How likely a customer who asks for each of some things means an item like this, 0 to 1.
    Raises `MissingExtra` without MiniLM."""
    return list(_probabilities(tuple(things), described(item)))


@lru_cache(maxsize=8192)
def _probabilities(things: tuple[str, ...], product: str) -> tuple[float, ...]:
    return tuple(_model().probabilities([(thing.lower(), product) for thing in things]))


def described(item: Item) -> str:
    """An item as the model reads it."""
    parts = [item.title, ", ".join(categories_of(item)), item.text[:MAX_CHARACTERS]]
    return ". ".join(filter(None, parts))


def categories_of(item: Item) -> list[str]:
    """The texts of the item's category fields."""
    genres = (value for field, value in item.facts().items() if role_of(field) == "genre")
    return [text for value in genres for text in texts_of(value)]


@cache
def _model() -> PairModel:
    return PairModel(WEIGHTS, "kind_match", MAX_TOKENS)
