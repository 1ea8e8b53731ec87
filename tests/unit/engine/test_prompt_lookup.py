"""Prompt lookup on the real small model: the same texts in fewer passes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from shelftalker.engine.base import Message, Prompt, Sampling
from shelftalker.engine.local import batch
from shelftalker.engine.local.engine import LanguageModel, TransformersEngine
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


class Passes:
    """A started engine, and how many tokens each of its passes read; prompts are left out."""

    def __init__(self, engine: TransformersEngine, sizes: list[int]) -> None:
        self.engine, self.sizes = engine, sizes

    async def write(self, prompts: Sequence[Prompt], sampling: Sampling) -> tuple[list[str], int]:
        """The prompts' texts, written in one batch, and how many passes they took."""
        self.sizes.clear()
        return await self.engine.write(prompts, sampling), len(self.sizes)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def passes() -> AsyncIterator[Passes]:
    sizes: list[int] = []
    extend = LanguageModel.extend

    def counted(self: LanguageModel, steps: Sequence[Any]) -> list[batch.Logits]:
        sizes.append(sum(len(tokens) for _, tokens in steps))
        return extend(self, steps)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LanguageModel, "extend", counted)
        engine = TransformersEngine(dtype="float32")
        yield Passes(engine, sizes)
        await engine.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("temperature", [0.0, 0.7])
async def test_texts_are_the_same_with_and_without_guesses_in_fewer_passes(
    temperature: float, passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one batch, of different lengths, one joining while the others decode; greedy and drawn."""
    sampling = Sampling(max_tokens=24, temperature=temperature, seed=3)
    monkeypatch.setattr(batch, "MAX_GUESSES", 0)
    plain, one_by_one = await passes.write(PROMPTS, sampling)
    monkeypatch.undo()
    texts, fewer = await passes.write(PROMPTS, sampling)
    assert texts == plain
    assert len(set(texts)) == 3
    assert fewer < 0.8 * one_by_one

    likely = replace(sampling, likely=(*texts, "Something else."))
    same, fewest = await passes.write(PROMPTS, likely)
    assert same == plain
    assert fewest < 0.7 * fewer


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("rows", [2, 5])
async def test_many_rows_share_the_tokens_of_a_pass(
    rows: int, passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "FIRST_SENTENCE", 0)  # else the first row is written alone
    monkeypatch.setattr(batch, "MAX_PASS_TOKENS", 4)
    await passes.write(PROMPTS[1:2] * rows, Sampling(max_tokens=10))
    assert max(passes.sizes) <= max(rows, 4)
    assert (max(passes.sizes) > rows) == (rows <= 2)
