"""ServerEngine: asks a `shelftalker llm` server, which many processes share.

The prompts are tokenised here and computed there. Each request names its adapter, so a server that
was started again, or another replica, goes on by itself.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from shelftalker.engine import models
from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.chat_client import API_KEY_VARIABLE, SOCKET, base_address, credentials
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.engine.local_engine import LocalEngine
from shelftalker.engine.server import protocol
from shelftalker.engine.server.protocol import AdapterFile, CacheUse
from shelftalker.engine.slots import ServedAdapter
from shelftalker.errors import AdapterError, EngineError

_FAILURES = 3  # in a row, after which the server is taken for dead
Answer = TypeVar("Answer", bound=CacheUse)


class ServerEngine(LocalEngine):
    """`url`: `http://HOST:PORT` or `unix:/PATH`; `workspace`: by what name its adapters are known
    there; `seconds`: how long the server may be silent. The key comes from the environment.

    Opening it asks the server for its model. Raises `EngineError` where it does not answer, or
    serves another one.
    """

    name = "server"

    def __init__(
        self,
        model: str = models.DEFAULT_MODEL,
        *,
        url: str,
        workspace: str = "",
        seconds: float = 30,
        reason: str = "it was asked for",
    ) -> None:
        super().__init__(model, models.resolve(model), reason)
        self.reuse = Reuse()
        self._url = url
        self._caller = {"client": uuid.uuid4().hex, "workspace": workspace}
        self._files: dict[int, AdapterFile] = {}  # by the adapter's key
        self._failures = 0
        options: dict[str, Any] = {
            "base_url": _address(url),
            "timeout": seconds,
            "headers": credentials(),
        }
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        socket = url.removeprefix("unix:") if url.startswith(SOCKET) else None
        with httpx.Client(transport=httpx.HTTPTransport(uds=socket), **options) as client:
            self._probe(client)
        transport = httpx.AsyncHTTPTransport(uds=socket, limits=limits)
        self._client = httpx.AsyncClient(transport=transport, **options)

    def _probe(self, client: httpx.Client) -> None:
        """Raises `EngineError` where the server serves another model than this workspace."""
        try:
            response = client.get("/model")
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        served = self._read(response, protocol.ServedModel)
        own = base_fingerprint(self.model)
        if (served.base.weights, served.base.tokenizer) != (own.weights, own.tokenizer):
            raise EngineError(
                f"{self._url} serves {served.base.model!r}, which is not {self.model!r} as it is "
                "here; set model in workspace.toml, or start the server with this workspace"
            )
        self._tokens.context = min(self._tokens.context, served.context)

    async def _score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: ServedAdapter | None
    ) -> list[list[float]]:
        call = protocol.ChooseCall(prompts=prompts, labels=labels, **self._by(adapter))
        return (await self._post("/choose", call, protocol.Scores)).rows

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        call = protocol.LikelihoodCall(prefix=prefix, tails=tails, **self._by(adapter))
        return (await self._post("/likelihood", call, protocol.Scores)).rows[0]

    async def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        call = protocol.AskCall(prompt=prompt, sampling=sampling, **self._by(adapter))
        async with self._answer("/ask", call) as response:
            async for line in response.aiter_lines():
                piece = json.loads(line)
                if isinstance(piece, str):
                    yield piece
                    continue
                if "error" in piece:
                    raise EngineError(f"{self._url} failed: {piece['error']}")
                self._count(CacheUse(**piece))
                return
        raise EngineError(f"{self._url} ended in the middle of a text; check that it still runs")

    async def _load(self, adapter: ServedAdapter) -> None:
        owner = self._caller["workspace"]
        file = await asyncio.to_thread(AdapterFile.of, owner, adapter.name, adapter.path)
        self._files[adapter.key] = file
        await self._post("/load", protocol.Call(**self._by(adapter)), CacheUse)

    async def _unload(self, adapter: ServedAdapter) -> None:
        call = protocol.Call(**self._by(adapter))
        del self._files[adapter.key]
        await self._post("/release", call, CacheUse)

    def _running(self) -> bool:
        return self._failures < _FAILURES

    async def _shut(self) -> None:
        await self._client.aclose()

    def _by(self, adapter: ServedAdapter | None) -> dict[str, Any]:
        return {**self._caller, "adapter": self._files[adapter.key] if adapter else None}

    async def _post(self, path: str, call: protocol.Call, answer: type[Answer]) -> Answer:
        async with self._answer(path, call) as response:
            await response.aread()
            found: Answer = self._read(response, answer)
        self._count(found)
        return found

    @asynccontextmanager
    async def _answer(self, path: str, call: protocol.Call) -> AsyncIterator[httpx.Response]:
        """The response to a call; whatever goes wrong is an `EngineError`."""
        try:
            async with self._client.stream("POST", path, json=call.model_dump()) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    self._read(response, CacheUse)  # raises
                yield response
                self._failures = 0
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            self._check_open()  # it was closed meanwhile: that is the reason
            raise self._silent(error) from None

    def _read(self, response: httpx.Response, answer: type[Any]) -> Any:
        """The answer in a whole response. Raises `EngineError`, `AdapterError`."""
        if response.status_code in (401, 403):
            raise EngineError(
                f"{self._url} refused the key; set {API_KEY_VARIABLE} to the server's"
            )
        refused = response.status_code != httpx.codes.OK
        try:
            read = (protocol.ErrorReply if refused else answer).model_validate_json(
                response.content
            )
        except ValidationError:
            raise EngineError(
                f"{self._url} answered {response.status_code} and no figures; check that it is the "
                "address of shelftalker llm, of the same version"
            ) from None
        if not refused:
            return read
        if read.adapter:
            raise AdapterError(read.error)
        self._failures += 1
        raise EngineError(f"{self._url} failed: {read.error}")

    def _silent(self, error: Exception) -> EngineError:
        lost = not isinstance(error, httpx.TimeoutException)  # no server, or it ended
        self._failures += _FAILURES if lost else 1
        return EngineError(
            f"{self._url} gave no answer ({type(error).__name__}); check that shelftalker llm runs"
        )

    def _count(self, answer: CacheUse) -> None:
        self.reuse.asked += answer.asked
        self.reuse.reused += answer.reused


def _address(url: str) -> str:
    socket = url.startswith(SOCKET)
    host = "http://shelftalker" if socket else base_address(url).removesuffix("/v1")
    return host + protocol.PREFIX
