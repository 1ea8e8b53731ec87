"""Base class of the engines: checks, tokenising, adapters in use, and the count of requests.

A subclass computes on token ids only: `_score_labels`, `_score_continuations`, `_decode`, `_load`,
`_unload`, `_running` and `_shut`.
"""

import asyncio
import itertools
import logging
import time
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from shelftalker.engine import lora
from shelftalker.engine.base import Adapters, AsksByWriting, Floats, Prompt, Sampling
from shelftalker.engine.lora import Layers
from shelftalker.engine.slots import ServedAdapter
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import AdapterError, EngineError, InputError

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
MAX_PREFIXES, MAX_KNOWN = 8, 20_000
"""Prefixes whose likelihoods are kept, and how many of each."""


class LocalEngine(AsksByWriting):
    """An engine with the model's tokenizer on this machine; obeys `shelftalker.engine.base.Engine`.

    More adapters may be known than are in memory at once: they come in on demand.
    """

    name: ClassVar[str]
    takes_adapters: ClassVar[bool] = True

    def __init__(self, model: str, folder: str, reason: str) -> None:
        super().__init__()
        self.model = model
        self.reason = reason
        self._folder = folder
        self._tokens = Tokens(folder)
        self._adapters: dict[str, ServedAdapter] = {}
        self._keys = itertools.count(1)
        self._loading = asyncio.Lock()
        self._layers: Layers = {}
        self._likelihoods: dict[tuple[int, tuple[int, ...]], dict[tuple[int, ...], float]] = {}
        self._closed = False

    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        """Log-probability of each label as the answer's first token, float64 [prompts, labels]."""
        label_ids = self._tokens.labels(labels)
        ids = [self._tokens.prompt(prompt, room=1) for prompt in prompts]
        names = _adapter_per_prompt(adapter, len(ids))
        places = {name: [at for at, own in enumerate(names) if own == name] for name in names}
        rows = await run_all(
            self._label_rows([ids[at] for at in own], label_ids, name)
            for name, own in places.items()
        )
        scores = np.empty((len(ids), len(label_ids)))
        for own, found in zip(places.values(), rows, strict=True):
            scores[own] = found
        normalised: Floats = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return normalised

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        """Summed log-probability of each continuation after the prefix, float64 [n]."""
        tails = self._tokens.continuations(continuations)
        ids = self._tokens.prompt(prefix, room=max(map(len, tails), default=0) + 1)
        async with self._using(adapter) as loaded:
            known = self._known_after(loaded.key if loaded else 0, ids)
            wanted = [tuple(tail) for tail in tails]
            new = [list(tail) for tail in dict.fromkeys(wanted) if tail not in known]
            sums = await self._score_continuations(ids, new, loaded) if new else []
            known.update(zip(map(tuple, new), sums, strict=True))
        return np.asarray([known[tail] for tail in wanted], dtype=np.float64)

    def _known_after(self, adapter: int, prefix: list[int]) -> dict[tuple[int, ...], float]:
        """Likelihoods after a prefix that were computed before: a pick is corrected by those of the
        titles without a user, in every request the same."""
        known = self._likelihoods.pop((adapter, tuple(prefix)), {})
        self._likelihoods[adapter, tuple(prefix)] = known if len(known) < MAX_KNOWN else {}
        while len(self._likelihoods) > MAX_PREFIXES:
            del self._likelihoods[next(iter(self._likelihoods))]
        return self._likelihoods[adapter, tuple(prefix)]

    async def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncGenerator[str, None]:
        """Text pieces as they are decoded. Closing the iterator frees the engine's request."""
        check_sampling(sampling)
        ids = self._tokens.prompt(prompt, room=sampling.max_tokens)
        async with (
            self._using(adapter) as loaded,
            aclosing(self._decode(ids, sampling, loaded)) as pieces,
        ):
            async for piece in pieces:
                if piece:
                    yield piece

    async def write(
        self, prompts: Sequence[Prompt], sampling: Sampling, adapter: Adapters = None
    ) -> list[str]:
        """One text a prompt. The engine decodes all running requests as one batch."""
        self._check_open()
        names = _adapter_per_prompt(adapter, len(prompts))
        return await run_all(
            self._text(prompt, sampling, name) for prompt, name in zip(prompts, names, strict=True)
        )

    async def add_adapter(self, name: str, path: Path) -> None:
        """Check a PEFT LoRA folder and make it available as `name`."""
        self._check_open()
        path = Path(path).resolve()
        async with self._loading:
            if old := self._adapters.get(name):
                if old.path == path:
                    return
                raise AdapterError(
                    f"adapter {name!r} is already loaded from {old.path}; "
                    "give another name (with its version), or drop that one first"
                )
            if not self._layers:
                self._layers = await asyncio.to_thread(lora.layers_of, self._folder)
            await asyncio.to_thread(lora.check, path, self._layers)
            self._check_open()  # it may have been closed meanwhile
            new = ServedAdapter(name, next(self._keys), path)
            await self._timed("loaded", self._load, new)
            self._adapters[name] = new

    async def drop_adapter(self, name: str) -> None:
        """Remove an adapter; new requests are refused at once, running ones end first."""
        self._check_open()
        adapter = self._known_adapter(name)
        del self._adapters[name]
        await adapter.requests.zero.wait()
        await self._timed("unloaded", self._unload, adapter)

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

    async def _label_rows(
        self, prompts: list[list[int]], labels: list[int], adapter: str | None
    ) -> list[list[float]]:
        async with self._using(adapter) as loaded:
            return await self._score_prompts(prompts, labels, loaded)

    async def _score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: ServedAdapter | None
    ) -> list[list[float]]:
        """`_score_labels` of several prompts."""
        return await run_all(self._score_labels(prompt, labels, adapter) for prompt in prompts)

    @asynccontextmanager
    async def _using(self, name: str | None) -> AsyncIterator[ServedAdapter | None]:
        """Count a request, and keep its adapter in the model until it ends."""
        self._check_open()
        loaded = None if name is None else self._known_adapter(name)
        with self._counted(), loaded.requests if loaded else nullcontext():
            yield loaded

    def _known_adapter(self, name: str) -> ServedAdapter:
        if name not in self._adapters:
            known = ", ".join(sorted(self._adapters)) or "none"
            raise AdapterError(f"adapter {name!r} is not loaded; loaded: {known}")
        return self._adapters[name]

    async def _timed(self, done: str, work: Callable[..., Any], adapter: ServedAdapter) -> None:
        begun = time.perf_counter()
        await work(adapter)
        milliseconds = 1e3 * (time.perf_counter() - begun)
        _LOG.info("%s adapter %s in %.0f ms", done, adapter.name, milliseconds)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(f"the {self.name} engine is closed; open another one")

    @abstractmethod
    async def _score_labels(
        self, prompt: list[int], labels: list[int], adapter: ServedAdapter | None
    ) -> list[float]:
        """Log-probabilities of the labels, up to a constant."""

    @abstractmethod
    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        """Summed log-probabilities."""

    @abstractmethod
    def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        """Text pieces; closing it frees the request."""

    @abstractmethod
    async def _load(self, adapter: ServedAdapter) -> None:
        """Load a checked adapter."""

    @abstractmethod
    async def _unload(self, adapter: ServedAdapter) -> None:
        """Free an adapter that no request uses."""

    @abstractmethod
    def _running(self) -> bool:
        """Whether the thread or process of the model lives."""

    @abstractmethod
    async def _shut(self) -> None:
        """Free the model; running requests end with `EngineError`."""


async def run_all(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run calls concurrently; the first failure cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def _adapter_per_prompt(adapter: Adapters, n: int) -> list[str | None]:
    if adapter is None or isinstance(adapter, str):
        return [adapter] * n
    if len(adapter) != n:
        raise InputError(f"{len(adapter)} adapters for {n} prompts; give one, or one for each")
    return list(adapter)


def check_sampling(sampling: Sampling) -> None:
    """Raises `InputError` for settings that no engine can decode with."""
    if sampling.max_tokens < 1 or sampling.temperature < 0 or not 0 < sampling.top_p <= 1:
        raise InputError(
            f"cannot decode with {sampling}; needed are max_tokens ≥ 1, temperature ≥ 0 "
            "and 0 < top_p ≤ 1"
        )
