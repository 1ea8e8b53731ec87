"""Checkpoints of a fit: one file per stage, replaced after every epoch, from which a killed fit
resumes.

A checkpoint carries a hash of the log, the texts, the settings and the seed, and is ignored when
any of these has changed.
"""

import hashlib
import pickle
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from shelftalker.errors import WorkspaceError
from shelftalker.store.atomic import replacing


class Checkpoints:
    """The checkpoint files of one fit in a folder; `key` as from `key_of`."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key

    def load(self, stage: str) -> dict[str, Any] | None:
        """The state last saved for a stage, or None where there is no matching one."""
        file = self._file(stage)
        if not file.is_file():
            return None
        try:
            stored: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, pickle.UnpicklingError):
            return None  # damaged: the fit starts over
        return stored["state"] if stored.get("key") == self.key else None

    def save(self, stage: str, state: dict[str, Any]) -> None:
        """Replace the stage's file. Raises `WorkspaceError` where it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(self._file(stage)) as temporary:
                torch.save({"key": self.key, "state": state}, temporary)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as the latter
            raise WorkspaceError(
                f"no checkpoint could be written to {self.folder} ({error}), so what served before "
                "still serves; free disk space or check its rights, then fit again"
            ) from None

    def _file(self, stage: str) -> Path:
        return self.folder / f"{stage}.pt"


def key_of(settings: object, seed: int, arrays: Sequence[npt.NDArray[Any]]) -> str:
    """A hash of a fit's inputs and of the library versions."""
    digest = hashlib.blake2b(digest_size=16)
    versions = [version(name) for name in ("shelftalker", "torch", "numpy")]
    digest.update(repr((settings, seed, versions)).encode())
    for array in arrays:
        digest.update(repr((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
