"""Small training runs for the tests of this folder."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.examples import Examples, make_examples
from shelftalker.adapters.finetune import Finetuned, FinetuneRun
from shelftalker.adapters.recipe import DataMix, Recipe
from shelftalker.store.workspace import Workspace

DATA = {"cuts": [0.6, 0.8], "pick": 24, "validation": 4, "negatives": 2}


BUDGET = {"batch": 4, "max_steps": 4, "evaluate_every": 2, "evaluate_on": 4, "stop_on": "loss"}


def with_model(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with the model in a folder. Training on the whole model is tested in
    `tests/unit/commands/test_finetune.py`."""
    settings = workspace.path / "workspace.toml"
    settings.write_text(f'model = "{folder}"\n')
    return Workspace.open(workspace.path)


def small(name: str, **budget: Any) -> Recipe:
    values = recipes.load(name).model_dump()
    values |= {"llm_weight": 0.3, "scorer_weight": 0, "data": DATA}
    rate = {"learning_rate": 5e-4, "warmup": 0}
    return Recipe.model_validate(values | {"budget": BUDGET | rate | budget})


@cache
def _examples(place: Path, domain: str, mix: str, seed: int) -> Examples:
    with Workspace.open(place) as workspace:
        return make_examples(workspace, domain, DataMix.model_validate_json(mix), seed)


def prepare(workspace: Workspace, domain: str, recipe: Recipe, run: Path) -> None:
    """A folder that has its examples already, as that of a run that goes on: they are made once for
    each log, mix and seed."""
    if not (run / "examples.json").is_file():
        run.mkdir(parents=True, exist_ok=True)
        mix = recipe.data.model_dump_json()
        _examples(workspace.path, domain, mix, recipe.seed).save(run / "examples.json")


def train(
    workspace: Workspace, domain: str, recipe: Recipe, run: Path, **options: Any
) -> Finetuned:
    """A run in a prepared folder."""
    prepare(workspace, domain, recipe, run)
    return FinetuneRun(workspace, domain, recipe, run, **options).train()


def fell(done: Finetuned) -> bool:
    loss, before = (done.facts["metrics"][name]["value"] for name in ("loss", "loss_untrained"))
    return bool(loss < before - 0.02)


def weights(done: Finetuned) -> dict[str, torch.Tensor]:
    return load_file(done.folder / "adapter_model.safetensors")
