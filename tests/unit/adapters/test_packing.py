"""Rows are packed and scored as engines score: pytest tests/unit/adapters/test_packing.py"""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import torch
from transformers import AutoModelForCausalLM

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.packing import (
    TrainingRow,
    llm_scores,
    loss,
    pack,
    packs,
    row,
    scores,
    stack,
)
from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.data.training_rows import name_ids, names_row, text_row
from shelftalker.adapters.train.model import with_adapter
from shelftalker.adapters.train.trainer import ByLength
from shelftalker.adapters.train.validation import fit_pick_weights
from shelftalker.engine.base import Engine
from shelftalker.engine.local.engine import TransformersEngine
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.engine.tokens import Tokens
from shelftalker.ranking.pick import names_prompt, title_prompt


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(resolve(DEFAULT_MODEL))


@pytest.fixture(scope="module")
def model() -> Any:
    """The default model's plain weights in float32."""
    folder = resolve(DEFAULT_MODEL)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine() -> AsyncIterator[Engine]:
    opened = TransformersEngine(DEFAULT_MODEL, dtype="float32")
    yield opened
    await opened.close()


def test_batches_are_of_similar_length_and_in_another_order_each_epoch() -> None:
    lengths = [int(number) for number in np.random.default_rng(0).integers(2, 100, size=403)]
    order = ByLength(lengths, 8, seed=1)
    first, again = list(order), list(order)
    assert first == again
    assert sorted(first) == list(range(403))
    filled = [max(lengths[at] for at in first[i : i + 8]) * 8 for i in range(0, 400, 8)]
    assert sum(filled) < 1.2 * sum(lengths)
    order.set_epoch(1)
    assert list(order) != first


def test_rows_of_names_are_packed_separately_from_the_others() -> None:
    text = TrainingRow([1, 2], [[3, 4]], kind="text")
    names = [
        TrainingRow([1], [[5, 7]], kind="names", among=(5, 7)),
        TrainingRow([1, 1], [[7]], kind="names", among=(5, 7)),
    ]
    batch, one = packs([names[0], text, names[1]])["packs"]
    assert batch["input_ids"].tolist() == [[1, 5], [1, 1]]
    assert batch["keep"].tolist() == [0, 1, 3]
    assert batch["labels"].tolist() == [0, 1, 1]
    assert batch["owner"].tolist() == [0, 0, 1]
    assert (batch["rows"], one["rows"]) == (names, [text])


@pytest.mark.asyncio(loop_scope="module")
async def test_rows_score_as_the_engine_serves(engine: Engine, model: Any, tokens: Tokens) -> None:
    prompt, titles = title_prompt(["Heat", "Alien"]), ["Aliens", "The Godfather: Part II", "Up"]
    served = await engine.likelihood(prompt, titles)
    one = row(tokens, prompt, titles)
    other = row(tokens, title_prompt(), titles[::-1])
    with torch.no_grad():
        _, likelihoods = scores(model, pack([other, one]))
    assert likelihoods.tolist() == pytest.approx(served.tolist(), abs=1e-3)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_line_of_names_is_learned_as_engines_are_asked_to_continue_it(
    engine: Engine, model: Any, tokens: Tokens
) -> None:
    """A row's score is the sum of the engine's log-probabilities of each name after the others."""
    line = ["Heat", "Blue", "Alien", "Rocky"]
    ids = name_ids(tokens, {name: name for name in line})
    labels = [f" {name}" for name in line]
    asked = [names_prompt(line[:place]) for place in range(len(line))]
    served = await engine.choose(asked, labels)
    with torch.no_grad():
        likelihood, _ = scores(model, stack([names_row(tokens, line, ids)] * 2))
    assert float(likelihood) == pytest.approx(float(np.trace(served)), abs=1e-3)


def test_names_are_scored_by_the_output_head_as_an_adapter_changes_it(tokens: Tokens) -> None:
    base = AutoModelForCausalLM.from_pretrained(resolve(DEFAULT_MODEL), dtype=torch.float32)
    model = with_adapter(base, recipes.load("sequence"), 100).eval()
    line = ["Heat", "Blue", "Alien", "Rocky"]
    ids = name_ids(tokens, {name: name for name in line})
    batch = stack([names_row(tokens, line, ids)])
    torch.manual_seed(0)
    with torch.no_grad():
        plain = scores(model, batch)[0]
        model.get_input_embeddings().lora_embedding_A["default"].normal_(std=0.01)
        logits = model(input_ids=batch["input_ids"]).logits.flatten(0, 1)[batch["keep"]][:, ids]
        expected = torch.log_softmax(logits, -1)[range(len(line)), batch["labels"]].sum()
        adapted = scores(model, batch)[0]
        assert float(adapted) == pytest.approx(float(expected), abs=1e-3)
        assert abs(float(adapted - plain)) > 0.1
        with model.disable_adapter():
            assert float(scores(model, batch)[0]) == pytest.approx(float(plain), abs=1e-4)


def test_an_item_without_a_name_is_as_likely_as_the_others_on_average() -> None:
    def scored(unknown: tuple[int, ...]) -> torch.Tensor:
        made = TrainingRow([0], [[1], [2], [3]], 0, bare=(0.0,) * 3, unknown=unknown)
        return llm_scores(made, torch.tensor([-1.0, -3.0, -99.0]))

    shares = torch.softmax(scored((2,)), 0)
    assert float(shares[2]) == pytest.approx(1 / 3)
    assert float(shares[0] / shares[1]) == pytest.approx(np.exp(2.0), rel=1e-5)
    assert scored((0, 1, 2)).tolist() == [0.0, 0.0, 0.0]


def test_fitted_weights_follow_an_llm_that_knows_and_not_one_that_guesses() -> None:
    random = np.random.default_rng(0)
    examples, rows, knowing, guessing = [], [], {}, {}
    for at in range(200):
        logits, target = random.normal(size=5), int(random.integers(5))
        ids = tuple(f"i{n}" for n in range(5 if at % 2 else 4))  # shortlists differ in length
        target = min(target, len(ids) - 1)
        examples.append(
            PickExample("u", 0.0, (), ids, tuple(logits[: len(ids)]), (1.0,) * len(ids), target)
        )
        rows.append(TrainingRow([0], [[1]] * len(ids), target, bare=(7.0,) * len(ids)))
        guessing[at] = torch.from_numpy(random.normal(size=len(ids)))
        knowing[at] = guessing[at].clone()
        knowing[at][target] += 2
    assert fit_pick_weights(examples, rows, knowing).weights.llm > 0.5
    guessed = fit_pick_weights(examples, rows, guessing, {"Heat": "Heat"})
    assert (guessed.weights.method, guessed.weights.names) == ("names", {"Heat": "Heat"})
    assert guessed.weights.llm == 0
    assert (guessed.users, guessed.hits) == (200, 200)


def test_texts_after_prompts_that_begin_alike_cost_what_each_costs_alone(
    tokens: Tokens, model: Any
) -> None:
    row_of_pan = "Title: Ember Pan\nweight kg: 1.9\nTell "
    prompts = [[{"role": "user", "content": row_of_pan + end}] for end in ("its use", "for whom")]
    texts = list(zip(prompts, ("For eggs.", "For two people who eat late."), strict=True))
    together = text_row(tokens, texts)
    assert len(together.branches) == 2
    assert all(together.skip)
    alone = [text_row(tokens, [one]) for one in texts]
    with torch.no_grad():
        (both,) = scores(model, pack([together]))
        each = [scores(model, pack([one]))[0][0] for one in alone]
    assert both.tolist() == pytest.approx([float(one) for one in each], abs=1e-3)
    words = sum(len(one.branches[0]) for one in alone)
    assert float(loss(together, both)) == pytest.approx(-float(sum(each)) / words, abs=1e-4)
