"""Fitting the pick: which method is selected, and when the LLM gets a weight."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import log_softmax

from shelftalker.engine.base import Adapters, Floats, Prompt
from shelftalker.ranking.pick_fitting import Choice, fit_choices
from shelftalker.ranking.pick_weights import PickWeights
from tests.support.fakes import FakeEngine
from tests.unit.ranking.test_pick import ITEMS


class OneMethodEngine(FakeEngine):
    """Prefers the right item, but shows it by one method only."""

    def __init__(self, method: str, favourite: str) -> None:
        super().__init__()
        self.method, self.favourite = method, favourite

    async def choose(
        self, prompts: Sequence[Prompt], labels: Sequence[str], adapter: Adapters = None
    ) -> Floats:
        found = np.zeros((len(prompts), len(labels)))
        for row, prompt in enumerate(prompts):
            for place, label in enumerate(labels):
                asked = f"{label}. {self.favourite}" if self.method == "letters" else "next: "
                if self.method == "pointwise":
                    asked += self.favourite
                found[row, place] = 1.0 * (
                    self.method != "likelihood" and asked in prompt[-1]["content"] and label != "No"
                )
        return log_softmax(found, axis=1)

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        known = self.method == "likelihood" and "Heat" in str(prefix)
        return np.array([float(known and self.favourite in text) for text in continuations])


@pytest.mark.parametrize("method", ["likelihood", "letters", "pointwise"])
async def test_the_method_with_the_lowest_log_loss_is_selected(method: str) -> None:
    draw = np.random.default_rng(0)
    choices = [
        Choice(ITEMS, draw.normal(size=3), np.zeros(3), ["Heat"], int(draw.random() < 0.3))
        for _ in range(60)
    ]
    found = await fit_choices(OneMethodEngine(method, "Cold Ledger"), choices)
    assert found.weights.method == method
    assert found.weights.llm > 0
    assert {way.method: way.llm > 0 for way in found.ways} == {
        name: name == method for name in ("likelihood", "letters", "pointwise")
    }
    assert found.log_loss is not None
    assert min(way.log_loss for way in found.ways) < found.log_loss


async def test_a_lower_log_loss_without_a_better_order_gives_the_llm_no_weight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = np.random.default_rng(0)
    choices = []
    for _ in range(60):
        logits, popularity, utility = draw.normal(size=(3, 3))
        target = int((utility + logits / 2 + [3, 0, 0]).argmax())
        choices.append(Choice(ITEMS, logits, popularity, ["Heat"], target))
    engine = OneMethodEngine("likelihood", "Cold Ledger")
    assert (await fit_choices(engine, choices)).weights.llm > 0
    monkeypatch.setattr("shelftalker.ranking.pick_fitting.significantly_better", lambda *_: False)
    found = (await fit_choices(engine, choices)).weights
    assert (found.llm, found.popularity) == (0, 0)
    assert 0 < found.scorer != 1  # still rescaled, so that its probabilities are calibrated


async def test_choices_with_a_missed_target_are_left_out() -> None:
    engine = FakeEngine()
    missed = Choice(ITEMS, np.zeros(3), np.zeros(3), [], -1)
    found = await fit_choices(engine, [missed] * 5)
    assert (found.weights, found.users, found.hits, engine.calls) == (PickWeights(), 5, 0, [])
