"""`Pictures`: a vector of each item's picture, which the scorer reads beside the item's text.

The vectors come from any image model; `scorer/picture_encoder.py` can make them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import polars as pl

from shelftalker.errors import DataError

PICTURES_FILE = "pictures.npz"
Vectors = npt.NDArray[np.float32]
_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".jsonl": pl.read_ndjson,
    ".csv": pl.read_csv,
}


@dataclass(frozen=True)
class Pictures:
    """`ids` of the items that have a picture; `vectors` float32 [ids, dim], unit rows; `encoder`:
    the model that made them, empty where they were given."""

    ids: tuple[str, ...]
    vectors: Vectors
    encoder: str = ""

    @classmethod
    def of(cls, ids: Sequence[str], vectors: npt.NDArray[Any], encoder: str = "") -> Self:
        """Of vectors [ids, dim] of any length; a row of zeros or with NaN is no picture. Raises
        `DataError` for another shape."""
        if vectors.ndim != 2 or len(vectors) != len(ids) or not vectors.shape[1]:
            raise DataError(
                f"got picture vectors of shape {vectors.shape} for {len(ids)} items; give one row "
                "of numbers per item, all of one length"
            )
        lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
        rows = np.flatnonzero(np.isfinite(lengths) & (lengths > 0))
        unit = (vectors[rows] / lengths[rows, None]).astype(np.float32)
        return cls(tuple(ids[row] for row in rows), unit, encoder)

    @classmethod
    def read(cls, file: Path, ids: Sequence[str], column: str = "vector") -> Self:
        """Read vectors that somebody made: a `.npy` file with one row for each of `ids`, the items
        of the catalogue in order; or a Parquet, JSON lines or CSV file with the columns `id` and
        `column`, a list of numbers. Items that are not in `ids` are left out. Raises
        `DataError`."""
        try:
            if file.suffix == ".npy":
                return cls.of(ids, np.load(file))
            frame = _READERS[file.suffix](file).select(pl.col("id").cast(pl.String), column)
            frame = (
                frame.filter(pl.col("id").is_in(list(ids))).drop_nulls().unique("id", keep="last")
            )
            rows = [json.loads(v) if isinstance(v, str) else v for v in frame[column].to_list()]
            return cls.of(frame["id"].to_list(), np.array(rows, np.float32).reshape(len(rows), -1))
        except (KeyError, OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise DataError(
                f"cannot read picture vectors from {file} ({error}); give a .npy file with one row "
                f"per item, or .parquet, .jsonl or .csv with the columns id and {column}"
            ) from None

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """What `save` wrote, None without the file. Raises `DataError` for a damaged one."""
        if not file.is_file():
            return None
        try:
            with np.load(file) as stored:
                ids, encoder = json.loads(stored["names"].tobytes())
                return cls(tuple(ids), stored["vectors"], encoder)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise DataError(
                f"{file} is damaged ({error}); make it again with: shelftalker pictures"
            ) from None

    def save(self, file: Path) -> None:
        """Write them into a file; use `store.atomic.replacing` around it."""
        names = json.dumps([self.ids, self.encoder]).encode()
        with file.open("wb") as opened:
            np.savez(opened, names=np.frombuffer(names, np.uint8), vectors=self.vectors)

    @cached_property
    def place(self) -> dict[str, int]:
        """The row of each item's vector."""
        return {item_id: row for row, item_id in enumerate(self.ids)}

    def rows(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """The rows of items, int64 [ids], -1 for one without a picture."""
        return np.array([self.place.get(item_id, -1) for item_id in ids], np.int64)
