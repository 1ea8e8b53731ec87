"""The background event loop that owns the engine, and calls to it from threads and other loops.

vLLM works only on the loop that it was created on, while callers use any thread or loop. So all
work on an engine runs here; a caller that is cancelled or closes its stream cancels its work.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import aclosing
from typing import Any, TypeVar

T = TypeVar("T")
_END: Any = object()


class LoopThread:
    """A daemon thread that runs one asyncio event loop until `stop`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self.loop.run_forever, name="shelftalker-engine", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for it, from a thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def arun(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for it, from any other loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def iterate(self, source: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """The items of an asynchronous generator, in a thread. Closing early closes the source."""
        try:
            while (item := self.run(_step(source))) is not _END:
                yield item
        finally:
            self.run(source.aclose())

    async def aiterate(self, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The items of the generator, on another loop. Closing or cancelling closes the source,
        which does not wait for its reader: to wake another thread costs more than most items."""
        came, items, home = asyncio.Event(), deque[T](), asyncio.get_running_loop()
        awake = True

        async def read() -> None:
            nonlocal awake
            async with aclosing(source):
                async for item in source:
                    items.append(item)
                    if not awake:
                        awake = True
                        home.call_soon_threadsafe(came.set)

        reading = asyncio.run_coroutine_threadsafe(read(), self.loop)
        ended = asyncio.wrap_future(reading)
        ended.add_done_callback(lambda _: came.set())
        try:
            while True:
                over, awake = ended.done(), False  # before the items are looked at
                while items:
                    yield items.popleft()
                if over:
                    await ended  # raises what the source has raised
                    return
                await came.wait()
                came.clear()
        finally:
            reading.cancel()

    def stop(self) -> None:
        """Cancel all tasks and end the thread."""
        if self._thread.is_alive():
            self.run(_cancel_all())
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        self.loop.close()


async def _step(source: AsyncGenerator[T, None]) -> T:
    return await anext(source, _END)


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
