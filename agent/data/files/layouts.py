"""Layouts of well-known exports, told by their columns: small YAML files in `layouts/`.

A layout names the columns of our fields, of attributes, lists and options, how the rows of one
product are merged, and which columns never reach the catalogue. Column names may be patterns
(`SEO *`); `offers.price` is the member `price` of the JSON objects in `offers`.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shelftalker.data.config_model import ConfigModel
from shelftalker.data.events import Kind
from shelftalker.language.yaml_file import read_yaml

FOLDER = Path(__file__).with_name("layouts")
Columns = Annotated[list[str], BeforeValidator(lambda c: [c] if isinstance(c, str) else c)]
"""Columns of which the first one with a value counts; a layout may name a single one as it is."""


class Layout(ConfigModel):
    """One export. `columns`: all of them, and one of `any_of`, must be there, and none of
    `without`; `only`: no others may be there but `user`."""

    name: str
    columns: list[str]
    any_of: list[str] = Field([], alias="any")
    without: list[str] = Field(default=[])
    only: bool = False
    shape: list[str] = Field(default=[])
    """For files without a header: a pattern for each cell; `names`: the columns then."""
    names: list[str] = Field(default=[])
    items: dict[str, Columns] = Field(default={})
    attributes: dict[str, Columns] = Field(default={})
    options: list[tuple[str, str]] = Field(default=[])
    """Pairs of columns: the name of an option, such as Size, and its value."""
    pairs: dict[str, str] = Field(default={})
    """Column → a pattern whose two groups are the name and the value of an option in a cell."""
    option_signs: str = ""
    """Signs that separate several values of an option in one cell."""
    lists: dict[str, str] = Field(default={})
    """Column → signs that separate the members of its lists."""
    merge: bool = False
    """Whether rows of one id are variants of one item."""
    below: dict[str, str] = Field(default={})
    """Column → its value in the row of a product; the rows below it are its variants."""
    children: dict[str, str] = Field(default={})
    """Column → a pattern whose group finds the ids of a product's variants in a cell."""
    fill: dict[str, Columns] = Field(default={})
    """`by`: rows of one value here share the `columns`, which only the first row has."""
    explode: Columns = Field(default=[])
    """A column with a JSON list of items for each event; several: the lists inside its members."""
    strip: dict[str, str] = Field(default={})
    events: dict[str, Columns] = Field(default={})
    unvalued: Kind = "view"
    """The kind of an event without a rating."""
    returned: dict[str, Columns] = Field(default={})
    skipped: dict[str, Columns] = Field(default={})
    """Column → values (patterns) of rows about what was broken off."""
    kinds: dict[str, Kind] = Field(default={})
    """Word of the column of kinds → kind, where the usual words say something else."""
    ignore: dict[str, list[str]] = Field(default={})
    """Column → values (patterns) of rows that say nothing about taste, or are no items."""
    anonymous: bool = False
    """Whether rows without a user are usual: they are left out and counted."""
    people: list[str] = Field(default=[])
    drop: list[str] = Field(default=[])

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns has this layout."""
        given = set(columns)
        if not given.issuperset(self.columns) or not given.isdisjoint(self.without):
            return False
        if self.any_of and given.isdisjoint(self.any_of):
            return False
        return not self.only or len(given - {"user", "User"}) == len(self.columns)

    def not_said(self, column: str) -> Literal["people", "inner", None]:
        """Why a column does not reach the catalogue, if it does not."""
        if any(fnmatchcase(column, pattern) for pattern in self.people):
            return "people"
        return "inner" if any(fnmatchcase(column, pattern) for pattern in self.drop) else None


NONE = Layout.model_validate({"name": "", "columns": []})


@lru_cache(maxsize=1)
def layouts() -> tuple[Layout, ...]:
    """All layouts, those with the most columns first."""
    read = [Layout.model_validate(read_yaml(path)) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(read, key=lambda layout: -len(layout.columns)))


def layout_of(columns: Sequence[str]) -> Layout:
    """The layout of a file with these columns; for any other file `NONE`."""
    return next((layout for layout in layouts() if layout.fits(columns)), NONE)


def names_by_shape(sample: Sequence[list[str]], headed: bool) -> list[str] | None:
    """The column names of a file whose first records have the shape of a known layout. `headed`:
    the first record may be a header, and must fit as well to be none."""
    for layout in layouts():
        fitting = sum(_fits(record, layout.shape) for record in sample) if layout.shape else 0
        certain = not headed or _fits(sample[0], layout.shape)
        if fitting and fitting >= 0.8 * len(sample) and certain:
            return layout.names
    return None


def _fits(record: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(record) == len(patterns) and all(
        re.fullmatch(pattern, cell, re.S) for pattern, cell in zip(patterns, record, strict=True)
    )
