"""Duplicates in a catalogue: items of one title, maker and year get one `group`.

Items of a group have one place in a list, and who has seen one of them has seen all.
"""

import json
import re

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_roles import PEOPLE, role_of

_MAKERS = PEOPLE - {"cast"} | {"brand"}
_MIN_SHARED = 0.9
"""Share of words that the texts of two items without a maker have in common at least."""


def grouped(catalog: Catalog) -> tuple[Catalog, int]:
    """The catalogue with the groups of its duplicates, and the number of items that look the same
    as another one. Groups that the files give stay."""
    title = pl.col("title").str.to_lowercase().str.replace_all(r"[\W_]+", " ").str.strip_chars()
    alone = catalog.frame.with_columns(title=title).filter(pl.col("group").is_null())
    alike = alone.filter(pl.col("title").is_duplicated() & (pl.col("title") != ""))
    firsts: dict[str, list[tuple[str, _Identity, set[str]]]] = {}
    groups: dict[str, str] = {}
    for item_id, name, text, attributes in alike.select(
        "id", "title", "text", "attributes"
    ).iter_rows():
        identity, words = _identity(attributes), set(re.findall(r"\w+", text.lower()))
        known = firsts.setdefault(name, [])
        same = next((one for one, of, its in known if _same(identity, words, of, its)), None)
        if same is None:
            known.append((item_id, identity, words))
        else:
            groups |= {item_id: same, same: same}
    if not groups:
        return catalog, 0
    found = pl.col("id").replace_strict(groups, default=None, return_dtype=pl.String)
    frame = catalog.frame.with_columns(group=pl.coalesce("group", found))
    return Catalog(frame, catalog.called), len(groups) - len(set(groups.values()))


_Identity = dict[str, set[str]]
"""Makers and year of an item by role, case-folded."""


def _identity(attributes: str) -> _Identity:
    found: _Identity = {}
    for name, value in json.loads(attributes or "{}").items():
        role = role_of(name)
        if role in _MAKERS or role == "year":
            for one in value if isinstance(value, list) else [value]:
                found.setdefault(role, set()).add(str(one).casefold())
    return found


def _same(identity: _Identity, words: set[str], other: _Identity, others: set[str]) -> bool:
    """Whether two items of one title are the same: of the same maker and year, as far as both are
    known; without either, if their texts share nearly all words."""
    if roles := identity.keys() & other.keys():
        return all(identity[role] & other[role] for role in roles)
    return len(words & others) / max(len(words | others), 1) >= _MIN_SHARED
