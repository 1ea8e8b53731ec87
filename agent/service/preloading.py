"""What worker processes have in common: the imported program and the loaded domains.

Workers are forked from a process that holds both and has started no thread, for a fork copies no
thread: after one that had used Polars or OpenVINO, workers would wait for ever. So the domains are
loaded by a process apart, which hands them over and ends.
"""

import ctypes
import gc
import importlib
import logging
import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING

from shelftalker.errors import ShelftalkerError
from shelftalker.recommender import Recommender
from shelftalker.serving.shared_parts import SharedParts, dump
from shelftalker.understanding.head.roles import open_head

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOG = logging.getLogger(__name__)
_IMPORTS = (
    "shelftalker.service.app",
    "shelftalker.commands.service",
    "shelftalker.data.event_log",
    "shelftalker.data.impressions",
    "shelftalker.conversation.assistant",
    "pypinyin",
)
NOBODY, PROBE = "a new visitor", "something new, but not the last one"
TALK = (PROBE, "not so long, please", "why the first?", "something like the second", "others")
"""Who asks, and for what, before there are visitors; a conversation of theirs."""


def preload(make_app: Callable[[], "FastAPI"]) -> Mapping[str, SharedParts]:
    """Import what a worker needs, and load all domains as its app does; by name, those that can be.

    Frozen objects are not looked at by the garbage collector, which would write to the memory that
    workers share.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # 40 MB, and signs are read one by one
    for name in _IMPORTS:
        importlib.import_module(name)
    open_head()  # its tokenizer and weights; the first message compiles it
    with tempfile.TemporaryFile() as file:
        apart = multiprocessing.get_context("fork").Process(target=_load, args=(make_app, file))
        apart.start()
        apart.join()
        if apart.exitcode:
            _LOG.warning("domains not loaded ahead", extra={"exit": apart.exitcode})
            return {}
        file.seek(0)
        shared: dict[str, SharedParts] = pickle.load(file)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # each worker would fill what was freed with copies of its own
    gc.freeze()
    return shared


def _load(make_app: Callable[[], "FastAPI"], file: IO[bytes]) -> None:
    recommender: Recommender = make_app().state.context.recommender
    parts: dict[str, SharedParts] = {}
    for name in recommender.domains():
        try:
            recommender.shortlist(NOBODY, PROBE, domain=name)  # fills what is lazy
        except ShelftalkerError:
            continue  # each worker says why
        parts[name] = recommender.parts(name)
    dump(parts, file)
    file.flush()
