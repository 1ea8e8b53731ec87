"""Requests of shop visitors, each held against a product by a reader: `style/product_requests.csv`.

    request  as typed: `envelopes you don't have to lick`, `to keep cables tidy`
    thing    the words in it that name one; empty where a purpose is told
    wish     the words in it that say what the thing should be like, do or be for
    title    the product; it and its sentences are named by the beginning of their SHA-256
    fit      is, related (an accessory, a part, a sibling; for a purpose: might help) or not
    answers  the sentences that show that the wish, or the purpose, is met
    against  those that show that it is not met

The title counts as a sentence. Where only the fit was marked `read` is 0.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shelftalker.adapters.data.style_corpus import corpus
from shelftalker.data.catalog import Item
from shelftalker.language.sentences import glued_sentences_of

MARKED = Path(__file__).parents[1] / "style" / "product_requests.csv"
NAMES = MARKED.with_name("product_names.csv")
KEPT = 8
"""One in so many requests is kept apart."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A request beside a product. `sentences`: of the product's text, each with whether it shows
    the wish to be met, is against it or neither: 1, -1 or 0. Empty where they were not read."""

    request: str
    thing: str
    wish: str
    item: Item
    fit: str
    sentences: dict[str, int]

    @property
    def kept(self) -> bool:
        """Whether the request is kept apart from training."""
        return int(hashed(self.request), 16) % KEPT == 0


def hashed(text: str) -> str:
    """The name by which ratings know a title or a sentence."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def named_products() -> Iterator[dict[str, str]]:
    """The rows of `style/product_names.csv`."""
    with NAMES.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def product_of(row: dict[str, str]) -> Item:
    """The product of one of `named_products`."""
    values = {"category": row["category"]} if row["category"] else {}
    return Item("", row["title"], row["text"], values)


def marked_requests(catalog: Iterable[Item] = ()) -> list[Marked]:
    """The requests for products of a catalogue, of the writing corpus, and of those with names."""
    made_up = (item for one in corpus("en") for item in one.items.values())
    items = {hashed(item.title): item for item in map(product_of, named_products())}
    items |= {hashed(item.title): item for item in made_up}
    items |= {hashed(item.title): item for item in catalog}
    with MARKED.open(encoding="utf-8") as file:
        return [
            Marked(row["request"], row["thing"], row["wish"], item, row["fit"], _marks(row, item))
            for row in csv.DictReader(file)
            if (item := items.get(row["title"]))
        ]


def _marks(row: dict[str, str], item: Item) -> dict[str, int]:
    if row["read"] == "0":
        return {}
    answers, against = row["answers"].split(), row["against"].split()
    return {
        text: (hashed(text) in answers) - (hashed(text) in against)
        for text in [item.title, *glued_sentences_of(item.text)]
    }
