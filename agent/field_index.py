"""One field of a catalogue, indexed so that a filter over many items costs microseconds.

`Column` knows which rows hold which value (texts and list members, case-folded) and each row's
number. Built once from the decoded values, then only read.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class Column:
    """The values of one field, row by row: text, number, flag, list of texts, or None."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = values

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """Each row's number, NaN where it has none; a flag is no number: float64 [rows]."""
        return np.array(
            [
                float(value)
                if isinstance(value, int | float) and not isinstance(value, bool)
                else np.nan
                for value in self.values
            ],
            dtype=np.float64,
        )

    @property
    def spelling(self) -> dict[str, str]:
        """How the catalogue first writes each value, by its `key`."""
        return self._index[1]

    @property
    def rows(self) -> dict[str, Rows]:
        """The rows that hold each value, by its `key`."""
        return self._index[0]

    @cached_property
    def _index(self) -> tuple[dict[str, Rows], dict[str, str]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        spelling: dict[str, str] = {}
        for row, value in enumerate(self.values):
            for member in members(value):
                name = key(member)
                if name not in spelling:
                    spelling[name] = str(member)
                found[name].append(row)
        return {name: np.array(rows, dtype=np.int64) for name, rows in found.items()}, spelling


def members(value: object) -> Sequence[object]:
    """A list's members, one value alone, nothing for None."""
    if isinstance(value, list | tuple):
        return value
    return () if value is None else (value,)


def key(value: object) -> str:
    """What two values must share to be equal: case-folded text; 1995.0 is 1995."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).casefold()
