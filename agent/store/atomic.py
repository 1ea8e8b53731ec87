"""Atomic replacement of files, syncing of files and folders to disk, and the lock of a folder."""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from shelftalker.errors import WorkspaceError

LOCK_FILE = ".lock"
LOCK_SECONDS = 120.0
"""How long a writer waits: longer than an import of some ten million events holds the lock."""


def replace_file(file: Path, content: bytes) -> None:
    """Replace the content of a file: after a crash it has the old or the new one, never a part."""
    with replacing(file) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A temporary path to write to; on success it replaces `file`, synced to disk."""
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
        sync(temporary)
        temporary.replace(file)
        sync(file.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync a file, or the entries of a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Sync a folder and everything below it to disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sweep(parent: Path) -> None:
    """Delete temporary folders of killed processes: those older than a day, which nobody writes."""
    for left in parent.glob(".tmp-*"):
        if time.time() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; its holder may take it again. Readers need no lock, because files
    are replaced as a whole. Raises `WorkspaceError` where it stays taken for `LOCK_SECONDS`.
    """
    file = folder / LOCK_FILE
    lock = FileLock(file.resolve(), is_singleton=True)  # one a path, so it knows its holder
    try:
        lock.acquire(timeout=LOCK_SECONDS, poll_interval=0.01)
    except Timeout:
        raise WorkspaceError(
            f"{file} was held by another process or thread for {LOCK_SECONDS:g} seconds, so "
            "nothing was changed; wait until the import or the other change ends, then repeat"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise WorkspaceError(
            f"{file} could not be locked ({error}), so nothing was changed; check its rights and "
            "that its file system supports locks, then repeat"
        ) from None
    try:
        yield
    finally:
        lock.release()
