"""What every engine does: choose, likelihood, stream, write, ask; adapters are loaded meanwhile."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from shelftalker.engine.concurrency import run_all
from shelftalker.errors import EngineError, InputError

Floats = npt.NDArray[np.float64]


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = Sequence[Message]
"""A chat; the engine applies the model's template and opens the assistant's turn. Where the last
message is the assistant's, its text is the beginning of the answer."""

Adapters = str | None | Sequence[str | None]
"""One adapter name for the whole batch (None: the base model), or one for each prompt."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to decode. `temperature` 0 is greedy. `stop` strings end the text and are left out.

    `likely`: texts that the answer may resemble. They do not change it: an engine may use their
    tokens as drafts, to be faster. `schema`: a JSON schema that the text follows; an engine that
    cannot decode by one raises `EngineError`.
    """

    max_tokens: int = 96
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None

    def check(self) -> None:
        """Raises `InputError` for settings that no engine can decode with."""
        if self.max_tokens < 1 or self.temperature < 0 or not 0 < self.top_p <= 1:
            raise InputError(
                f"cannot decode with {self}; needed are max_tokens ≥ 1, temperature ≥ 0 "
                "and 0 < top_p ≤ 1"
            )


@dataclass
class Reuse:
    """Prompt tokens asked for so far, and those of them that the prefix cache held."""

    asked: int = 0
    reused: int = 0


class Engine(ABC):
    """One loaded model. All methods run on one event loop; concurrent calls interleave.

    An unknown adapter raises `AdapterError`, any other failure `EngineError`. A subclass runs its
    requests in `_counted`.
    """

    name: str
    """`openvino`, `transformers`, `vllm`, `server` or `openai`."""
    takes_adapters = True
    """Whether it can load LoRA adapters. One that cannot serves its plain model."""
    reuse: Reuse
    """How much the prefix cache has saved."""

    def __init__(self, model: str, reason: str) -> None:
        """`model`: id or folder, as given to `open_engine`; `reason`: why this engine was chosen,
        one sentence."""
        self.model, self.reason = model, reason
        self._active = 0
        self._busy_since = self._busy = 0.0
        self._closed = False

    @abstractmethod
    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        """Log-probability of each label as the answer's first token, float64 [prompts, labels].

        Rows are normalised over the labels. Raises `InputError` where a label is not one token.
        """

    @abstractmethod
    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        """Summed log-probability of each continuation after the prefix, float64 [n]."""

    @abstractmethod
    def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncIterator[str]:
        """Text pieces as they are decoded. Closing the iterator frees the engine's request."""

    @abstractmethod
    async def add_adapter(self, name: str, path: Path) -> None:
        """Make a PEFT LoRA folder available as `name` (with its version: `movies@v3`)."""

    @abstractmethod
    async def drop_adapter(self, name: str) -> None:
        """Remove an adapter; requests that run with it end first."""

    @abstractmethod
    def _running(self) -> bool:
        """Whether what computes still lives: a thread, a process or a server."""

    @abstractmethod
    async def _shut(self) -> None:
        """Free the model; running requests end with `EngineError`."""

    async def write(
        self, prompts: Sequence[Prompt], sampling: Sampling, adapter: Adapters = None
    ) -> list[str]:
        """One text per prompt, decoded as a batch."""
        self._check_open()
        names = self._adapter_per_prompt(adapter, len(prompts))
        return await run_all(
            self._text(prompt, sampling, name) for prompt, name in zip(prompts, names, strict=True)
        )

    async def ask(
        self,
        prompts: Sequence[Prompt],
        schema: Mapping[str, Any],
        adapter: str | None = None,
        max_tokens: int = 512,
    ) -> list[dict[str, Any]]:
        """One JSON object a prompt, which follows a JSON schema. Raises `EngineError` where an
        engine cannot decode by a schema, or the object is longer than `max_tokens`."""
        sampling = Sampling(max_tokens=max_tokens, schema=schema)
        return [_object(text) for text in await self.write(prompts, sampling, adapter)]

    def active(self) -> int:
        """How many requests the engine is working on now."""
        return self._active

    def busy(self) -> float:
        """Seconds so far in which it worked on one or more requests."""
        return self._busy + (time.perf_counter() - self._busy_since if self._active else 0.0)

    def alive(self) -> bool:
        """False once it cannot serve requests any more; close it then and open another."""
        return not self._closed and self._running()

    async def close(self) -> None:
        """Free the model; later calls raise `EngineError`."""
        if not self._closed:
            self._closed = True
            await self._shut()

    async def _text(self, prompt: Prompt, sampling: Sampling, adapter: str | None) -> str:
        return "".join([piece async for piece in self.stream(prompt, sampling, adapter)])

    @staticmethod
    def _adapter_per_prompt(adapter: Adapters, n: int) -> list[str | None]:
        if adapter is None or isinstance(adapter, str):
            return [adapter] * n
        if len(adapter) != n:
            raise InputError(f"{len(adapter)} adapters for {n} prompts; give one, or one for each")
        return list(adapter)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(f"the {self.name} engine is closed; open another one")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if not self._active:
            self._busy_since = time.perf_counter()
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            if not self._active:
                self._busy += time.perf_counter() - self._busy_since


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise EngineError(
            f"the model wrote {len(text)} characters that are no whole JSON object; allow more "
            "tokens, or ask for a smaller object"
        )
    return answer
