"""Prompt lookup on the real small model: the same texts in fewer passes."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from shelftalker.engine.base import Message, Sampling
from shelftalker.engine.local import batch
from shelftalker.engine.local.engine import TransformersEngine
from shelftalker.engine.local.prompt_lookup import Lookup


def test_what_followed_the_last_two_tokens_the_last_time_is_guessed() -> None:
    lookup = Lookup([1, 2, 3, 4, 1, 2, 5, 6, 1])
    assert lookup.guess(4) == []
    lookup.append(2)
    assert lookup.guess(4) == [5, 6, 1, 2]
    assert lookup.guess(2) == [5, 6]
    assert lookup.guess(0) == []
    assert Lookup([7]).guess(4) == []


def test_the_last_three_tokens_say_more_than_the_last_two() -> None:
    lookup = Lookup([9, 1, 2, 3, 8, 1, 2, 4, 9, 1, 2])
    assert lookup.guess(2) == [3, 8]


def test_likely_texts_are_guessed_as_answers_to_the_prompt() -> None:
    lookup = Lookup([5, 6, 7], [[1, 2, 3], [1, 2, 4]])
    assert lookup.guess(3) == [1, 2, 4]
    for token in (1, 9, 1, 2):
        lookup.append(token)
    assert lookup.guess(1) == [4]


PROMPTS = [
    [Message(role="user", content=f"Repeat word for word: {text}")]
    for text in (
        "The Quiet Harbour is a drama from Norway, directed by Ida Brandt in 1990.",
        "Night Ferry is a thriller.",
        "Moon Ferry Nine, a film by Mira Sol, was released in 2001 and runs for 99 minutes.",
    )
]


async def written(
    sampling: Sampling, most: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], int]:
    """The prompts' texts, side by side, and how many passes they took."""
    monkeypatch.setattr(batch, "TRIED", most)
    engine = TransformersEngine(dtype="float32")
    passes = 0

    def counted(*args: object, **kwargs: object) -> object:
        nonlocal passes
        passes += 1
        return forward(*args, **kwargs)

    forward = engine._lm.forward
    monkeypatch.setattr(engine._worker._batch, "_forward", counted)
    texts = await engine.write(PROMPTS, sampling)
    await engine.close()
    return texts, passes


@pytest.mark.parametrize("temperature", [0.0, 0.7])
async def test_texts_are_the_same_with_and_without_guesses_in_fewer_passes(
    temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side, of different lengths, one joining while the others decode; greedy and drawn."""
    sampling = Sampling(max_tokens=40, temperature=temperature, seed=3)
    plain, one_by_one = await written(sampling, 0, monkeypatch)
    texts, passes = await written(sampling, 6, monkeypatch)
    assert texts == plain
    assert len(set(texts)) == 3
    assert passes < 0.8 * one_by_one

    likely = replace(sampling, likely=(*texts, "Something else."))
    same, fewer = await written(likely, 6, monkeypatch)
    assert same == plain
    assert fewer < 0.7 * passes


@pytest.mark.parametrize("rows", [2, 9, 33])
async def test_many_rows_share_the_tokens_of_a_pass(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = TransformersEngine(dtype="float32")
    forward = engine._lm.forward
    sizes: list[int] = []

    def seen(ids: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        sizes.append(ids.numel())
        return forward(ids, *args, **kwargs)

    monkeypatch.setattr(engine._worker._batch, "_forward", seen)
    await engine.write(PROMPTS[:1] * rows, Sampling(max_tokens=8))
    await engine.close()
    assert max(sizes) <= max(rows, batch.TOKENS)
    assert (max(sizes) > rows) == (rows <= batch.TOKENS // 2)
