"""Whether a product is what a customer means by the name of a thing: a backpack is a `rucksack`,
the strings of a violin are no `guitar strings`.

MiniLM reads the name beside the product's title, categories and the beginning of its text. Its
upper layers and a head were trained on names that people gave to made-up products, and on names of
what only belongs to them (`adapters/train/kind_match.py`). Its card has the probabilities from
which on a product is taken for the thing, and below which for another one: a lower one where the
row does not have the noun, as synonyms are rated lower too. Between them nothing is said.
"""

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from safetensors.numpy import load_file

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.product_kinds import product_name
from shelftalker.data.values import texts_of
from shelftalker.engine.minilm import MiniLM, low_rank_changes, open_tokenizer, packaged
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
    if probability < (_model().other_below if heard else _model().other_below_unheard):
        return "other"
    return "is" if probability >= (NAMED_FROM if named else _model().is_from) else "unknown"


def name_probabilities(things: Sequence[str], item: Item) -> list[float]:
    """How likely a customer who asks for each of some things means an item like this, 0 to 1.
    Raises `MissingExtra` without MiniLM."""
    return list(_probabilities(tuple(things), described(item)))


@lru_cache(maxsize=8192)
def _probabilities(things: tuple[str, ...], product: str) -> tuple[float, ...]:
    return tuple(_model().probabilities(things, product))


def described(item: Item) -> str:
    """An item as the model reads it."""
    parts = [item.title, ", ".join(categories_of(item)), item.text[:MAX_CHARACTERS]]
    return ". ".join(filter(None, parts))


def categories_of(item: Item) -> list[str]:
    """The texts of the item's category fields."""
    genres = (value for field, value in item.facts().items() if role_of(field) == "genre")
    return [text for value in genres for text in texts_of(value)]


class KindModel:
    """MiniLM with low-rank changes and a head on the mean of the states."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        card = json.loads((folder / "kind_match.json").read_text(encoding="utf-8"))
        loaded = load_file(folder / "kind_match.safetensors")
        weights = {name: value.astype(np.float32) for name, value in loaded.items()}
        self.other_below, self.is_from = float(card["other below"]), float(card["is from"])
        self.other_below_unheard = float(card["other below, unheard"])
        self._weight, self._bias = weights["head.weight"][0], weights["head.bias"]
        self._encoder = MiniLM(low_rank_changes(weights, card["scale"]))
        self._tokenizer = open_tokenizer(MAX_TOKENS)

    def probabilities(self, things: Sequence[str], product: str) -> list[float]:
        """As `name_probabilities`."""
        texts = self._tokenizer.encode_batch([(thing.lower(), product) for thing in things])
        mask = np.array([one.attention_mask for one in texts])
        states = self._encoder.states(np.array([one.ids for one in texts]), mask)
        shown = mask[..., None].astype(np.float32)
        means = (states * shown).sum(axis=1) / shown.sum(axis=1)
        found: list[float] = (1 / (1 + np.exp(-(means @ self._weight + self._bias)))).tolist()
        return found


@cache
def _model() -> KindModel:
    return KindModel()
