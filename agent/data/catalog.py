"""`Item`, one thing that can be recommended, and `Catalog`, the items of a domain in fixed order.

A catalogue is a polars frame; an item is made from its row only when it is used, so a million rows
stay cheap. `data/files` reads files into one; `filters.py` computes which rows a request allows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from shelftalker.data.dates import over_at
from shelftalker.data.field_index import Column
from shelftalker.data.pictures import PICTURES_FILE, Pictures
from shelftalker.errors import UnknownItem

Value = str | float | int | bool | tuple[str, ...]
"""An attribute: text, a number, a flag, or a list of texts. Dates are ISO 8601 text."""

SCHEMA = {
    "id": pl.String,
    "title": pl.String,
    "text": pl.String,
    "attributes": pl.String,  # one JSON object
    "price": pl.Float64,
    "image": pl.String,
    "language": pl.String,
    "available": pl.Boolean,
    "group": pl.String,  # items of one group have one place in a list
}

EXPIRES = "expires"
"""The attribute that says until when an item is offered: a day, or a moment of ISO 8601."""
MOST_LEVELS = 4
"""Levels of a hierarchy: an episode, its season, its series, its channel."""
ITEMS_KEPT = 20_000
"""Items of one catalogue that stay made, as their rows are read again and again."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be recommended. `text`: its description, possibly empty; `called`: the
    noun for it that the domain's name gives (`item_types.called_in`), possibly empty; `group`:
    shared by variants and duplicates of one thing, of which a list shows one."""

    id: str
    title: str
    text: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    price: float | None = None
    image: str | None = None
    language: str | None = None
    available: bool = True
    called: str = field(default="", compare=False)
    group: str | None = None

    def __hash__(self) -> int:
        return hash(self.id)

    def facts(self) -> dict[str, Value]:
        """All fields of the item that have a value, by name, title first."""
        facts: dict[str, Value] = {"title": self.title, **self.attributes}
        if self.price is not None:
            facts["price"] = self.price
        if self.language:
            facts["language"] = self.language
        if self.text:
            facts["text"] = self.text
        return facts

    def embedding_text(self) -> str:
        """The text that the encoder embeds: title, attributes, description."""
        return _embedding_text(self)


@lru_cache(maxsize=8192)
def _embedding_text(item: Item) -> str:
    parts = [item.title]
    for name, value in item.attributes.items():
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
        parts.append(f"{name}: {text}")
    if item.text:
        parts.append(item.text)
    return ". ".join(parts)


class Catalog:
    """The items of one domain. Row order is fixed: row i is item i everywhere (scorer, masks)."""

    def __init__(
        self, frame: pl.DataFrame, called: str = "", pictures: Pictures | None = None
    ) -> None:
        self.called = called
        self.pictures = pictures
        columns = [pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()]
        self.frame = frame.select(columns).with_columns(pl.col("available").fill_null(True))
        self.ids: list[str] = self.frame["id"].to_list()
        self._row = {item_id: row for row, item_id in enumerate(self.ids)}
        self._columns: dict[str, Column] = {}
        self._items: dict[str, Item] = {}

    @classmethod
    def of(cls, items: Iterable[Item]) -> "Catalog":
        """A catalogue of the given items, in their order."""
        rows = [
            {name: getattr(item, name) for name in SCHEMA}
            | {"attributes": json.dumps(dict(item.attributes), ensure_ascii=False)}
            for item in items
        ]
        return cls(pl.DataFrame(rows, schema=SCHEMA))

    @classmethod
    def load(cls, path: Path, called: str = "") -> "Catalog":
        """Read `catalog.parquet`, and `pictures.npz` beside it. `called`: as in `Item`."""
        return cls(pl.read_parquet(path), called, Pictures.load(path.with_name(PICTURES_FILE)))

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._row

    def __iter__(self) -> Iterator[Item]:
        return (_item(row, self.called) for row in self.frame.iter_rows(named=True))

    def __getitem__(self, item_id: str) -> Item:
        item = self._items.get(item_id)
        if item is None:
            item = _item(self.frame.row(self.row(item_id), named=True), self.called)
            if len(self._items) >= ITEMS_KEPT:
                self._items = {}
            self._items[item_id] = item
        return item

    def row(self, item_id: str) -> int:
        """The row of an item. Raises `UnknownItem`."""
        try:
            return self._row[item_id]
        except KeyError:
            raise UnknownItem(
                f"no item with id {item_id!r} in this catalogue of {len(self)} items"
            ) from None

    def names(self, words: str) -> bool:
        """Whether these words stand in an id, a title or an attribute of some item."""
        columns = (self.frame[name] for name in ("id", "title", "attributes"))
        return any(column.str.contains(words, literal=True).any() for column in columns)

    def rows(self, item_ids: Sequence[str]) -> list[int]:
        """The rows of the given ids; unknown ids are left out."""
        return [self._row[item_id] for item_id in item_ids if item_id in self._row]

    @property
    def fields(self) -> list[str]:
        """The names of all attributes that some item has, in order of appearance."""
        return list(self._decoded)

    def column(self, field: str) -> Column:
        """One field (an attribute, or `id`, `title`, `price`, `language`), decoded and indexed on
        first use. For a field that no item has, all values are None."""
        if field not in self._columns:
            own = field in ("id", "title", "price", "language")
            values = self.frame[field].to_list() if own else self._decoded.get(field)
            self._columns[field] = Column(values or [None] * len(self), field)
        return self._columns[field]

    @cached_property
    def over(self) -> pl.DataFrame:
        """When offers are over by their attribute `expires`: columns row, time in Unix seconds."""
        return self._over_in(self.frame)

    def _over_in(self, frame: pl.DataFrame) -> pl.DataFrame:
        dated = frame.filter(pl.col("attributes").str.contains(f'"{EXPIRES}"', literal=True))
        dates = dated.select("id", pl.col("attributes").str.json_path_match(f"$.{EXPIRES}"))
        rows = [(self._row[one], over_at(when)) for one, when in dates.iter_rows() if one in self]
        return pl.DataFrame(rows, {"row": pl.Int64, "time": pl.Float64}, orient="row")

    @cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """A number for each row, int64 [items], one for all variants and duplicates of a thing."""
        named = self._parents()
        own = pl.coalesce(
            pl.col("group").replace_strict(named, default=None, return_dtype=pl.String),
            pl.lit("g:") + pl.col("group"),
            pl.lit("i:") + pl.col("id"),
        )
        ranks = self.frame.select(own.rank("dense").cast(pl.Int64)).to_series()
        return ranks.to_numpy()

    @cached_property
    def first_of_group(self) -> npt.NDArray[np.int64]:
        """The first row of each row's group, int64 [items]; of an item in no group its own row."""
        _, firsts, place = np.unique(self.groups, return_index=True, return_inverse=True)
        return firsts[place]

    def _parents(self) -> dict[str, str]:
        """Group → the item that it is the id of, as `i:ID`: a product among its variants, or the
        series of an episode's season. Empty where groups are codes of their own: an item whose id
        is one only by chance has a group too, or most groups are the id of no item."""
        rows = self.frame.filter(pl.col("group").is_not_null()).select("id", "group").iter_rows()
        above = {item: group for item, group in rows if item != group}
        roots: dict[str, str] = {}
        for group in (codes := set(above.values())):
            root = group
            for _ in range(MOST_LEVELS):
                root = above.get(root, root)
            if root in self._row and root not in above:
                roots[group] = f"i:{root}"
        return roots if 2 * len(roots) > len(codes) else {}

    def in_groups_of(self, item_ids: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which rows are variants or duplicates of the given items, bool [items]; all ids that are
        in no group are left out."""
        if not self.frame["group"].null_count() < len(self):
            return np.zeros(len(self), bool)
        return np.isin(self.groups, self.groups[self.rows(item_ids)])

    @cached_property
    def _decoded(self) -> dict[str, list[object]]:
        """The values of every attribute by row, None where an item lacks it."""
        decoded: dict[str, list[object]] = {}
        for row, text in enumerate(self.frame["attributes"]):
            for name, value in json.loads(text or "{}").items():
                if name not in decoded:
                    decoded[name] = [None] * len(self)
                decoded[name][row] = value
        return decoded

    def upserted(self, other: "Catalog") -> "Catalog":
        """This catalogue with the items of `other`: an item with a known id replaces the one in its
        row, a new one is appended."""
        replaced = pl.concat([self.frame, other.frame]).unique(
            "id", keep="last", maintain_order=False
        )
        order = list(dict.fromkeys([*self.ids, *other.ids]))
        ordered = pl.DataFrame({"id": order}).join(
            replaced, on="id", how="left", maintain_order="left"
        )
        return Catalog(ordered, self.called, self.pictures)

    def offering(self, file: Path) -> "Catalog":
        """The same rows, available and expiring as a newer `catalog.parquet` says; items that it no
        longer has are unavailable. Reads three columns only."""
        newer = pl.read_parquet(file, columns=["id", "available", "attributes"])
        offered = newer.filter("available")["id"]
        available, over = self.frame["id"].is_in(offered.implode()), self._over_in(newer)
        if (available == self.frame["available"]).all() and over.equals(self.over):
            return self
        same = copy(self)
        same.frame, same._items = self.frame.with_columns(available=available), {}
        same.over = over
        return same

    def without(self, item_ids: Sequence[str]) -> "Catalog":
        """This catalogue without the given items."""
        kept = self.frame.filter(~pl.col("id").is_in(list(item_ids)))
        return Catalog(kept, self.called, self.pictures)


def _item(row: dict[str, Any], called: str) -> Item:
    attributes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(row["attributes"] or "{}").items()
    }
    texts = {name: row[name] or None for name in ("image", "language", "group")}
    own = {"text": row["text"] or "", "attributes": attributes, "called": called}
    return Item(**{**row, **texts, **own})
