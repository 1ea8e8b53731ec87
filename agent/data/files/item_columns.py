"""Columns of a catalogue file to columns of a `Catalog`: prices, years, attributes, …"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import polars as pl

from shelftalker.data.catalog import SCHEMA, Catalog, Value
from shelftalker.data.field_roles import role_of, words_in
from shelftalker.data.files.attributes import attribute_values, availability, image, is_links
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id, clean_prose
from shelftalker.data.files.columns import LEFT_OUT, attribute_name, column_list, key, vocabulary
from shelftalker.data.files.numbers import amount, currencies, in_column, is_open
from shelftalker.data.files.source import ReadOptions, Source
from shelftalker.data.files.speakable import not_to_say
from shelftalker.data.files.table import ID, ROW, TITLE
from shelftalker.errors import DataError

T = TypeVar("T")
OF_ITEMS = frozenset(
    {"director", "cast", "writer", "author", "artist", "genre", "topic", "brand", "publisher"}
)
"""Roles that no person who bought or rated something has."""
MAX_ROWS_NAMED = 5
"""How many rows with unreadable values a note lists."""
_YEAR = re.compile(r"^(.*\S)\s*\((\d{4})\)$", re.S)
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")


@dataclass(slots=True)
class ItemColumns:
    """The columns of a catalogue file. `ignored`: column → why it is left out; `same_for_all`:
    those of a log in which rows of different people agree about each item; `plan`: column → our
    field, `attribute NAME`, or why it is left out, filled by `catalog`."""

    source: Source
    options: ReadOptions
    ignored: Mapping[str, str]
    in_log: bool
    same_for_all: Collection[str] = ()
    plan: dict[str, str] = field(default_factory=dict)

    def catalog(self) -> Catalog:
        """The rows, whose ids and titles have been read, as a catalogue."""
        frame, matched = self.source.table.frame, self.source.matched
        titles, years = _without_year(frame[TITLE].to_list())
        self.plan |= {column: name for name, column in matched.items() if column[0] != "@"}
        languages, spoken = _languages(self._texts("language"))
        attributes = self._attributes()
        if any(years):
            attributes = {"year": years, **attributes}
        if any(spoken):
            attributes["languages"] = spoken
        data = {
            "id": frame[ID],
            "title": titles,
            "text": [clean_prose(text or "") for text in self._texts("text")],
            "attributes": _as_json(attributes, len(frame)),
            "price": self._prices(),
            "image": self._read("image", image),
            "language": languages,
            "available": self._available(),
            "group": [clean_id(group) or None for group in self._texts("group")],
        }
        return Catalog(pl.DataFrame(data, schema=SCHEMA))

    def _texts(self, name: str) -> list[str | None]:
        """The texts of a field, None for those that stand for no value."""
        plain = ((text or "").strip() for text in self.source.texts(name))
        return [None if text in EMPTY else text for text in plain]

    def _note(self, note: str) -> None:
        self.source.table.notes.append(note)

    def _read(self, name: str, parse: Callable[[str], T | None]) -> list[T | None]:
        """Parsed values. Unreadable ones are None, and a note gives their number and rows. Raises
        `DataError` if no value of a column named by `--map` can be read."""
        texts = self._texts(name)
        read = [None if text is None else parse(text) for text in texts]
        rows = zip(self.source.table.frame[ROW], texts, read, strict=True)
        unread = [(row, text) for row, text, value in rows if value is None and text is not None]
        if not unread:
            return read
        example, mapped = clean(unread[0][1])[:40], self.options.field_map.get(name)
        if mapped and not any(value is not None for value in read):
            raise DataError(
                f"--map {name}={mapped}: no value of that column can be read as {name}, "
                f"such as {example!r}; name another column, or leave {name} out"
            )
        where = ", ".join(str(row) for row, _ in unread[:MAX_ROWS_NAMED])
        more = ", …" if len(unread) > MAX_ROWS_NAMED else ""
        self._note(
            f"{len(unread)} values of {name} not understood, left empty: "
            f"{example!r} … (row{'s' if len(unread) > 1 else ''} {where}{more})"
        )
        return read

    def _prices(self) -> list[float | None]:
        values = self._texts("price")
        marks = in_column(values, self.source.marks)
        unsure = next((text for text in values if text and is_open(text)), None)
        if unsure and not marks.shown and not self.options.decimal:
            self._note(
                f"prices such as {unsure} can be read in two ways; the decimal mark is taken to be "
                f"{marks.decimal!r}; --decimal settles it"
            )
        several = currencies(values).most_common()
        if len(several) > 1:
            counts = ", ".join(f"{count} {name}" for name, count in several)
            self._note(f"prices are in several currencies ({counts}): none is converted")
        return self._read("price", partial(amount, decimal=marks.decimal))

    def _available(self) -> list[bool]:
        later = [availability(text or "") for text in self._texts("available")].count("later")
        if later:
            self._note(f"{later} items can only be ordered ahead (preorder, backorder)")
        return [value != "no" for value in self._read("available", availability)]

    def _attributes(self) -> dict[str, list[Value | None]]:
        """All other columns that may be said as attributes."""
        asked = self._asked()
        kept = {
            column: meaning.removeprefix("attribute ")
            for column, meaning in self.options.columns.items()
            if meaning.startswith("attribute ")
        }
        renamed = {**kept, **asked}
        attributes: dict[str, list[Value | None]] = {}
        left_out: dict[str, list[str]] = {}
        used = self.source.used() - asked.keys()
        for column in self.source.table.columns:
            if column in used:
                continue
            values, written = self.source.table.frame[column].to_list(), self.source.written(column)
            name = renamed.get(written) or attribute_name(column.removeprefix("@"))
            if written not in renamed and (why := self._not_said(column, values)):
                left_out.setdefault(why, []).append(written)
                self.plan[written] = f"left out: {why}"
                continue
            name = name if name not in attributes else written
            self.plan[written] = f"attribute {name}"
            marks = in_column(values, self.source.marks)
            attributes[name] = attribute_values(
                *(name, column, values, marks, self.options.dates, self.source.table.notes)
            )
        for why, names in left_out.items():
            self._note(f"{_REASONS[why]}: {', '.join(names)}")
        return attributes

    def _asked(self) -> dict[str, str]:
        """Column → attribute that `--map` makes of it."""
        known = vocabulary()
        fields = {*known.item_fields, *known.event_fields}
        asked = {c: f for f, c in self.options.field_map.items() if f not in fields}
        for column, name in asked.items():
            if column not in self.source.table.columns:
                raise DataError(
                    f"no column {column!r}, which --map {name}={column} asks for; "
                    f"the columns are {column_list(self.source.original)}"
                )
            self._note(f"column {column} becomes the attribute {name}")
        return asked

    def _not_said(self, column: str, values: list[str | None]) -> str | None:
        """Why a column is no attribute; None for one that is."""
        source, layout = self.source, self.source.layout
        meaning = self.options.columns.get(source.written(column), "")
        if meaning.startswith("left out: "):
            return meaning.removeprefix("left out: ")
        if column.startswith("@") and column not in source.original:
            return None
        if why := layout.not_said(column):
            return why
        reason = not_to_say(column, values, self.in_log)
        news = key(column) == "publishedat" and "price" not in source.matched
        if reason and not (news and reason == "inner"):  # of a product: when the shop listed it
            return reason
        if column in self.ignored:
            return self.ignored[column]
        if self.in_log and not layout.name and not self._about_item(column):
            return "unclear"
        foreign = key(column) in LEFT_OUT or _are_clicks(column, values) or is_links(values)
        return "foreign" if foreign else None

    def _about_item(self, column: str) -> bool:
        """Whether a column of a log is about the item: by its name, or because rows of different
        people say the same of each item in it."""
        if set(words_in(column)) & vocabulary().of_items or role_of(column) in OF_ITEMS:
            return True
        return column in self.same_for_all


_REASONS = {
    "people": "columns about people, never kept or said",
    "inner": "columns of the shop's own work, left out",
    "event": "columns that differ between rows of one item, left out",
    "unclear": "columns of a log that may be about its people and not about the item, left out",
    "foreign": "columns left out (links, foreign ids)",
}


def _without_year(titles: list[str]) -> tuple[list[str], list[Value | None]]:
    """Titles without a trailing "(1995)", and the years, if most titles end in one."""
    dated = [_YEAR.match(title) for title in titles]
    if sum(map(bool, dated)) < 0.8 * len(titles) or not titles:
        return titles, [None] * len(titles)
    plain = [m[1] if m else title for m, title in zip(dated, titles, strict=True)]
    return plain, [int(m[2]) if m else None for m in dated]


def _languages(values: list[str | None]) -> tuple[list[str | None], list[Value | None]]:
    """Language codes, if all values are codes; else language names, as an attribute."""
    none: list[None] = [None] * len(values)
    if all(_LANGUAGE.fullmatch(code) for code in values if code):
        return values, [*none]
    return [*none], attribute_values("languages", "", values)


def _are_clicks(column: str, values: Sequence[str | None]) -> bool:
    """Whether a column `label` holds clicks (0 and 1); that of a music record is its company."""
    return key(column) == "label" and {value for value in values if value} <= {"0", "1"}


def _as_json(attributes: Mapping[str, Sequence[Value | None]], count: int) -> list[str]:
    rows = zip(*attributes.values(), strict=True) if attributes else [()] * count
    given = ({n: v for n, v in zip(attributes, row, strict=True) if v is not None} for row in rows)
    return [json.dumps(one, ensure_ascii=False) for one in given]
