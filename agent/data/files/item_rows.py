"""`ItemRows`: the rows of a catalogue file while they are refused, left out and merged by id."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import polars as pl

from shelftalker.data.files.attributes import availability
from shelftalker.data.files.cleaning import clean_id
from shelftalker.data.files.numbers import amount, in_column
from shelftalker.data.files.shaping import merged
from shelftalker.data.files.source import Source
from shelftalker.data.files.table import ROW, FileTable, Reject

_SPOILT = re.compile(r"\d+(?:[.,]\d+)?[eE]\+\d+")
SPOILT = "a spreadsheet has cut this id short; export it again with the id column as text"


class ItemRows:
    """`table` and `ids` stay in step; `rejected`: refused rows; `notes`: for people."""

    def __init__(self, source: Source, ids: list[str]) -> None:
        self.source, self.table, self.ids = source, source.table, ids
        self.rejected: list[Reject] = []
        self.left_out = source.table.left_out
        self.merged = 0
        self.notes: list[str] = []

    def texts(self, name: str) -> list[str | None]:
        """The values of one of our fields, None without a column for it."""
        return texts_of_field(self.table, self.source.matched.get(name, ""))

    def refuse_spoilt(self) -> None:
        """Refuse ids such as `4.00638E+12`, which many rows may share."""
        spoilt = [bool(_SPOILT.fullmatch(item_id)) for item_id in self.ids]
        rows = self.table.frame[ROW].to_list()
        self.rejected += [
            (self.table.name, row, "id", SPOILT, item_id)
            for row, item_id, bad in zip(rows, self.ids, spoilt, strict=True)
            if bad
        ]
        self._keep([not bad for bad in spoilt])

    def leave_out_ignored(self) -> None:
        """Leave out rows that the layout knows to be no items, such as postage, and those of a log
        of nested objects that name none."""
        layout = self.source.layout
        if any(column.startswith("item.") for column in self.table.columns):
            named = [bool(item_id) for item_id in self.ids]
            if count := named.count(False):
                self.left_out += count
                self.notes.append(f"{count} rows left out: they name no item")
                self._keep(named)
        ids = layout.items.get("id", []) if layout else []
        if not layout or len(ids) != 1 or (item := ids[0]) not in layout.ignore:
            return
        keep = [
            not any(fnmatchcase(text or "", pattern) for pattern in layout.ignore[item])
            for text in texts_of_field(self.table, item)
        ]
        if count := len(keep) - sum(keep):
            self.left_out += count
            self.notes.append(f"{count} rows left out: {item} says that they are no items")
            self._keep(keep)

    def merge(self, *, sales: bool) -> None:
        """Make one row of all rows with the same id."""
        ids = [item_id or f"\x00{place}" for place, item_id in enumerate(self.ids)]
        texts = self.texts("price")
        decimal = in_column(texts, self.source.marks).decimal
        amounts = [amount(text or "", decimal) for text in texts]
        free = [availability(text or "") != "no" for text in self.texts("available")]
        before = len(self.table.frame)
        self._replace(merged(self.table.frame, ids, amounts, free, self.source.matched, sales))
        self.ids = ["" if i.startswith("\x00") else i for i in dict.fromkeys(ids)]
        self.merged = before - len(self.ids)
        if self.merged and not sales:
            self.notes.append(f"{self.merged} rows are variants of {len(self.ids)} items")

    def aliases(self) -> pl.DataFrame:
        """Other ids of the items: of their variants, and codes. Columns alias, item."""
        layout, matched = self.source.layout, self.source.matched
        columns = [matched[name] for name in ("variant", "same") if name in matched]
        columns += layout.items.get("variant", []) if layout else []
        own = set(self.ids)
        pairs: dict[str, str] = {}
        for column in dict.fromkeys(columns):
            for text, item_id in zip(texts_of_field(self.table, column), self.ids, strict=True):
                alias = clean_id(text)
                if alias and item_id and alias not in own:
                    pairs.setdefault(alias, item_id)
        data = {"alias": list(pairs), "item": list(pairs.values())}
        return pl.DataFrame(data, schema=ALIASES)

    def resolve_parents(self) -> None:
        """Give the rows of variants the id of their product, which a column names by id or SKU."""
        layout = self.source.layout
        parents = texts_of_field(self.table, "@parent")
        for column, pattern in layout.children.items() if layout else ():
            texts = texts_of_field(self.table, column)
            of = {
                child: parent
                for parent, text in zip(self.ids, texts, strict=True)
                for child in re.findall(pattern, text or "")
            }
            parents = [of.get(item_id) for item_id in self.ids]
        if not any(parents):
            return
        by_code = {item_id: item_id for item_id in self.ids}
        for column in layout.items.get("variant", []) if layout else []:
            for text, item_id in zip(texts_of_field(self.table, column), self.ids, strict=True):
                by_code.setdefault(clean_id(text), item_id)
        self.ids = [
            by_code.get((parent or "").removeprefix("id:"), item_id) if parent else item_id
            for parent, item_id in zip(parents, self.ids, strict=True)
        ]
        order = [place for place, parent in enumerate(parents) if not parent]
        order += [place for place, parent in enumerate(parents) if parent]
        self._replace(self.table.frame[order])
        self.ids = [self.ids[place] for place in order]

    def _keep(self, keep: Sequence[bool]) -> None:
        if not all(keep):
            self._replace(self.table.frame.filter(pl.Series(keep, dtype=pl.Boolean)))
            self.ids = [i for i, kept in zip(self.ids, keep, strict=True) if kept]

    def _replace(self, frame: pl.DataFrame) -> None:
        old = self.table
        self.table = FileTable(old.name, frame, old.rejects, old.notes, old.separator)


ALIASES = {"alias": pl.String, "item": pl.String}


def texts_of_field(table: FileTable, column: str) -> list[str | None]:
    """The values of a column, None for each row without it."""
    if column not in table.columns:
        return [None] * len(table.frame)
    values: list[str | None] = table.frame[column].to_list()
    return values
