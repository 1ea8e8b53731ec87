# ruff: noqa: E501
"""`Quantity`: a bound on a number or a date in a message, and the words that introduce bounds."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low ≤ field ≤ high`, read from text[start:end]; an open bound is None."""

    start: int
    end: int
    field: str
    low: float | None
    high: float | None
    step: float = 0.0
    """Added or subtracted when a bound is negated: "not before 1980" means from 1980 on."""
    strict: bool = False
    """Whether the bound itself is excluded, as in "under 20"."""
    unit: Literal["", "day", "month", "lowest", "highest"] = ""
    """`day`: bounds are ordinal days. `month`: the message names a month, but only its year can be
    checked. `lowest`, `highest`: no bound, but the `low` items at that end."""

    @property
    def is_empty(self) -> bool:
        """Whether neither end is bounded."""
        return self.low is None and self.high is None

    def value(self, bound: float) -> str | float:
        """A bound as a filter value: a day is ISO 8601."""
        return date.fromordinal(int(bound)).isoformat() if self.unit == "day" else bound


BEFORE = (
    r"(?:before|prior to|older than|earlier than|pre|vor|alter als|avant|antes de"
    r"|anterior(?:es)? a)"
)
AFTER = r"(?:after|later than|newer than|more recent than|post|nach|neuer als|apres|despues de|posterior(?:es)? a)"
UNTIL = r"(?:until|till|up to|through|bis|jusqu'en|hasta|no later than)"
TO = r" ?(?:and|to|-|–|until|through|till|und|bis|et|a|y|到|至) ?"
LESS = (
    r"(?:<=|=<|≤|<|under|below|less than|fewer than|shorter than|cheaper than|lower than|at most|max(?:imum)?"
    r"(?: of)?|up to|within|no(?:t)? more than|unter|weniger als|hochstens|bis zu|bis|maximal"
    r"|kurzer als|gunstiger als|billiger als|moins (?:de|d'|cher que)|jusqu'a|menos de|hasta"
    r"|mas barat[oa]s? (?:de|que)|moins longs? que|(?:de )?maximum|不超过|(?<!不)(?:少于|低于|小于|短于)|不[多高大长]于|不到|不足|至多|最多|预算(?:是|为)?) *"
)
MORE = (
    r"(?:>=|=>|≥|>|over|above|more than|longer than|at least|min(?:imum)?(?: of)?|exceeding|dearer than|pricier than"
    r"|more expensive than|uber|mehr als|mindestens|langer als|ab|plus (?:de|d'|longs? que)|au moins|mas de|al menos|(?<!不)(?:超过|[多高大长]于)|不[少低小短]于|至少) *"
)
ABOUT = (
    r"(?:around|about|roughly|approximately|approx\.?|circa|ca\.?|close to|um(?: die)?|ungefahr|etwa|environ"
    r"|autour de|alrededor de|unos|unas|aproximadamente|大约|大概|差不多)"
)
OR_SO = r"(?:or so|左右|上下)"
NEAR_TIME = 0.15
"""Tolerance of "about" for durations and counts, as a share of the number."""
INCLUSIVE = re.compile(
    r"<=|=<|≤|>=|=>|≥|预算|at most|max|up to|within|no(?:t)? more than|hochstens|bis|jusqu'a|hasta|不(?:超过|[多高大长少低小短]于)|至多|最多|[以之]内|[以之]下"
    r"|at least|min(?!ut)|mindestens|\bab\b|au moins|al menos|至少|以上|起|or (?:less|fewer|shorter|under|cheaper)|oder weniger|oder mehr|ou moins|ou plus|o menos|o mas"
    r"|or (?:more|longer)|plus$|\+$|and up|tops|budget|spend"
)
"""Said of a bound that is itself allowed."""


def bound(
    match: re.Match[str], field: str, side: str, amount: float, near: float = 0.0
) -> Quantity:
    """What an amount bounds: above ("high"), below ("low") or, "near" it, on both sides."""
    if side == "near":
        least, most = round(amount * (1 - near), 2), round(amount * (1 + near), 2)
        return Quantity(match.start(), match.end(), field, least, most)
    low, high = (amount, None) if side == "low" else (None, amount)
    strict = not INCLUSIVE.search(match[0])
    return Quantity(match.start(), match.end(), field, low, high, strict=strict)
