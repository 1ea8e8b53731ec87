"""Checks a reading as a whole: no value both demanded and excluded, and something left to show.

Where nothing in the catalogue fits, values of one field become a choice, and then the least certain
demands become wishes. Numbers and what was read for certain stand.
"""

from collections.abc import Sequence
from dataclasses import replace

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import value_key
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.understanding.turn import Part, merged_filters

CERTAIN = 0.75
"""Confidence from which a demand is not given up."""


def consistent(parts: Sequence[Part], catalog: Catalog) -> tuple[list[Part], list[Part]]:
    """The parts that stand together, and the demands that became wishes."""
    ruled_out = {
        pair for part in parts if part.excludes for one in part.filters for pair in _pairs(one)
    }
    kept = [
        part
        for part in parts
        if part.excludes or not any(ruled_out & _pairs(one) for one in part.filters)
    ]
    given_up: list[Part] = []
    while len(kept) > 1 and not _fits(kept, catalog):
        chosen = _as_choice(kept)
        if chosen != kept and _fits(chosen, catalog):
            return chosen, given_up
        unsure = [part for part in kept if _may_go(part)]
        if not unsure:
            break
        least = min(unsure, key=lambda part: part.confidence)
        kept.remove(least)
        given_up.append(replace(least, filters=()))
    return kept, given_up


def _may_go(part: Part) -> bool:
    words = all(one.op in ("contains", "equals") for one in part.filters)
    return words and not part.excludes and part.confidence < CERTAIN


def _as_choice(parts: Sequence[Part]) -> list[Part]:
    """Demands of several values of one field, one of which is enough."""
    fields = [one.field for part in parts for one in part.filters if one.op == "contains"]
    return [
        replace(part, either=True)
        if any(one.op == "contains" and fields.count(one.field) > 1 for one in part.filters)
        else part
        for part in parts
    ]


def _fits(parts: Sequence[Part], catalog: Catalog) -> bool:
    return bool(allowed_items(catalog, merged_filters(parts)).any())


def _pairs(condition: Filter) -> set[tuple[str, str]]:
    texts = (one for one in condition.values if isinstance(one, str))
    return {(condition.field, value_key(one)) for one in texts}
