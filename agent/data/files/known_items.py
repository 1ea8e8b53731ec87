"""`KnownItems`: which item of the catalogue an event is about, by id, other ids, or title."""

import re
from collections.abc import Callable, Collection, Sequence

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_roles import role_of
from shelftalker.data.files.cleaning import clean
from shelftalker.data.files.table import ALIASES

SAMPLE = 1000
"""Values of a column that are looked at to tell what it holds."""
NEARLY_ALL = 0.9
UNKNOWN = "the catalogue has no item of this id"
NO_TITLE = "the catalogue has no item of this title"
SEVERAL = "several items of the catalogue have this title; give the year, or an id"


_SAME_BUT: dict[str, Callable[[str], str]] = {
    "without the leading zeros": lambda text: text.lstrip("0") or "0",
    "but for upper and lower case": str.casefold,
    "but for the part before the last colon or slash": lambda text: re.split(r"[:/]", text)[-1],
}
"""How the ids of a log may differ from those of the catalogue."""


class KnownItems:
    """The items that events may be about. `catalog` gives titles; `aliases`: other ids (columns
    alias, item)."""

    def __init__(
        self,
        ids: Collection[str],
        aliases: pl.DataFrame | None = None,
        catalogs: Sequence[Catalog] = (),
    ) -> None:
        self.ids = pl.Series("id", list(ids), dtype=pl.String).unique()
        self.aliases = pl.DataFrame(schema=ALIASES) if aliases is None else aliases
        self._catalogs = catalogs

    def by_id(self, given: pl.Series, notes: list[str]) -> pl.Series:
        """The item ids of a column: as they are, by another id, or as one that differs only in
        writing. What is not known stays as it is."""
        distinct = given.unique(maintain_order=True).drop_nulls()
        unknown = distinct.filter(~distinct.is_in(self.ids.implode()))
        known = dict(self.aliases.select("alias", "item").rows()) if len(unknown) else {}
        found = {text: known[text] for text in unknown.to_list() if text in known}
        if found:
            notes.append(f"{len(found)} ids are other ids of items, as of their variants")
        left = [text for text in unknown.to_list() if text not in found]
        for how, change in _SAME_BUT.items():
            same = _same(left, [*self.ids.to_list(), *known], change) if left else {}
            if same:
                one, item = next(iter(same.items()))
                notes.append(
                    f"{len(same)} of {len(left)} ids that the catalogue lacks are its own {how} "
                    f"({one} is read as {item})"
                )
                found |= {text: known.get(item, item) for text, item in same.items()}
                left = [text for text in left if text not in same]
        return given.replace(list(found), list(found.values())) if found else given

    def column_of_ids(self, frame: pl.DataFrame) -> str | None:
        """The first column whose values are ids of the catalogue, nearly all of them."""
        ids = {*self.ids, *self.aliases["alias"]}
        for column in frame.columns:
            values = frame[column].cast(pl.String).drop_nulls().head(SAMPLE).unique()
            if len(values) > 1 and len(ids.intersection(values)) >= NEARLY_ALL * len(values):
                return column
        return None

    def are_titles(self, values: pl.Series) -> bool:
        """Whether the values are titles of the catalogue, nearly all of them."""
        index, distinct = self._titles(), values.drop_nulls().head(SAMPLE).unique()
        found = sum(_folded(value) in index for value in distinct)
        return 0 < NEARLY_ALL * len(distinct) <= found

    def by_title(self, titles: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """The item ids of rows by title, year and maker (text; null where not known), and why
        there is none: `NO_TITLE` or `SEVERAL`."""
        index = self._titles()
        distinct = titles.unique(maintain_order=True)
        items: list[str | None] = []
        why: list[str | None] = []
        for title, year, maker in distinct.select("title", "year", "maker").iter_rows():
            found = _matching(index, title or "", year, maker)
            items.append(found[0] if len(found) == 1 else None)
            why.append(None if len(found) == 1 else SEVERAL if found else NO_TITLE)
        columns = {"item": items, "why": why}
        read = distinct.with_columns(pl.Series(n, v, pl.String) for n, v in columns.items())
        joined = titles.join(
            read, on=titles.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["item"], joined["why"]

    def _titles(self) -> dict[str, list[tuple[str, str, str]]]:
        """Title, case-folded → (id, years, makers) of the items."""
        index: dict[str, list[tuple[str, str, str]]] = {}
        for catalog in self._catalogs:
            for item in catalog:
                by_role = {"year": "", "maker": ""}
                for name, value in item.attributes.items():
                    role = role_of(name)
                    role = "maker" if role in ("artist", "author", "brand") else role
                    if role in by_role:
                        shown = " ".join(value) if isinstance(value, tuple) else str(value)
                        by_role[role] += f" {shown.casefold()}"
                entry = (item.id, by_role["year"], by_role["maker"])
                index.setdefault(_folded(item.title), []).append(entry)
        return index


def _same(given: Sequence[str], ids: Sequence[str], change: Callable[[str], str]) -> dict[str, str]:
    """Given id → the one id of the catalogue that is the same once both are changed so."""
    by_form: dict[str, list[str]] = {}
    for item_id in ids:
        by_form.setdefault(change(item_id), []).append(item_id)
    forms = {text: by_form.get(change(text), []) for text in given}
    return {text: items[0] for text, items in forms.items() if len(items) == 1}


def _matching(
    index: dict[str, list[tuple[str, str, str]]], title: str, year: str | None, maker: str | None
) -> list[str]:
    """The ids of the items with a title; an episode (`Series: Season 1: Name`) is its series."""
    parts = _folded(title).split(": ")
    for end in range(len(parts), 0, -1):
        found = index.get(": ".join(parts[:end]), [])
        for place, text in ((1, year), (2, maker)):
            if text and (fitting := [one for one in found if text.casefold() in one[place]]):
                found = fitting
            elif text and place == 1:
                found = [one for one in found if not one[1]]
        if found:
            return list(dict.fromkeys(item_id for item_id, *_ in found))
    return []


def _folded(title: str) -> str:
    return re.sub(r"\s*\(\d{4}\)$", "", clean(title)).casefold()
