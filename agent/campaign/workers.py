"""Workers that write parts: processes of this machine, or actors of a Ray cluster."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from typing import Any

from shelftalker.campaign.part_writer import PartWriter, WrittenPart
from shelftalker.campaign.plan import CampaignPart, CampaignSettings

Arguments = tuple[str, CampaignSettings, str]
"""Of `PartWriter`: workspace, settings, engine."""


class LocalWorker:
    """A `PartWriter` in a process of this machine. A call after it is lost ends with an error for
    which `worker_lost` is true."""

    def __init__(self, arguments: Arguments) -> None:
        spawned = multiprocessing.get_context("spawn")
        self._arguments = arguments
        self._pool = ProcessPoolExecutor(1, spawned, _end_with_parent)

    def start(self) -> "Future[None]":
        """Open the writer; done when it can write."""
        return self._pool.submit(_open, *self._arguments)

    def write(self, part: CampaignPart) -> "Future[WrittenPart]":
        """As `PartWriter.write`."""
        return self._pool.submit(_write, part.users)

    def close(self) -> None:
        """End it at once."""
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


class RayWorker:
    """As `LocalWorker`: an actor with one CPU, on whichever machine of the cluster has room."""

    def __init__(self, arguments: Arguments) -> None:
        import ray

        actor = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(PartWriter)
        self._actor: Any = actor.remote(*arguments)

    def start(self) -> "Future[None]":
        """As `LocalWorker.start`."""
        started: Future[None] = self._actor.__ray_ready__.remote().future()
        return started

    def write(self, part: CampaignPart) -> "Future[WrittenPart]":
        """As `LocalWorker.write`."""
        written: Future[WrittenPart] = self._actor.write.remote(part.users).future()
        return written

    def close(self) -> None:
        """As `LocalWorker.close`."""
        import ray

        ray.kill(self._actor)


Worker = LocalWorker | RayWorker


def open_workers(
    arguments: Arguments, *, local: bool, workers: int | None = None
) -> tuple[int, Callable[[], Worker]]:
    """How many workers there are to be, and how one is made; by default one for each CPU, and one
    local one where an LLM is loaded into it. Without Ray they are local ones."""
    if local or find_spec("ray") is None:
        light = arguments[2] in ("none", "openai", "server")  # else each holds a model
        return workers or ((os.cpu_count() or 1) if light else 1), lambda: LocalWorker(arguments)
    import ray

    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)  # RAY_ADDRESS, or here
    size = workers or int(ray.cluster_resources().get("CPU", 1))
    return size, lambda: RayWorker(arguments)


def worker_lost(error: BaseException) -> bool:
    """Whether a call failed because its worker, or the machine of it, is gone."""
    if isinstance(error, BrokenProcessPool):
        return True
    if not type(error).__module__.startswith("ray."):
        return False
    from ray.exceptions import RayError, RayTaskError

    return isinstance(error, RayError) and not isinstance(error, RayTaskError)


_writer: PartWriter | None = None
"""The writer of this worker process."""


def _open(*arguments: Any) -> None:
    global _writer
    _writer = PartWriter(*arguments)


def _write(users: tuple[str, ...]) -> WrittenPart:
    assert _writer is not None
    return _writer.write(users)


def _end_with_parent() -> None:
    """A worker whose campaign was killed ends too."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
