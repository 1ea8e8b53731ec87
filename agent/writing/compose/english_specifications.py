"""The fields of a product in one line, in words that need no label: `26 cm across, 1.4 kg.`"""

import re

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, is_catalogue_metadata, role_of
from shelftalker.data.values import texts_of
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.facts import may_be_stated
from shelftalker.writing.compose.measures import number_text

SAY_LITTLE = ("price", "language", "title", "runtime", "year", "genre", "topic", *PEOPLE)
"""Roles of facts that are told only where nothing else is known."""
MAX_TOLD, MAX_CHARACTERS = 3, 36
_UNITS = frozenset({"g", "kg", "mg", "mm", "cm", "m", "km", "in", "ml", "cl", "l"})
_ACROSS = {"height": " tall", "length": " long", "width": " wide", "diameter": " across",
           "depth": " deep", "weight": "", "size": "", "volume": "", "capacity": ""}  # fmt: skip
"""What stands behind a measure of this name."""
_ALONE = frozenset({"material", "construction", "filling"})
"""Fields whose values show what they are."""


def specifications(item: Item, told: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """At most three fields that a text does not tell yet: how a line has each, its field, and its
    values. `told`: title and text."""
    known = set(re.findall(r"\w+", told.casefold()))
    found = []
    for field, value in item.attributes.items():
        if role_of(field) in (*SAY_LITTLE, "brand", "country") or is_catalogue_metadata(field):
            continue
        shown = texts_of(value) or (number_text(value),)
        fresh = not set(re.findall(r"\w+", " ".join(shown).casefold())) <= known
        if (
            fresh
            and all(may_be_stated(one.rstrip("+")) for one in shown)
            and (text := _worded(field, value))
            and not {*re.findall(r"\w+", text.casefold())} <= known  # 2300 as `2.3 kg`
        ):
            found.append((text, field, tuple(shown)))
    return [one for one in found if len(one[0]) <= MAX_CHARACTERS][:MAX_TOLD]


def _worded(field: str, value: Value) -> str:
    """`26 cm across`, `2-4 players`, `ages 8+`; empty where the field's name has to stand there
    as well, as in `hobs: gas`."""
    words = field.casefold().split("_")
    if isinstance(value, tuple | bool) or not all(word.isalpha() for word in words):
        return ""
    text = value if isinstance(value, str) else number_text(value)
    numeric = re.fullmatch(r"\d[\d.,/x× –-]*", text) is not None
    *measure, unit = words
    if measure and unit in _UNITS:
        name = " ".join(measure)
        if unit == "g" and text.isdecimal() and int(text) >= 1000:
            text, unit = f"{int(text) / 1000:g}", "kg"
        return f"{text} {unit}{_ACROSS[name]}" if numeric and name in _ACROSS else ""
    name = " ".join(words)
    if name == "age" and text[:1].isdigit():
        return f"ages {text}"
    if is_plural(name) and numeric and text != "1" and name != "sizes":
        return f"{text} {name}"
    return text if name in _ALONE else ""
