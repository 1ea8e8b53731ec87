"""The order in which prompts and tokens are read: pytest tests/unit/engine/test_batch.py"""

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from shelftalker.engine.base import Sampling
from shelftalker.engine.local.batch import (
    FIRST_SENTENCE,
    DecodingBatch,
    DecodingRow,
    Logits,
    Start,
)
from shelftalker.engine.local.model_thread import ModelThread
from shelftalker.engine.tokens import TextStream

TOKENIZER: Any = SimpleNamespace(decode=lambda ids: "a" * len(ids))


class Recorder:
    """A decoder that always writes token 1, and records each prompt's first token and how many rows
    each pass has. The first prompt is read once `all_queued` is set."""

    ends: frozenset[int] = frozenset()

    def __init__(self) -> None:
        self.order: list[str] = []
        self.all_queued = threading.Event()

    def start(self, prompts: Sequence[Start]) -> list[tuple[Logits, Any]]:
        assert self.all_queued.wait(30)
        self.order.append(" ".join(["prompt", *(str(prompt[0]) for prompt, _ in prompts)]))
        return [
            (np.array([0, 1], np.float32), SimpleNamespace(length=len(prompt)))
            for prompt, _ in prompts
        ]

    def extend(self, steps: Sequence[Any]) -> list[Logits]:
        self.order.append(f"pass of {len(steps)}")
        return [np.tile(np.array([0, 1], np.float32), (len(tokens), 1)) for _, tokens in steps]

    def shorten(self, sequence: Any, length: int) -> None: ...

    def release(self, sequence: Any) -> None: ...


async def order_of(requests: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a decoder does for requests that are all there before the first is read."""
    monkeypatch.setattr("shelftalker.engine.local.batch.MAX_GUESSES", 0)
    recorder, loop = Recorder(), asyncio.get_running_loop()
    thread = ModelThread(DecodingBatch(cast(Any, recorder)), "recording")
    ended = [asyncio.Event() for _ in range(requests)]
    for number, event in enumerate(ended):

        def emit(piece: Any, event: asyncio.Event = event) -> None:
            if piece is None:
                loop.call_soon_threadsafe(event.set)

        sampling, text = Sampling(max_tokens=60), TextStream(TOKENIZER, ())
        thread.join(DecodingRow([number, 9], sampling, None, text, emit))
    recorder.all_queued.set()
    for event in ended:
        await asyncio.wait_for(event.wait(), 30)
    thread.stop()
    return recorder.order


async def test_a_first_sentence_is_not_held_up_by_other_prompts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second prompt waits for it, the third does not wait for the second's."""
    order = await order_of(3, monkeypatch)
    assert order[0] == "prompt 0"
    assert order[1 : order.index("prompt 1")] == ["pass of 1"] * (FIRST_SENTENCE - 1)
    second = order.index("prompt 1")
    assert order[second : second + 3] == ["prompt 1", "pass of 2", "prompt 2"]


async def test_of_many_that_wait_several_prompts_are_read_in_one_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = await order_of(6, monkeypatch)
    assert [step for step in order if step.startswith("prompt")] == [
        "prompt 0", "prompt 1 2 3 4", "prompt 5",
    ]  # fmt: skip
