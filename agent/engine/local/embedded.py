"""Base class of the engines whose model lives in this process.

One thread owns the model. It alternates between one queued call (a scoring, a prompt, an adapter)
and one decoding step of all running requests, so that no request waits until another ends.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from scipy.special import log_softmax

from shelftalker.engine import compat, models
from shelftalker.engine.base import Sampling
from shelftalker.engine.concurrency import run_all
from shelftalker.engine.local.batch import Decoder, DecodingBatch, DecodingRow, Logits
from shelftalker.engine.local.model_thread import ModelThread
from shelftalker.engine.local_engine import LocalEngine
from shelftalker.engine.slots import SLOTS, ServedAdapter
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError

_CHUNK = 32  # continuations in one pass


class EmbeddedEngine(LocalEngine):
    """`dtype` is `auto`, `bfloat16` or `float32`; `slots`: how many adapters are in memory."""

    def __init__(
        self,
        model: str = models.DEFAULT_MODEL,
        *,
        dtype: str = "auto",
        slots: int = SLOTS,
        reason: str = "it was asked for",
    ) -> None:
        compat.check_libraries(self.name)
        folder = models.resolve(model)
        self._decoder = self._opened(folder, dtype, slots)
        super().__init__(model, folder, reason)
        self._layers, self.reuse = self._decoder.layers, self._decoder.reuse
        self._thread = ModelThread(DecodingBatch(self._decoder), self.name)

    @abstractmethod
    def _opened(self, folder: str, dtype: str, slots: int) -> Decoder:
        """Load the weights."""

    async def _score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: ServedAdapter | None
    ) -> list[list[float]]:
        return await run_all(
            self._thread.call(score_labels, self._decoder, prompt, labels, _key(adapter))
            for prompt in prompts
        )

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        return await self._thread.call(
            score_continuations, self._decoder, prefix, tails, _key(adapter)
        )

    async def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        if sampling.schema is not None:
            raise EngineError(
                f"the engine {self.name} cannot answer by a schema; take vllm, server or openai"
            )
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | EngineError | None] = asyncio.Queue()

        def emit(piece: str | EngineError | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        text = TextStream(self._tokens.tokenizer, sampling.stop)
        likely = [self._tokens.after(answer) for answer in sampling.likely]
        row = DecodingRow(prompt, sampling, _key(adapter), text, emit, likely)
        self._thread.join(row)
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, EngineError):
                    raise piece
                yield piece
        finally:
            row.cancelled = True

    async def _load(self, adapter: ServedAdapter) -> None:
        await self._thread.call(self._decoder.slots.add, str(adapter.key), adapter.path)

    async def _unload(self, adapter: ServedAdapter) -> None:
        await self._thread.call(self._decoder.slots.drop, str(adapter.key))

    def _running(self) -> bool:
        return self._thread.alive()

    async def _shut(self) -> None:
        await asyncio.to_thread(self._thread.stop)
        self._decoder.free()


def score_labels(
    model: Decoder, prompt: list[int], labels: list[int], adapter: str | None
) -> list[float]:
    """Logits of the labels after a prompt."""
    [(logits, sequence)] = model.start([(prompt, adapter)])
    model.release(sequence)
    scores: list[float] = logits[labels].tolist()
    return scores


def score_continuations(
    model: Decoder, prefix: list[int], tails: list[list[int]], adapter: str | None
) -> list[float]:
    """One pass over the prefix, then one over each chunk of continuations that begin there."""
    [(logits, sequence)] = model.start([(prefix, adapter)])
    first: list[float] = log_softmax(logits, axis=-1)[[tail[0] for tail in tails]].tolist()
    try:
        longer = [n for n, tail in enumerate(tails) if len(tail) > 1]
        for start in range(0, len(longer), _CHUNK):
            chunk = longer[start : start + _CHUNK]
            rest = _rest(model, sequence, [tails[n] for n in chunk])
            for n, score in zip(chunk, rest, strict=True):
                first[n] += score
    finally:
        model.release(sequence)
    return first


def _rest(model: Decoder, sequence: Any, tails: list[list[int]]) -> list[float]:
    """Log-probability of all but the first token of each."""
    forks = [model.fork(sequence) for _ in tails]
    try:
        logits = model.extend([(fork, tail[:-1]) for fork, tail in zip(forks, tails, strict=True)])
    finally:
        for fork in forks:
            model.release(fork)
    return [_summed(scores, tail[1:]) for scores, tail in zip(logits, tails, strict=True)]


def _summed(logits: Logits, tokens: Sequence[int]) -> float:
    return float(log_softmax(logits, axis=-1)[range(len(tokens)), tokens].sum())


def _key(adapter: ServedAdapter | None) -> str | None:
    return None if adapter is None else str(adapter.key)
