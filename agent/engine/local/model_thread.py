"""The thread that owns an engine's model, so that the event loop stays free."""

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from shelftalker.engine.local.batch import DecodingBatch, DecodingRow
from shelftalker.errors import EngineError

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
TOGETHER = 4
"""Prompts that are read in one pass where so many wait: a tenth more tokens a second."""
Fail = Callable[[EngineError], None]


class ModelThread:
    """Runs one queued call and one decoding step in turns.

    A queued call is a pair: a function to run, and one that ends it with an error instead.
    """

    def __init__(self, batch: DecodingBatch, engine: str) -> None:
        self._batch = batch
        self._engine = engine
        self._calls: queue.Queue[tuple[Callable[[], None], Fail] | None] = queue.Queue()
        self._waiting: deque[DecodingRow] = deque()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="shelftalker-engine", daemon=True)
        self._thread.start()

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function on the thread; skipped if the caller is cancelled before it begins."""
        future: Future[T] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                future.set_result(function(*args))

        def fail(error: EngineError) -> None:
            if future.running() or future.set_running_or_notify_cancel():
                future.set_exception(error)

        self._put(run, fail)
        return await asyncio.wrap_future(future)

    def join(self, row: DecodingRow) -> None:
        """Queue a request for decoding."""
        self._waiting.append(row)
        self._put(self._read_waiting, self._fail_waiting)

    def alive(self) -> bool:
        """Whether the thread takes calls."""
        return self._thread.is_alive() and not self._stopped

    def stop(self) -> None:
        """End the thread; running and queued requests end with `EngineError`."""
        self._stopped = True
        self._calls.put(None)
        self._thread.join()

    def _put(self, run: Callable[[], None], fail: Fail) -> None:
        if self._stopped:
            raise self._closed()
        self._calls.put((run, fail))

    def _run(self) -> None:
        try:
            self._loop()
        except BaseException as error:  # noqa: BLE001 - the thread ends, whatever it was
            _LOG.error("the %s engine's thread died: %s", self._engine, type(error).__name__)
            _LOG.debug("its traceback", exc_info=True)
        finally:
            self._stopped = True
            self._fail_all(self._closed())

    def _loop(self) -> None:
        while not self._stopped:
            if not self._batch.opening:
                with suppress(queue.Empty):
                    if call := self._calls.get(block=not self._batch.rows):
                        self._serve(*call)
            try:
                if self._batch.rows:
                    self._batch.step()
            except Exception as error:  # noqa: BLE001 - carried to the callers
                _LOG.error("a decoding step failed: %s", type(error).__name__)
                self._fail_rows(_as_engine_error(error))

    def _serve(self, run: Callable[[], None], fail: Fail) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001 - carried to the caller
            fail(_as_engine_error(error))

    def _read_waiting(self) -> None:
        """Read the next prompt, or several where others run and so many wait that it is not read at
        once anyway. There may be none: it was read with others."""
        many = self._batch.rows and len(self._waiting) >= TOGETHER
        count = TOGETHER if many else min(len(self._waiting), 1)
        rows = [self._waiting.popleft() for _ in range(count)]
        try:
            self._batch.join(rows)
        except Exception as error:  # noqa: BLE001 - carried to the callers
            for row in rows:
                row.emit(_as_engine_error(error))

    def _fail_waiting(self, error: EngineError) -> None:
        while self._waiting:
            self._waiting.popleft().emit(error)

    def _closed(self) -> EngineError:
        return EngineError(f"the {self._engine} engine is closed; open another one")

    def _fail_all(self, error: EngineError) -> None:
        self._fail_rows(error)
        with suppress(queue.Empty):
            while True:
                call = self._calls.get_nowait()
                if call is not None:
                    call[1](error)

    def _fail_rows(self, error: EngineError) -> None:
        for row in self._batch.clear():
            row.emit(error)


def _as_engine_error(error: Exception) -> EngineError:
    if isinstance(error, EngineError):
        return error
    return EngineError(f"the model failed: {type(error).__name__}: {error}")
