"""Files and folders that are replaced as a whole and are on disk when the call returns."""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(file: Path, content: bytes) -> None:
    """Give a file new content: after a crash it has the old or the new one, never a part."""
    with replacing(file) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A path beside `file` to write to; on success it takes the file's place, synced to disk."""
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
        _sync_file(temporary)
        temporary.replace(file)
        sync_folder(file.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as opened:
        os.fsync(opened.fileno())


def sync_folder(path: Path) -> None:
    """Put a folder's entries on disk."""
    if os.name == "nt":
        return  # Windows cannot open a folder to sync it
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Put all files below a folder on disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            _sync_file(path)
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def sweep(parent: Path) -> None:
    """Delete what killed processes left, once it is a day old and nobody can be writing to it."""
    for left in parent.glob(".tmp-*"):
        if time.time() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
