"""Processes of tests, forked from one that has imported the package: none imports it again."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "pytest",
        "shelftalker.learning.online_service",
        "shelftalker.scorer.training",
        "shelftalker.store.importing",
    ]
)


@contextmanager
def forked(
    work: Callable[..., None], *arguments: object
) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that does `work(connection, *arguments)`, and our end of the connection, which ends
    with the process; what still runs at the end of the block is killed."""
    ours, theirs = _FORKS.Pipe()
    process = _FORKS.Process(target=work, args=(theirs, *arguments))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()
