"""Labels of hard filters for people, in English and Chinese; values stay as the catalogue writes
them."""

import re

from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import RANKED, Filter
from shelftalker.data.words import word_lists


def label_in(condition: Filter, language: str) -> str:
    """The label of a filter: `Filter.said`, or its Chinese counterpart for `zh`."""
    if language != "zh":
        return condition.said
    name, (_, unit) = chinese_name(condition.field), field_name(condition.field)
    kind = "year" if role_of(condition.field) == "year" or name == "日期" else "number"
    if condition.op in RANKED:
        return f"{name}{_RANKED[kind][condition.op]}"
    if condition.op == "outside" and isinstance(condition.value, tuple):
        return f"{name}不在{'–'.join(condition.value)}之间"
    if condition.op in _BOUNDS[kind]:
        return f"{name}{_BOUNDS[kind][condition.op]}{_shown(condition.value)}{unit}"
    excludes = condition.op == "excludes"
    if condition.value == "true":
        return f"不要{name}" if excludes else name
    return f"{name}{'不是' if excludes else '：'}{_shown(condition.value)}{unit}"


def chinese_name(field: str) -> str:
    """The Chinese name of a field; its own name where none is known."""
    name, _ = field_name(field)
    parts = [role_of(field), *re.split(r"[_\W]+", name.casefold())]
    return next((CHINESE_NAMES[p] for p in parts if p in CHINESE_NAMES), name)


def field_name(name: str) -> tuple[str, str]:
    """A field's name as words, and the unit at its end: `weight` and ` g` of `weight_g`."""
    spoken = re.sub(r"[_\W]+", " ", name).strip()
    stem, _, unit = spoken.rpartition(" ")
    return (stem, f" {unit}") if stem and unit in _UNITS else (spoken, "")


def _shown(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "或".join(value)
    if isinstance(value, int | float):
        return f"{value:.2f}" if value % 1 else f"{value:.0f}"
    return value


_LISTS = word_lists("filter_labels")
_BOUNDS: dict[str, dict[str, str]] = _LISTS["bounds"]
_RANKED: dict[str, dict[str, str]] = _LISTS["ranked"]
_UNITS = frozenset(_LISTS["units"].split())
CHINESE_NAMES: dict[str, str] = _LISTS["names"]
