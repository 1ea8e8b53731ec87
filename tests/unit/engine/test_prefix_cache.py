"""The transformers engine's prefix cache on the real small model: same numbers, fewer tokens."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shelftalker.engine.base import Message, Sampling
from shelftalker.engine.local.engine import TransformersEngine
from shelftalker.engine.local.prefix_cache import PrefixCache

HISTORY = "I liked these, most recent first:\n" + "\n".join(
    f"- {title}" for title in ("Heat", "Fargo", "Alien", "The Sting", "Casablanca", "Vertigo")
)
TITLES = ["Rear Window", "Toy Story", "Psycho"]


def chat(end: str) -> list[Message]:
    return [Message(role="user", content=f"{HISTORY}\n{end}")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine() -> AsyncIterator[TransformersEngine]:
    opened = TransformersEngine(dtype="float32")
    yield opened
    await opened.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_shared_beginning_is_computed_once_and_changes_nothing(
    engine: TransformersEngine,
) -> None:
    first = await engine.likelihood(chat("Name one title."), TITLES)
    before = engine.reuse.reused
    again = await engine.likelihood(chat("Name one title."), TITLES)
    assert engine.reuse.reused - before >= 60
    assert again == pytest.approx(first, abs=1e-3)


@pytest.mark.asyncio(loop_scope="module")
async def test_texts_after_a_shared_beginning_are_the_same_as_alone(
    engine: TransformersEngine,
) -> None:
    sampling = Sampling(max_tokens=12)
    alone = await engine.write([chat("Write a sentence on Vertigo.")], sampling)
    before = engine.reuse.asked, engine.reuse.reused
    both = await engine.write(
        [chat("Write a sentence on Vertigo."), chat("Write a sentence on Alien.")], sampling
    )
    assert both[0] == alone[0]
    asked, reused = engine.reuse.asked - before[0], engine.reuse.reused - before[1]
    assert reused / asked > 0.8


def test_only_the_last_prompts_are_kept_and_adapters_do_not_mix() -> None:
    import torch
    from transformers import DynamicCache

    cache = DynamicCache()
    cache.update(torch.zeros(1, 1, 20, 2), torch.zeros(1, 1, 20, 2), 0)
    prefixes = PrefixCache(size=1, least=4)
    prefixes.keep(range(20), None, torch.zeros(3), cache)
    assert prefixes.start([*range(10), 99, 98], None)[1] == 10
    assert prefixes.start(range(20), None)[1] == 19
    assert prefixes.start(range(20), "1")[1] == 0
    assert prefixes.whole(range(20), None) is not None
    assert prefixes.whole(range(19), None) is None
    assert prefixes.start([0, 1, 2, 9, 9], None)[1] == 0
    prefixes.keep(range(50, 70), None, torch.zeros(3), cache)
    assert prefixes.start(range(20), None)[1] == 0
