"""Log-probabilities of continuations: pytest tests/contract/engine/test_likelihood.py"""

import numpy as np
import pytest

from shelftalker.engine.base import Engine
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from tests.contract.engine.reference import TASTE, TITLES, Truth, ask

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_likelihood_is_the_summed_log_probability(
    engine: Engine, truth: Truth, tokens: Tokens
) -> None:
    prefix = tokens.prompt(TASTE, room=1)
    expected = np.array([sum(truth(prefix, tokens.after(t), None)) for t in TITLES])
    found = await engine.likelihood(TASTE, TITLES)
    assert found == pytest.approx(expected, rel=0.02, abs=0.3)
    assert found.argsort().tolist() == expected.argsort().tolist()


async def test_likelihood_does_not_depend_on_what_was_asked_before(
    engine: Engine, truth: Truth, tokens: Tokens
) -> None:
    """A prefix that ends on a cache block, and a tail that was cached by an earlier call."""
    words = next(
        n for n in range(200) if len(tokens.prompt(ask("sea " * n), room=1)) % 32 == 0 and n > 40
    )
    prompt = ask("sea " * words)
    long = "and then " * 40
    prefix = tokens.prompt(prompt, room=1)
    expected = [sum(truth(prefix, tokens.after(text), None)) for text in ("Heat", long)]
    await engine.likelihood(prompt, [long + "more"])
    found = await engine.likelihood(prompt, ["Heat", long])
    assert found == pytest.approx(np.array(expected), rel=0.02, abs=0.3)


async def test_a_likelihood_is_computed_once(engine: Engine) -> None:
    """A title's without a user is asked for in every pick."""
    first = await engine.likelihood(ask("Name a title."), TITLES)
    asked = engine.reuse.asked
    again = await engine.likelihood(ask("Name a title."), TITLES[::-1])
    assert engine.reuse.asked == asked
    assert again.tolist() == first[::-1].tolist()
    with_adapter = await engine.likelihood(ask("Name a title."), TITLES, "x@v1")
    assert not np.allclose(with_adapter, first, atol=0.1)


async def test_likelihood_of_many_continuations_keeps_their_order(
    engine: Engine, truth: Truth, tokens: Tokens
) -> None:
    many = [f"{title}, part {i}" for i in range(12) for title in TITLES[:3]]
    together = await engine.likelihood(TASTE, many)
    prefix = tokens.prompt(TASTE, room=1)
    alone = [sum(truth(prefix, tokens.after(many[i]), None)) for i in (0, 20, 35)]
    assert together.shape == (36,)
    assert together[[0, 20, 35]] == pytest.approx(np.array(alone), rel=0.02, abs=0.3)
    assert (await engine.likelihood(TASTE, [])).shape == (0,)


async def test_a_continuation_needs_text(engine: Engine) -> None:
    with pytest.raises(InputError, match="continuation 1 is empty"):
        await engine.likelihood(TASTE, ["Heat", ""])
