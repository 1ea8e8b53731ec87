"""Large arrays that the processes of one machine share: the first writes a file, all map it.

A mapped file is in memory once, however many worker processes serve.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from shelftalker.scorer.base import Floats
from shelftalker.store.atomic import replacing

KEPT_SECONDS = 86_400.0
"""How long a file that nobody has made anew is kept; a process that has it mapped keeps it."""


def shared(folder: Path | None, name: str, make: Callable[[], Floats], *content: bytes) -> Floats:
    """The array that `make` returns for this content, read-only and mapped from a file in `folder`;
    without a folder, or where it cannot be written, the array itself."""
    if folder is None:
        return make()
    key = hashlib.blake2b(b"\0".join(content), digest_size=16).hexdigest()
    file = folder / f"{name}-{key}.npy"
    if not file.is_file():
        made = make()
        try:
            write_array(file, made)
        except OSError:  # a cache: a full disk stops nobody
            return made
        for old in folder.glob(f"{name}-*.npy"):
            if old != file and time.time() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink(missing_ok=True)
    return np.asarray(np.load(file, mmap_mode="r").view(np.ndarray))


def write_array(file: Path, array: Floats) -> None:
    """Write or replace a file of `numpy.load`, at once and as a whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as temporary, temporary.open("wb") as opened:
        np.save(opened, array)
