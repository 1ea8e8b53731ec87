# ruff: noqa: E501
"""A bound that was said on a number or a date, and the words that put one."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low ≤ field ≤ high` said at text[start:end]; a bound that is open is None."""

    start: int
    end: int
    field: str
    low: float | None
    high: float | None
    step: float = 0.0
    """Added or taken where a bound turns: "not before 1980" is from 1980 on."""
    strict: bool = False
    """Is the bound itself left out, as in "under 20"?"""
    unit: Literal["", "day", "month"] = ""
    """`day`: bounds are ordinal days. `month`: a month was said, but only its year can count."""

    def value(self, bound: float) -> str | float:
        """A bound as a filter has it: a day as ISO 8601."""
        return date.fromordinal(int(bound)).isoformat() if self.unit == "day" else bound


BEFORE = (
    r"(?:before|prior to|older than|earlier than|pre|vor|alter als|avant|antes de"
    r"|anterior(?:es)? a)"
)
AFTER = r"(?:after|later than|newer than|more recent than|post|nach|neuer als|apres|despues de|posterior(?:es)? a)"
UNTIL = r"(?:until|till|up to|through|bis|jusqu'en|hasta|no later than)"
TO = r" ?(?:and|to|-|–|until|through|till|und|bis|et|a|y|到|至) ?"
