"""Whether a product is what a customer means by the name of a thing, a backpack is a `rucksack`,
the strings of a violin are no `guitar strings`; or by a purpose: a bell is `something to ring for
service`.

MiniLM reads the name beside the product's title, categories and the beginning of its text. Its
upper layers and a head were trained on requests that readers held against products, on names that
people gave to made-up products, and on names of what only belongs to them
(`adapters/train/kind_match.py`). Its card has the probabilities from which on a product is taken
for the thing, and below which for another one, which for purposes is its own. Between them nothing
is said.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from scipy.special import logit

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.product_kinds import product_name
from shelftalker.data.values import texts_of
from shelftalker.engine.minilm import PairModel, packaged
from shelftalker.language.sentences import glued_sentences_of
from shelftalker.language.stems import stems_of
from shelftalker.writing.sentence_answers import answer_probabilities

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
    card = _model().card["things"]
    if probability < card["other below"]:
        return "other"
    return "is" if probability >= (NAMED_FROM if named else card["is from"]) else "unknown"


def misses(purpose: str, item: Item) -> bool:
    """Whether an item surely does not serve a purpose, as typed: `to keep cables tidy`."""
    if packaged() is None:
        return False
    [meant] = name_probabilities([purpose], item)
    below: float = _model().card["purposes"]["other below"]
    return serving(meant, purpose, item) < below


def serving(meant: float, purpose: str, item: Item) -> float:
    """How surely an item serves a purpose: the log odds that it is meant by it, and those that its
    title or a sentence of its text answers it, added."""
    told = [item.title, *glued_sentences_of(item.text)]
    answered = max(answer_probabilities(purpose, told))
    return float(logit(meant) + logit(answered))


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
