"""Small training runs for the tests of this folder."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.finetune import Finetuned
from shelftalker.adapters.recipe import Recipe
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.store.workspace import Workspace

DATA = {"cuts": [0.6, 0.8], "pick": 24, "validation": 4, "negatives": 2}


BUDGET = {"batch": 4, "max_steps": 4, "evaluate_every": 2, "evaluate_on": 4, "stop_on": "loss"}


def on_few_layers(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with the first six layers of the small model, which train five times as fast.
    Training on the whole model is tested in `tests/unit/commands/test_finetune.py`."""
    whole = resolve(DEFAULT_MODEL)
    AutoModelForCausalLM.from_pretrained(whole, num_hidden_layers=6).save_pretrained(folder)
    AutoTokenizer.from_pretrained(whole).save_pretrained(folder)
    settings = workspace.path / "workspace.toml"
    settings.write_text(f'model = "{folder}"\n')
    return Workspace.open(workspace.path)


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
