"""OpenAiEngine: a model behind any OpenAI-compatible address, hosted or on a machine of one's own.

It writes; it picks among labels where the server gives log-probabilities of tokens. It has no
likelihoods of given texts and no adapters of ours: where those are asked for it raises
`EngineError`, and the caller takes the scorer's order.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from shelftalker.engine.base import Adapters, Engine, Floats, Prompt, Reuse, Sampling
from shelftalker.engine.chat_client import API_KEY_VARIABLE, base_address, key_of_environment
from shelftalker.engine.concurrency import run_all
from shelftalker.errors import EngineError, InputError, MissingExtra

_LOG = logging.getLogger(__name__)
_TOP = 20  # log-probabilities of a place: the most that the protocol allows
_STOPS = 4  # stop texts: likewise
_FAILURES = 3  # in a row, after which the server is taken for dead
_CHARACTERS = 4  # of a token, about
_MINUTE = 60.0


class OpenAiEngine(Engine):
    """`seconds`: of one request; it is repeated `retries` times, with growing pauses, after an
    error 408, 409, 429 or 5xx. The key comes from the environment.

    Opening it asks the server for its models. Raises `EngineError` where it does not answer or does
    not have the model, `MissingExtra` where the package `openai` is missing.
    """

    name = "openai"
    takes_adapters = False

    def __init__(
        self,
        model: str,
        *,
        url: str,
        seconds: float = 30,
        retries: int = 3,
        concurrency: int = 8,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        reason: str = "it was asked for",
    ) -> None:
        try:
            import openai
        except ImportError:
            raise MissingExtra("openai", "openai") from None
        self._errors: Any = openai
        address, key = base_address(url), key_of_environment() or "none"
        self._host = urlsplit(address).netloc
        super().__init__(model, f"{reason}; {self._host} has the model {model}")
        self.reuse = Reuse()
        self._failures = 0
        options = {"base_url": address, "api_key": key, "timeout": seconds}
        with openai.OpenAI(**options, max_retries=0) as client:  # type: ignore[arg-type]
            self._extra = self._probe(client)
        self._client = openai.AsyncOpenAI(**options, max_retries=retries)  # type: ignore[arg-type]
        self._allowance = Allowance(concurrency, requests_per_minute, tokens_per_minute)

    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        """Log-probability of each label as the answer's first token, float64 [prompts, labels]. A
        label that is not among the likeliest 20 tokens counts as likely as the last of them. Raises
        `InputError` for more than 20 labels."""
        self._refuse_adapters(adapter)
        if len(labels) > _TOP:
            raise InputError(f"{len(labels)} labels were given; allowed are up to {_TOP}")
        return np.asarray(await run_all(self._label_row(one, labels) for one in prompts))

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        """Raises `EngineError`: the chat protocol has no likelihood of a given text."""
        raise EngineError(f"{self._host} gives no likelihoods of titles")

    async def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncGenerator[str, None]:
        """Text pieces as they come. Closing the iterator closes the connection."""
        sampling.check()
        self._refuse_adapters(adapter)
        begun = prompt[-1]["content"] if prompt[-1]["role"] == "assistant" else ""
        body: dict[str, Any] = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": sampling.seed,
            "stop": [text for text in sampling.stop if text][:_STOPS] or None,
        }
        if sampling.schema is not None:
            shape = {"name": "answer", "strict": True, "schema": sampling.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        async with (
            self._request(prompt, sampling.max_tokens, stream=True, **body) as chunks,
            aclosing(_continued(chunks, begun)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def add_adapter(self, name: str, path: Path) -> None:
        """Raises `EngineError`: the protocol cannot load our adapters."""
        raise EngineError(f"{self._host} takes no adapters; {name} is not used")

    async def drop_adapter(self, name: str) -> None:
        """There is none."""

    def _running(self) -> bool:
        return self._failures < _FAILURES

    async def _shut(self) -> None:
        await self._client.close()

    def _probe(self, client: Any) -> dict[str, Any]:
        """What this server wants beside the protocol. Raises `EngineError`."""
        try:
            listed = {one.id: one for one in client.models.list()}
        except self._errors.NotFoundError:
            return {}  # a server may leave the list out
        except self._errors.OpenAIError as error:
            raise self._failure(error) from None
        if listed and self.model not in listed:
            known = ", ".join(sorted(listed)[:20])
            raise EngineError(
                f"{self._host} has no model {self.model!r}; set model in workspace.toml to one of: "
                f"{known}"
            )
        owner = getattr(listed.get(self.model), "owned_by", "")
        _LOG.info("server found", extra={"owner": owner, "models": len(listed)})
        # vLLM closes the assistant's turn, unless it is told to go on with it.
        own = {"add_generation_prompt": False, "continue_final_message": True}
        return own if owner == "vllm" else {}

    async def _label_row(self, prompt: Prompt, labels: Sequence[str]) -> Floats:
        body = {"temperature": 0, "max_tokens": 1, "logprobs": True, "top_logprobs": _TOP}
        async with self._request(prompt, 1, **body) as answer:
            content = getattr(answer.choices[0].logprobs, "content", None)
        if not content:
            raise EngineError(f"{self._host} gives no log-probabilities of tokens")
        likely: dict[str, float] = {}
        for one in content[0].top_logprobs:
            likely[one.token.strip()] = max(one.logprob, likely.get(one.token.strip(), -math.inf))
        if not likely.keys() & set(labels):
            raise EngineError(f"{self._host} answered with none of the labels")
        row = np.array([likely.get(label, min(likely.values())) for label in labels])
        normalised: Floats = row - np.logaddexp.reduce(row)
        return normalised

    def _refuse_adapters(self, adapter: Adapters) -> None:
        if adapter is not None and (isinstance(adapter, str) or any(adapter)):
            raise EngineError(f"{self._host} takes no adapters")

    @asynccontextmanager
    async def _request(self, prompt: Prompt, answer: int, **body: Any) -> AsyncIterator[Any]:
        """One request within the allowance; whatever goes wrong is an `EngineError`."""
        self._check_open()
        extra = self._extra if prompt[-1]["role"] == "assistant" else {}
        size = sum(len(message["content"]) for message in prompt) // _CHARACTERS + answer
        async with self._allowance.of(size):
            try:
                with self._counted():
                    chat: Any = self._client.chat.completions
                    yield await chat.create(
                        model=self.model, messages=list(prompt), extra_body=extra, **body
                    )
                self._failures = 0
            except self._errors.OpenAIError as error:
                raise self._failure(error) from None
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise EngineError(f"{self._host} answered no chat message: {error}") from error

    def _failure(self, error: Exception) -> EngineError:
        """What went wrong, without what was sent."""
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            return EngineError(
                f"{self._host} refused the key ({status}); set {API_KEY_VARIABLE} to one that may "
                f"use {self.model}"
            )
        if status is not None and status < 500 and status != 429:
            return EngineError(f"{self._host} refused the request ({status})")
        self._failures += 1
        what = f"answered {status}" if status else f"gave no answer ({type(error).__name__})"
        return EngineError(f"{self._host} {what}; check that the server runs and has room")


async def _continued(chunks: AsyncIterator[Any], begun: str) -> AsyncGenerator[str, None]:
    """The pieces after the beginning that was given: some servers go on after it, others repeat
    it."""
    start, held = begun.strip(), ""
    async for chunk in chunks:
        if not (chunk.choices and chunk.choices[0].delta.content):
            continue
        held += chunk.choices[0].delta.content
        text = held.lstrip()
        if len(text) < len(start) and start.startswith(text.rstrip()):
            continue  # it may become the beginning
        yield text.removeprefix(start) if start and text.startswith(start) else held
        start = held = ""
    if held:
        yield held


class Allowance:
    """How much a server may be asked: requests at once, and requests and tokens a minute.

    Requests beyond it wait, the first first. None: no limit. Belongs to one event loop. `clock`
    gives seconds."""

    def __init__(
        self,
        concurrency: int = 8,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = asyncio.Semaphore(concurrency)
        self._requests, self._tokens, self._clock = requests_per_minute, tokens_per_minute, clock
        self._spent: deque[tuple[float, int]] = deque()
        self._turn = asyncio.Lock()  # who waits first, goes first

    @asynccontextmanager
    async def of(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of so many tokens is allowed; it is under way inside the block."""
        async with self._at_once:
            async with self._turn:
                while (pause := self._pause(tokens)) > 0:
                    await asyncio.sleep(pause)
                self._spent.append((self._clock(), tokens))
            yield

    def _pause(self, tokens: int) -> float:
        """Seconds until the oldest requests are a minute old, so that there is room."""
        now = self._clock()
        while self._spent and now - self._spent[0][0] >= _MINUTE:
            self._spent.popleft()
        spent = sum(size for _, size in self._spent)
        full = self._requests is not None and len(self._spent) >= self._requests
        over = self._tokens is not None and bool(self._spent) and spent + tokens > self._tokens
        return self._spent[0][0] + _MINUTE - now if full or over else 0.0
