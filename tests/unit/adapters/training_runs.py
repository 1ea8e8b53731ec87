"""Small training runs for the tests of this folder."""

from typing import Any

import torch
from safetensors.torch import load_file

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.finetune import Finetuned
from shelftalker.adapters.recipe import Recipe

DATA = {"cuts": [0.6, 0.8], "pick": 24, "validation": 4, "negatives": 2}


BUDGET = {"batch": 4, "max_steps": 4, "evaluate_every": 2, "evaluate_on": 4, "stop_on": "loss"}


def small(name: str, **budget: Any) -> Recipe:
    values = recipes.load(name).model_dump()
    values |= {"llm_weight": 0.3, "scorer_weight": 0, "data": DATA}
    rate = {"learning_rate": 5e-4, "warmup": 0}
    return Recipe.model_validate(values | {"budget": BUDGET | rate | budget})


def fell(done: Finetuned) -> bool:
    loss, before = (done.facts["metrics"][name]["value"] for name in ("loss", "loss_untrained"))
    return bool(loss < before - 0.02)


def weights(done: Finetuned) -> dict[str, torch.Tensor]:
    return load_file(done.folder / "adapter_model.safetensors")
