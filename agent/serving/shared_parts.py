"""`SharedParts`: what one process builds of a domain and others, forked from it, take over.

`dump` writes them, in a process that has threads and so cannot be forked, for one that has none:
`pickle.load` starts no thread. An array that is mapped from a file stays that: only its place is
written.
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.loading import FileStamp
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.understanding.rule_reader import RuleReader


class Built(NamedTuple):
    """What a domain is expensive to build from. `arms`: scorer versions that an experiment names,
    which each process loads for itself."""

    scorer: str | None
    catalog: FileStamp
    arms: tuple[str, ...] = ()


class SharedParts(NamedTuple):
    """What is expensive to build of a domain, and what it was built from. The scorer has lost its
    encoder and its index when it was loaded from a file."""

    built: Built
    catalog: Catalog
    scorer: TwoTowerScorer
    reader: RuleReader
    search: TextSearch | None


def dump(parts: Mapping[str, SharedParts], file: IO[bytes]) -> None:
    """Write the parts of domains."""
    _Pickler(file, protocol=5).dump(dict(parts))


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        """A function and its arguments that map the same part of the same file."""
        mapped = _mapped(obj) if isinstance(obj, np.ndarray) else None
        if mapped is None or mapped.filename is None:
            return NotImplemented
        start = mapped.offset + obj.ctypes.data - mapped.ctypes.data
        return _remapped, (Path(mapped.filename), start, obj.dtype.str, obj.shape, obj.strides)


def _mapped(array: npt.NDArray[Any]) -> np.memmap[Any, Any] | None:
    """The mapping of a whole file that an array is a view of, None of one in memory."""
    outermost: np.memmap[Any, Any] | None = None
    base: Any = array
    while isinstance(base, np.ndarray):
        outermost, base = (base if isinstance(base, np.memmap) else None), base.base
    return outermost


def _remapped(
    file: Path, start: int, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...]
) -> npt.NDArray[Any]:
    whole = np.memmap(file, np.uint8, "r")
    return np.ndarray(shape, dtype, whole, start, strides)
