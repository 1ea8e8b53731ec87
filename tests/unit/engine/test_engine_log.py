"""What engines log: pytest tests/unit/engine/test_engine_log.py

Loads of adapters are logged in the contract test.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shelftalker import engine
from shelftalker.engine.base import Sampling
from shelftalker.engine.local.batch import DecodingBatch, DecodingRow, Logits, Start
from shelftalker.engine.local.model_thread import ModelThread
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError


def opened(model: str, reason: str) -> Any:
    return SimpleNamespace(model=model, reason=reason)


def test_the_load_of_a_model_is_logged_with_its_seconds(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "shelftalker")
    monkeypatch.setitem(engine.ENGINES, "scripted", f"{__name__}:opened")
    assert engine.open_engine("tiny", "scripted").model == "tiny"
    [line] = caplog.messages
    assert re.fullmatch(r"loaded tiny into the scripted engine in \d+\.\d s", line)


def scripted_batch() -> DecodingBatch:
    """Reads any prompt, and fails at the first decoding step."""

    def start(prompts: Sequence[Start]) -> list[tuple[Logits, Any]]:
        return [(np.zeros(3, np.float32), SimpleNamespace(length=len(p))) for p, _ in prompts]

    def extend(steps: Any) -> Any:
        raise ArithmeticError("harbour")

    decoder: Any = SimpleNamespace(
        start=start, extend=extend, release=lambda sequence: None, ends=frozenset()
    )
    return DecodingBatch(decoder)


async def test_a_failed_step_is_logged_with_its_type_and_ends_its_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop, pieces = asyncio.get_running_loop(), asyncio.Queue[Any]()
    tokenizer: Any = SimpleNamespace(decode=lambda ids: "a")
    text = TextStream(tokenizer, ())
    thread = ModelThread(scripted_batch(), "scripted")
    thread.join(
        DecodingRow(
            [1, 2], Sampling(), None, text,
            lambda piece: loop.call_soon_threadsafe(pieces.put_nowait, piece) and None,
        )
    )  # fmt: skip
    assert await asyncio.wait_for(pieces.get(), 5) == "a"
    error = await asyncio.wait_for(pieces.get(), 5)
    assert isinstance(error, EngineError)
    assert "ArithmeticError" in str(error)
    assert thread.alive()
    thread.stop()
    assert caplog.messages == ["a decoding step failed: ArithmeticError"]


async def test_a_dead_thread_is_logged_and_ends_what_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fatal() -> Any:
        raise SystemExit

    thread = ModelThread(scripted_batch(), "scripted")
    calls = [asyncio.create_task(thread.call(one)) for one in (fatal, int)]
    with pytest.raises(EngineError, match="closed"):
        await asyncio.wait_for(calls[1], 5)
    assert not thread.alive()
    assert caplog.messages == ["the scripted engine's thread died: SystemExit"]
    calls[0].cancel()
