"""Texts, streamed and written: pytest tests/contract/engine/test_sampling.py"""

import numpy as np
import pytest

from shelftalker.engine.base import Engine, Sampling
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from tests.contract.engine.reference import GREEDY, QUIZ, TASTE, Truth, ask

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_stream_and_write_give_the_same_greedy_text(
    engine: Engine, truth: Truth, tokens: Tokens
) -> None:
    pieces = [piece async for piece in engine.stream(QUIZ[1], GREEDY)]
    [text] = await engine.write([QUIZ[1]], GREEDY)
    assert len(pieces) > 1
    assert "".join(pieces) == text
    ids = tokens.prompt(QUIZ[1], room=1)
    first = tokens.after(text)[0]
    assert truth(ids, [first], None)[0] > np.log(0.2)  # what the model itself finds likely


async def test_max_tokens_ends_the_text(engine: Engine, tokens: Tokens) -> None:
    [text] = await engine.write([ask("Tell a long story.")], Sampling(max_tokens=7))
    assert len(tokens.after(text)) == 7


async def test_stop_strings_end_the_text_and_are_left_out(engine: Engine) -> None:
    prompt = ask("Tell a long story.")
    [whole] = await engine.write([prompt], GREEDY)
    stop = whole[11:16]  # spans tokens
    sampling = Sampling(max_tokens=24, stop=(stop,))
    assert await engine.write([prompt], sampling) == [whole[: whole.index(stop)]]
    assert "".join([p async for p in engine.stream(prompt, sampling)]) == whole[:11]


async def test_sampling_follows_its_seed(engine: Engine) -> None:
    prompt = ask("Tell a long story.")
    warm = [Sampling(max_tokens=16, temperature=1.0, top_p=0.9, seed=seed) for seed in (1, 1, 2)]
    texts = [(await engine.write([prompt], sampling))[0] for sampling in warm]
    assert texts[0] == texts[1] != texts[2]


async def test_sampling_out_of_range_is_refused(engine: Engine) -> None:
    for bad in (Sampling(max_tokens=0), Sampling(temperature=-1), Sampling(top_p=0)):
        with pytest.raises(InputError, match="max_tokens ≥ 1"):
            await engine.write([TASTE], bad)


async def test_a_batch_gives_each_prompt_its_own_text(engine: Engine) -> None:
    prompts = [ask(f"Repeat this word once: {word}") for word in ("harbour", "seven", "train")]
    alone = [(await engine.write([prompt], Sampling(max_tokens=6)))[0] for prompt in prompts]
    assert len(set(alone)) == 3
    assert await engine.write(prompts, Sampling(max_tokens=6)) == alone
