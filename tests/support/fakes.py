"""A scripted engine for tests of the logic around a model; it obeys the engine protocol."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import numpy as np

from shelftalker.engine.base import Adapters, Floats, Prompt, Reuse, Sampling
from shelftalker.errors import AdapterError, EngineError


class FakeEngine:
    """Writes the scripted texts in turn, then the last one again; `fail` makes every call raise.

    `likelihoods` maps a continuation to its log-probability after a prefix that holds
    `history_mark`, `bare` after any other prefix. `calls` lists the methods called.
    """

    name = "fake"
    model = "scripted"
    reason = "tests asked for it"
    takes_adapters = True

    def __init__(
        self,
        texts: Sequence[str] = ("",),
        *,
        likelihoods: dict[str, float] | None = None,
        bare: dict[str, float] | None = None,
        letters: Sequence[float] = (),
        history_mark: str = "",
        fail: bool = False,
        fail_after: int | None = None,
        pause: float = 0.0,
    ) -> None:
        self._texts = list(texts)
        self.likelihoods, self.bare = likelihoods or {}, bare or {}
        self.letters, self.history_mark = list(letters), history_mark
        self.fail, self.fail_after = fail, fail_after
        self.calls: list[str] = []
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []
        self.adapters: set[str] = set()
        self.pickers: set[str | None] = set()  # adapters of likelihood calls
        self.writers: set[str | None] = set()  # adapters of streamed texts
        self.reuse = Reuse()
        self.pause = pause  # seconds between two pieces
        self.opened = self.closed_streams = 0
        self.dead = False

    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        self._called("choose", prompts)
        logits = np.array(self.letters[: len(labels)] or [0.0] * len(labels), dtype=np.float64)
        row = logits - np.logaddexp.reduce(logits)
        return np.tile(row, (len(prompts), 1))

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        self._called("likelihood", [prefix])
        self.pickers.add(adapter)
        whole = "\n".join(message["content"] for message in prefix)
        table = self.likelihoods if self.history_mark in whole else self.bare
        return np.array([table.get(text.strip(), -10.0) for text in continuations])

    async def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncIterator[str]:
        self._called("stream", [prompt])
        self.samplings.append(sampling)
        if adapter is not None and adapter not in self.adapters:
            raise AdapterError(f"no adapter {adapter!r}; loaded: {sorted(self.adapters)}")
        self.writers.add(adapter)
        self.opened += 1
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        try:
            for count, piece in enumerate(_pieces(text)):
                if self.dead or count == self.fail_after:
                    raise EngineError("the scripted engine died in the middle")
                if self.pause:
                    await asyncio.sleep(self.pause)
                yield piece
        finally:
            self.closed_streams += 1

    async def write(
        self, prompts: Sequence[Prompt], sampling: Sampling, adapter: Adapters = None
    ) -> list[str]:
        self._called("write", prompts)
        return [self._texts[0] for _ in prompts]

    async def add_adapter(self, name: str, path: Path) -> None:
        self.adapters.add(name)

    async def drop_adapter(self, name: str) -> None:
        self.adapters.discard(name)

    def busy(self) -> float:
        return 0.0

    def active(self) -> int:
        return 0

    def alive(self) -> bool:
        return not self.dead

    async def close(self) -> None:
        self.fail = self.dead = True

    def _called(self, method: str, prompts: Sequence[Prompt]) -> None:
        self.calls.append(method)
        self.prompts.extend(prompts)
        if self.fail:
            raise EngineError("the scripted engine is down")


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces of three characters, like a decoder's tokens."""
    for start in range(0, len(text), 3):
        yield text[start : start + 3]
