"""The lock of a domain: one process or thread at a time changes what lies in its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from shelftalker.errors import WorkspaceError

LOCK_FILE = ".lock"
LOCK_SECONDS = 120.0
"""How long a writer waits: longer than an import of some ten million events holds the lock."""


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
