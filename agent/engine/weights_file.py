"""Tensors of a safetensors file as NumPy arrays, without torch. NumPy has no bfloat16: such numbers
become float32."""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


class WeightsFile:
    """A mapped file; a tensor is read when it is asked for. `mode` "c": arrays can be written, and
    the file stays as it is. Raises `OSError`, `SafetensorError` where the file is shorter or longer
    than its header says."""

    def __init__(self, file: Path, mode: Literal["r", "c"] = "r") -> None:
        with safe_open(file, "np"):
            pass  # the header fits the file
        self._bytes = np.memmap(file, np.uint8, mode)
        size = int.from_bytes(self._bytes[:8].tobytes(), "little")
        header: dict[str, Any] = json.loads(self._bytes[8 : 8 + size].tobytes())
        header.pop("__metadata__", None)
        self._start, self._header = 8 + size, header

    def names(self) -> list[str]:
        """Of all tensors, sorted."""
        return sorted(self._header)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape."""
        return tuple(self._header[name]["shape"])

    def read(self, name: str) -> npt.NDArray[Any]:
        """A tensor; bfloat16 as a view of its 16 bits: see `as_float32`."""
        one = self._header[name]
        if one["dtype"] not in _DTYPES:
            raise SafetensorError(f"{name} holds numbers of the type {one['dtype']}")
        first, end = (self._start + offset for offset in one["data_offsets"])
        flat = self._bytes[first:end].view(_DTYPES[one["dtype"]])
        return flat.reshape(one["shape"])

    def as_float32(self, name: str, rows: Any = ...) -> npt.NDArray[np.float32]:
        """A tensor, or those `rows` of it, copied."""
        values = self.read(name)[rows]
        narrow = self._header[name]["dtype"] == "BF16"
        wide = values.astype(np.uint32 if narrow else np.float32)
        if narrow:
            wide <<= 16
        floats: npt.NDArray[np.float32] = wide.view(np.float32)
        return floats
