"""The fields of a product in one line, as a shop puts them under a text: `26 cm across, 1.4 kg;
hobs: gas and induction.`"""

import re
from collections.abc import Sequence
from itertools import pairwise

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, is_catalogue_metadata, role_of
from shelftalker.data.values import texts_of
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.facts import may_be_stated
from shelftalker.writing.compose.measures import number_text

SAY_LITTLE = ("price", "language", "title", "runtime", "year", "genre", "topic", *PEOPLE)
"""Roles of facts that are told only where nothing else is known."""
MAX_TOLD, MAX_CHARACTERS, MAX_LISTED = 3, 36, 4
_UNITS = {unit: unit for unit in ("g", "kg", "mg", "mm", "cm", "m", "km", "in", "ml", "cl", "l")}
_UNITS |= {"w": "W", "h": "hours", "min": "minutes"}
_ACROSS = {"height": " tall", "length": " long", "width": " wide", "diameter": " across",
           "depth": " deep", "weight": "", "size": "", "volume": "", "capacity": ""}  # fmt: skip
"""What stands behind a measure of this name; others stand before it: `tip: 0.7 mm`."""
_TELLING = re.compile(r"\d|^(?:yes|no)$")
"""One value that says something behind the field's name: `animal: cat` does not."""
_ALONE = frozenset({"material", "construction", "filling"})
"""Fields whose values show what they are."""


def specifications(item: Item, told: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """At most three fields that a text does not tell yet, the measures first: how a line has each,
    its field, and its values. `told`: title and text."""
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
        ):
            found.append((text, field, tuple(shown)))
    found = [one for one in found if len(one[0]) <= MAX_CHARACTERS]
    return sorted(found, key=lambda one: ":" in one[0])[:MAX_TOLD]


def _worded(field: str, value: Value) -> str:
    """`26 cm across`, `2-4 players`, `ages 8+`, `hobs: gas and induction`; empty for a field whose
    name is a code."""
    words = field.casefold().split("_")
    if not all(word.isalpha() for word in words):
        return ""
    many = isinstance(value, tuple)
    text = _joined(texts_of(value)) if many or isinstance(value, str) else number_text(value)
    texts = texts_of(value) if many else [text]
    numeric = all(re.fullmatch(r"\d[\d.,/x× –-]*", one) for one in texts)
    unit = _UNITS.get(words[-1]) if len(words) > 1 else None
    if unit:
        name = " ".join(words[:-1])
        if not numeric:
            return ""
        if unit == "g" and not many and text.isdecimal() and int(text) >= 1000:
            text, unit = f"{int(text) / 1000:g}", "kg"
        if many:
            return f"{name}: {text} {unit}"
        return f"{text} {unit}{_ACROSS[name]}" if name in _ACROSS else f"{name}: {text} {unit}"
    name = " ".join(words)
    if name == "age" and text[:1].isdigit():
        return f"ages {text}"
    if is_plural(name) and numeric and not many and text != "1" and name != "sizes":
        return f"{text} {name}"
    if isinstance(value, bool) or (numeric and not many and name != "sizes"):
        return ""  # a number without a unit
    if name in _ALONE:
        return text
    return f"{name}: {text}" if many or is_plural(name) or _TELLING.search(text) else ""


def _joined(texts: Sequence[str]) -> str:
    """`gas, ceramic and induction`; `6 to 10` of more numbers."""
    if len(texts) > MAX_LISTED:
        numbers = all(text.replace(".", "").isdecimal() for text in texts)
        return (
            f"{texts[0]} to {texts[-1]}" if numbers else f"{', '.join(texts[:MAX_LISTED])} and more"
        )
    shown = list(texts)
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def joints(parts: Sequence[str]) -> list[str]:
    """What stands before each part in one line: a labelled one stands behind a semicolon."""
    labelled = [":" in part for part in parts]
    return ["; " if this or before else ", " for before, this in pairwise([False, *labelled])]
