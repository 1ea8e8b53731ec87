"""Labels of hard filters in the language of the reader; values stay as the catalogue has them."""

import re

from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import Filter, value_text
from shelftalker.data.words import word_lists
from shelftalker.language.packs import messages

LABELLED = ("zh", "de")
"""Languages with labels of their own, in `language/packs/messages`."""


def label_in(condition: Filter, language: str) -> str:
    """The label of a filter in a language; `Filter.said` where it has no labels."""
    if language not in LABELLED:
        return condition.said
    labels, value = messages("labels", language), condition.value
    name, (_, unit) = name_in(condition.field, language), field_name(condition.field)
    kind = "year" if role_of(condition.field) in ("year", "date") else "number"
    key = f"{kind}_{condition.op}"
    if condition.op == "outside" and isinstance(value, tuple):
        return labels["outside"].format(name=name, value="–".join(value))
    if key not in labels:
        key = "excludes" if condition.op == "excludes" else "contains"
        if value == "true":
            key = "no_flag" if key == "excludes" else "flag"
    return labels[key].format(name=name, value=value_text(value, labels["or"]), unit=unit)


def name_in(field: str, language: str) -> str:
    """The name of a field in a language; its own name where none is known."""
    name, _ = field_name(field)
    if language not in LABELLED:
        return name
    names = messages("fields", language)
    parts = [role_of(field), *re.split(r"[_\W]+", name.casefold())]
    return next((names[part] for part in parts if part in names), name)


def field_name(name: str) -> tuple[str, str]:
    """A field's name as words, and the unit at its end: `weight` and ` g` of `weight_g`."""
    spoken = re.sub(r"[_\W]+", " ", name).strip()
    stem, _, unit = spoken.rpartition(" ")
    return (stem, f" {unit}") if stem and unit in _UNITS else (spoken, "")


_UNITS = frozenset(word_lists("filter_labels")["units"].split())
