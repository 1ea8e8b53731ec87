"""Which columns of a catalogue file may be said to visitors.

A column about people (by its name, by e-mail or network addresses in it, or because it changes with
the person and not with the item) never reaches the catalogue. A column of the shop's own work, such
as stock or cost, is left out too, unless the owner asks for it.
"""

import re
from collections.abc import Sequence
from typing import Literal

import polars as pl

from shelftalker.data.field_roles import words_in
from shelftalker.data.files.columns import classes_in, key, vocabulary

Reason = Literal["people", "inner"]
_ADDRESS = re.compile(r"\s*(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:\d{1,3}\.){3}\d{1,3})\s*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SAMPLE = 500
MIN_SHARED = 3
"""Items of several people that show whether a column is about the item."""


def not_to_say(column: str, values: Sequence[str | None], beside_events: bool) -> Reason | None:
    """Why a column must not be said; None for one that may. `beside_events`: the file also says
    who did what, so `country` or `age` are of that person."""
    if about_people(column, beside_events) or _holds_addresses(values):
        return "people"
    words, inner = _words(column), vocabulary().inner
    is_inner = inner.words.intersection(words) or _has_phrase(key(column), inner.phrases)
    return "inner" if is_inner else None


def about_people(column: str, beside_events: bool = False) -> bool:
    """Whether the name of a column says that it is about a person."""
    known, name, words = vocabulary().people, key(column), _words(column)
    if _has_phrase(name, known.phrases) or name in known.words:
        return True
    if beside_events and (name in known.beside_events or words[-1:] == ["review"]):
        return True
    if beside_events and classes_in(column) & {"me", "deed", "added", "status"}:
        return True
    person = [word for word in words if word in known.words]
    others = [word for word in words if word not in known.words]
    return bool(person) and all(word in known.details for word in others)


def changes_with_people(frame: pl.DataFrame, column: str, user: str, item: str) -> bool:
    """Whether a column has one value for each person, and several for each item."""
    given = frame.select(user, item, column).drop_nulls()
    if given[column].n_unique() < 2:
        return False

    def varies(by: str) -> float:
        several = given.group_by(by).agg(pl.len(), pl.col(column).n_unique().alias("n"))
        several = several.filter(pl.col("len") > 1)
        return float((several["n"] > 1).mean() or 0) if len(several) else -1.0  # type: ignore[arg-type]

    return varies(user) == 0 and varies(item) > 0.2


def agrees_on_items(frame: pl.DataFrame, column: str, user: str, item: str) -> bool:
    """Whether all rows of an item have the same value, seen where several people have an item."""
    given = frame.select(user, item, column).drop_nulls().filter(pl.col(column) != "")
    shared = given.group_by(item).agg(pl.all().n_unique()).filter(pl.col(user) > 1)
    several = given[column].n_unique() > 1 and len(shared) >= MIN_SHARED
    return bool(several and (shared[column] == 1).all())


def _holds_addresses(values: Sequence[str | None]) -> bool:
    given = [value for value in values[:SAMPLE] if value and value.strip()]
    return bool(given) and sum(map(bool, map(_ADDRESS.fullmatch, given))) >= 0.3 * len(given)


def _words(column: str) -> list[str]:
    return list(words_in(_CAMEL.sub(" ", column)))


def _has_phrase(name: str, phrases: frozenset[str]) -> bool:
    """Whether a name is one of the phrases or holds a long one; two Chinese characters are long."""
    long = (one for one in phrases if len(one.encode()) >= (8 if one[0] < "\u2e80" else 6))
    return name in phrases or any(phrase in name for phrase in long)
