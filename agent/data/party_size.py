"""For how many people a request asks, and for how many an item is: `for two`, `2-4 players`."""

import math
import re
from functools import lru_cache
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import words_in
from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.packs import words
from shelftalker.language.tokens import fold

_WORDS = words("requests")
_ASKED = re.compile(
    rf"\b({NUMBER})[- ]{_WORDS['PEOPLE']}\b|\b{_WORDS['GROUP']} ({NUMBER})"
    rf"|\b(?:for|fur) ({_WORDS['FEW']})(?=\W*$|[,.;!?])|({NUMBER})个?人(?:玩|用|份|帐|座|的|$)"
)
_RANGE = re.compile(r"(\d+)\s*(?:[-–]|to|bis)\s*(\d+)")
_IN_TEXT = re.compile(r"\b(?:(\d+)\s*(?:[-–]|to)\s*)?(\d+)(\+)?[- ](?:players|people|persons?)\b")


def people_asked(message: str) -> int | None:
    """For how many people a request asks; None where it names no number."""
    found = _ASKED.search(fold(message))
    number = value(next(filter(None, found.groups()))) if found else 0.0
    return int(number) if number >= 1 and number.is_integer() else None


@lru_cache(maxsize=65536)
def people_of(item: Item) -> tuple[float, float] | None:
    """The least and the largest number of people that an item is for, by its fields (`players`,
    `persons`) or in its text; None where it names neither or several."""
    for field, said in item.attributes.items():
        last = "".join(words_in(field)[-1:])
        if last in _WORDS["PEOPLE_FIELDS"]:
            return _bounds(str(said))
    named = {match.groups() for match in _IN_TEXT.finditer(fold(f"{item.title}. {item.text}"))}
    if len(named) != 1:
        return None
    low, high, more = named.pop()
    return (float(low or high if more else low or 1), math.inf if more else float(high))


def _bounds(said: str) -> tuple[float, float] | None:
    if found := _RANGE.search(said):
        return float(found[1]), float(found[2])
    if not (number := re.search(r"\d+", said)):
        return None
    if "+" in said:
        return float(number[0]), math.inf
    most = float(number[0])
    return (1.0 if re.search("up to|max|bis", said) else most), most


def room_for(item: Item, message: str) -> Literal["", "unknown", "enough", "none"]:
    """Whether an item has room for as many people as a message asks for; empty where it asks for
    none."""
    people, size = people_asked(message), people_of(item)
    if people is None or size is None:
        return "" if people is None else "unknown"
    return "enough" if size[0] <= people <= size[1] else "none"
