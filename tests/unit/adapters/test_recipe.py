"""Recipes are checked when they are loaded: pytest tests/unit/adapters/test_recipe.py"""

import json
from pathlib import Path
from typing import Any

import pytest
from accelerate.commands.config.config_args import load_config_from_file

from shelftalker.adapters import recipe as recipes
from shelftalker.engine.lora import layers_of
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.errors import InputError


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": {"pick": 0}}, "data holds nothing to train on"),
        ({"data": {"pick": 0, "judge": 9}}, "stop_on is ndcg, but data holds no such examples"),
        ({"budget": {"stop_on": "auc"}}, "stop_on is auc, but data holds no such examples"),
        ({"data": {"judge": -1}}, r"data\.judge = -1"),
        ({"data": {"cuts": [0.6]}}, r"data\.cuts"),
    ],
)
def test_a_recipe_that_cannot_be_measured_is_refused(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(json.dumps(change))
    with pytest.raises(InputError, match=said):
        recipes.load(str(file))


def test_a_recipe_with_an_unknown_key_or_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("adapter: {ranks: 8}")
    with pytest.raises(InputError, match=r"adapter\.ranks"):
        recipes.load(str(file))
    with pytest.raises(InputError, match="adalora, lora"):
        recipes.load("dora")


def test_words_are_not_learned_where_peft_would_leave_them_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("adapter: {targets: [q_proj, embed_tokens], method: adalora}")
    with pytest.raises(InputError, match="names embed_tokens, which does not go with method"):
        recipes.load(str(file))


RECIPES = sorted(path.stem for path in recipes.RECIPES_FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_that_comes_along_changes_layers_that_can_be_served(name: str) -> None:
    adapter = recipes.load(name).adapter
    layers = layers_of(resolve(DEFAULT_MODEL))
    assert set(adapter.targets) <= {layer.split(".")[-1] for layer in layers}
    assert adapter.rank <= 16  # what vLLM takes unless told otherwise


def test_the_recipes_are_listed_and_the_configuration_of_accelerate_is_not() -> None:
    with pytest.raises(InputError) as refused:
        recipes.load("none")
    assert str(refused.value).endswith(f"one of: {', '.join(RECIPES)}")
    assert {"lora", "qwen3-0.6b", "qwen3-4b", "qwen3-8b-qlora"} <= set(RECIPES)
    config = load_config_from_file(str(recipes.RECIPES_FOLDER / "fsdp.accelerate"))
    assert config.distributed_type == "FSDP"
    assert config.fsdp_config["fsdp_state_dict_type"] == "FULL_STATE_DICT"  # else no adapter
