"""Base class of the engines that tokenise here: checks, adapters in use, known likelihoods.

A subclass computes on token ids only: `_score_prompts`, `_score_continuations`, `_decode`, `_load`,
`_unload`, `_running` and `_shut`.
"""

import asyncio
import itertools
import logging
import time
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.engine import lora
from shelftalker.engine.base import Adapters, Engine, Floats, Prompt, Sampling
from shelftalker.engine.concurrency import run_all
from shelftalker.engine.lora import Layers
from shelftalker.engine.slots import ServedAdapter
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import AdapterError

_LOG = logging.getLogger(__name__)
MAX_PREFIXES, MAX_KNOWN = 8, 20_000
"""Prefixes whose likelihoods are kept, and how many of each."""


class LocalEngine(Engine):
    """An engine with the model's tokenizer on this machine. More adapters may be known than are in
    memory at once: they come in on demand."""

    def __init__(self, model: str, folder: str, reason: str) -> None:
        super().__init__(model, reason)
        self._folder = folder
        self._tokens = Tokens(folder)
        self._adapters: dict[str, ServedAdapter] = {}
        self._keys = itertools.count(1)
        self._loading = asyncio.Lock()
        self._layers: Layers = {}
        self._likelihoods: dict[tuple[int, tuple[int, ...]], dict[tuple[int, ...], float]] = {}

    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        """Log-probability of each label as the answer's first token, float64 [prompts, labels]."""
        label_ids = self._tokens.labels(labels)
        ids = [self._tokens.prompt(prompt, room=1) for prompt in prompts]
        names = self._adapter_per_prompt(adapter, len(ids))
        scores = np.empty((len(ids), len(label_ids)))

        async def score(name: str | None) -> None:
            own = [at for at, other in enumerate(names) if other == name]
            async with self._using(name) as loaded:
                scores[own] = await self._score_prompts([ids[at] for at in own], label_ids, loaded)

        await run_all(score(name) for name in dict.fromkeys(names))
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
            new = [tail for tail in dict.fromkeys(map(tuple, tails)) if tail not in known]
            if new:
                sums = await self._score_continuations(ids, list(map(list, new)), loaded)
                known.update(zip(new, sums, strict=True))
        return np.asarray([known[tuple(tail)] for tail in tails], dtype=np.float64)

    def _known_after(self, adapter: int, prefix: list[int]) -> dict[tuple[int, ...], float]:
        """Likelihoods after a prefix that were computed before: a pick is corrected by those of the
        titles without a user, in every request the same."""
        key = adapter, tuple(prefix)
        known = self._likelihoods.pop(key, {})
        self._likelihoods[key] = known if len(known) < MAX_KNOWN else {}
        if len(self._likelihoods) > MAX_PREFIXES:
            del self._likelihoods[next(iter(self._likelihoods))]
        return self._likelihoods[key]

    async def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncGenerator[str, None]:
        """Text pieces as they are decoded. Closing the iterator frees the engine's request."""
        sampling.check()
        ids = self._tokens.prompt(prompt, room=sampling.max_tokens)
        async with (
            self._using(adapter) as loaded,
            aclosing(self._decode(ids, sampling, loaded)) as pieces,
        ):
            async for piece in pieces:
                if piece:
                    yield piece

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

    @abstractmethod
    async def _score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: ServedAdapter | None
    ) -> list[list[float]]:
        """Log-probabilities of the labels after each prompt, up to a constant."""

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
