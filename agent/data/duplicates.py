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
    frame = catalog.frame.with_row_index("_place")
    title = pl.col("title").str.to_lowercase().str.replace_all(r"[\W_]+", " ").str.strip_chars()
    alone = frame.with_columns(_title=title).filter(pl.col("group").is_null())
    alike = alone.filter(pl.col("_title").is_duplicated() & (pl.col("_title") != ""))
    firsts: dict[str, list[tuple[str, frozenset[str], frozenset[str]]]] = {}
    groups: dict[int, str] = {}
    first_places: dict[str, int] = {}
    for place, item_id, name, text, attributes in alike.select(
        "_place", "id", "_title", "text", "attributes"
    ).iter_rows():
        identity, words = _identity(attributes), frozenset(re.findall(r"\w+", text.lower()))
        same = next(
            (
                first
                for first, known, known_words in firsts.get(name, [])
                if _same(known, known_words, identity, words)
            ),
            None,
        )
        if same is None:
            firsts.setdefault(name, []).append((item_id, identity, words))
            first_places[item_id] = place
        else:
            groups |= {place: same, first_places[same]: same}
    if not groups:
        return catalog, 0
    found = pl.DataFrame({"_place": list(groups), "_group": list(groups.values())})
    found = found.cast({"_place": pl.UInt32})
    joined = frame.join(found, on="_place", how="left", maintain_order="left")
    with_groups = joined.with_columns(group=pl.coalesce("group", "_group"))
    return Catalog(with_groups, catalog.called), len(groups) - len(set(groups.values()))


def _identity(attributes: str) -> frozenset[str]:
    """Makers and year of an item, as `role=value`."""
    found: set[str] = set()
    for name, value in json.loads(attributes or "{}").items():
        role = role_of(name)
        if role in _MAKERS or role == "year":
            values = value if isinstance(value, list) else [value]
            found |= {f"{role}={str(one).casefold()}" for one in values}
    return frozenset(found)


def _same(
    identity: frozenset[str], words: frozenset[str], other: frozenset[str], others: frozenset[str]
) -> bool:
    """Whether two items of one title are the same: of the same maker and year, as far as both are
    known; without either, if their texts share nearly all words."""
    roles = {one.split("=")[0] for one in identity} & {one.split("=")[0] for one in other}
    for role in roles:
        own = {one for one in identity if one.startswith(f"{role}=")}
        if own.isdisjoint(other):
            return False
    if roles:
        return True
    shared = len(words & others) / max(len(words | others), 1)
    return shared >= _MIN_SHARED
