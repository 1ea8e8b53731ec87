"""The order in which prompts and tokens are read: pytest tests/unit/engine/test_batch.py"""

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shelftalker.engine.base import Sampling
from shelftalker.engine.local.batch import FIRST_SENTENCE, DecodingBatch, DecodingRow, Logits
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

    def start(self, prompt: Sequence[int], adapter: str | None) -> tuple[Logits, Any]:
        assert self.all_queued.wait(30)
        self.order.append(f"prompt {prompt[0]}")
        return np.array([0, 1], np.float32), SimpleNamespace(length=len(prompt))

    def extend(self, steps: Sequence[Any]) -> list[Logits]:
        self.order.append(f"pass of {len(steps)}")
        return [np.tile(np.array([0, 1], np.float32), (len(tokens), 1)) for _, tokens in steps]

    def shorten(self, sequence: Any, length: int) -> None: ...

    def release(self, sequence: Any) -> None: ...


async def test_a_first_sentence_is_not_held_up_by_other_prompts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second prompt waits for it, the third does not wait for the second's."""
    monkeypatch.setattr("shelftalker.engine.local.batch.MAX_GUESSES", 0)
    recorder, loop = Recorder(), asyncio.get_running_loop()
    thread, ended = (
        ModelThread(DecodingBatch(recorder), "recording"),
        [asyncio.Event() for _ in "abc"],
    )
    for number, event in enumerate(ended):

        def emit(piece: Any, event: asyncio.Event = event) -> None:
            if piece is None:
                loop.call_soon_threadsafe(event.set)

        row = DecodingRow(
            [number, 9], Sampling(max_tokens=60), None, TextStream(TOKENIZER, ()), emit
        )
        thread.join(row)
    recorder.all_queued.set()
    for event in ended:
        await asyncio.wait_for(event.wait(), 30)
    thread.stop()
    assert recorder.order[0] == "prompt 0"
    alone = recorder.order[1 : recorder.order.index("prompt 1")]
    assert alone == ["pass of 1"] * (FIRST_SENTENCE - 1)
    second = recorder.order.index("prompt 1")
    assert recorder.order[second : second + 3] == ["prompt 1", "pass of 2", "prompt 2"]
