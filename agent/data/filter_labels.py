"""Labels of hard filters in the language of the reader; values stay as the catalogue has them."""

import re

from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import RANKED, Filter
from shelftalker.data.words import word_lists
from shelftalker.language.packs import messages


def label_in(condition: Filter, language: str) -> str:
    """The label of a filter in a language, of which English is the usual one: `year from 1980`,
    `no Horror`, `Comedy or Drama`."""
    labels, value, op = messages("labels", language), condition.value, condition.op
    role, key = role_of(condition.field), f"number_{op}"
    if role == "year":
        key = f"year_{op}"
    elif op in RANKED and role in _LENGTHS:
        key = f"length_{op}"
    if op == "outside":
        text = "–".join(map(str, condition.values))
    else:
        text = labels["or"].join(map(_value_text, condition.values))
    if key not in labels:
        key = op if op in ("outside", "excludes") else "contains"
        if value == "true":
            key = "no_flag" if key == "excludes" else "flag"
        elif key == "contains" and isinstance(value, int | float):
            key = "number"
    name, unit = name_in(condition.field, language), field_name(condition.field)[1]
    whole = condition.field.replace("_", " ")
    return labels[key].format(name=name, field=whole, value=text, unit=unit)


def name_in(field: str, language: str) -> str:
    """The name of a field in a language; its own name where none is known."""
    name, _ = field_name(field)
    names = messages("fields", language)
    parts = [role_of(field), *re.split(r"[_\W]+", name.casefold())]
    return next((names[part] for part in parts if part in names), name)


def field_name(name: str) -> tuple[str, str]:
    """A field's name as words, and the unit at its end: `weight` and ` g` of `weight_g`."""
    spoken = re.sub(r"[_\W]+", " ", name).strip()
    stem, _, unit = spoken.rpartition(" ")
    return (stem, f" {unit}") if stem and unit in _UNITS else (spoken, "")


def _value_text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if value % 1 else f"{value:.0f}"


_LENGTHS = frozenset({"runtime", "length", "playtime"})
_UNITS = frozenset(word_lists("filter_labels")["units"].split())
