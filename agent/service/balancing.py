"""A uvicorn server that shares connections fairly with the other worker processes on its socket."""

import asyncio
import socket
from typing import Any

import uvicorn

RETRY_SECONDS = 1.0
"""Pause where no connection can be taken, as when all file descriptors are in use."""
HELD_BACK, MOST_HELD_BACK = 0.0002, 0.005
"""Seconds for which a process leaves a new connection to the others, for each that it has open, and
at most: so it goes to the one that has the fewest."""


class BalancedServer(uvicorn.Server):
    """Takes connections one by one, the later the more it has. Where all that wait are taken at
    once, as asyncio and uvloop do, a burst goes to whichever process woke up first, and the others
    have nothing to do."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, for sockets that are bound."""
        await super().startup([])
        self._taking = [asyncio.create_task(self._take(each)) for each in sockets or []]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        for task in self._taking:
            task.cancel()
        await asyncio.wait(self._taking)
        await super().shutdown(sockets)

    async def _take(self, listening: socket.socket) -> None:
        listening.setblocking(False)
        listening.listen(self.config.backlog)
        loop, waiting = asyncio.get_running_loop(), asyncio.Event()
        while True:
            waiting.clear()
            loop.add_reader(listening, waiting.set)
            try:
                await waiting.wait()
            finally:
                loop.remove_reader(listening)
            open_here = len(self.server_state.connections)
            await asyncio.sleep(min(HELD_BACK * open_here, MOST_HELD_BACK))
            try:
                connection, _ = listening.accept()
                await loop.connect_accepted_socket(self._protocol, connection)
            except BlockingIOError:
                continue  # another process was faster
            except OSError:
                await asyncio.sleep(RETRY_SECONDS)

    def _protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        made: asyncio.Protocol = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made
