"""Fine-tuning on layers of the real small model: recipes learn, resumed runs end as whole ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import AutoModelForCausalLM, AutoTokenizer

from shelftalker.adapters.data.examples import make_examples
from shelftalker.adapters.finetune import Finetuned, main
from shelftalker.adapters.recipe import DataMix, Recipe
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.adapters.train.trainer import RowTrainer
from shelftalker.data.catalog import Catalog
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.store.workspace import Workspace
from tests.conftest import films, frame
from tests.unit.adapters.test_pick_data import shop_at
from tests.unit.adapters.test_text_data import walks
from tests.unit.adapters.training_runs import DATA, fell, small, train, weights, with_model


def first_layers(folder: Path, layers: int) -> Path:
    """The first layers of the small model: random weights would learn nothing from few examples."""
    whole = resolve(DEFAULT_MODEL)
    AutoModelForCausalLM.from_pretrained(whole, num_hidden_layers=layers).save_pretrained(folder)
    AutoTokenizer.from_pretrained(whole).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = tmp_path_factory.mktemp("shop")
    return with_model(shop_at(place / "ws"), first_layers(place / DEFAULT_MODEL, 6))


@pytest.fixture(scope="module")
def tiny_shop(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same with a tiny model, for what does not depend on how well it learns."""
    return with_model(shop_at(tmp_path_factory.mktemp("tiny_shop") / "ws"), tiny_model)


@pytest.fixture(scope="module")
def films_shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Films, liked and disliked in turn."""
    place = tmp_path_factory.mktemp("films")
    workspace = Workspace.create(place / "ws")
    workspace.add_domain("films")
    workspace.write_catalog("films", Catalog.of(films()))
    kinds = ("like", "dislike")
    rated = [replace(e, kind=kinds[int(e.item[1:]) % 2]) for e in walks()]
    workspace.events.extend("films", frame(rated))
    return with_model(workspace, first_layers(place / DEFAULT_MODEL, 2))


@pytest.fixture(scope="module")
def lora(tiny_shop: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Finetuned:
    """An unbroken run, with checkpoints after two of four steps and at the end."""
    return train(tiny_shop, "shop", small("lora"), tmp_path_factory.mktemp("lora"))


@pytest.mark.filterwarnings("error:.*autograd kernel was not registered")
@pytest.mark.parametrize("name", ["lora", "qlora"])
def test_a_recipe_lowers_the_loss_on_held_out_examples(
    name: str, shop: Workspace, tmp_path: Path
) -> None:
    budget = {"max_steps": 12, "learning_rate": 2e-3, "evaluate_every": 12}
    done = train(shop, "shop", small(name, **budget), tmp_path)
    assert fell(done)
    assert not any("lm_head" in key for key in weights(done))


def test_what_was_trained_becomes_a_version_with_its_facts(shop: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "stable.yaml"
    file.write_text(small("rslora", evaluate_every=4).model_dump_json())
    main(shop.path, "shop", tmp_path / "run", str(file))  # as each process of `accelerate launch`
    (version,) = shop.versions("shop", "adapters")
    card = AdapterVersions(shop, "shop").verify(version)
    assert card.method == "rslora"
    assert card.training.recipe["name"] == "rslora"
    assert card.training.prompts == ("pick.en",)
    metrics = card.training.metrics
    assert metrics["loss"].value < metrics["loss_untrained"].value - 0.02
    assert {"ndcg", "ndcg_gain"} <= metrics.keys()
    assert card.training.data.counts["pick train"] == 24
    pick = json.loads((AdapterVersions(shop, "shop").folder(version) / "pick.json").read_text())
    assert (pick["users"], pick["weights"]["scorer"] > 0) == (4, True)
    assert shop.current("shop").adapter is None


def test_recomputed_activations_train_alike_and_curves_reach_tensorboard(
    tiny_shop: Workspace, lora: Finetuned, tmp_path: Path
) -> None:
    sparing = small("lora", gradient_checkpointing=True)
    spared = train(tiny_shop, "shop", sparing, tmp_path, report_to="tensorboard")
    for name, tensor in weights(lora).items():
        assert torch.allclose(tensor, weights(spared)[name], atol=1e-5), name
    [file] = tmp_path.rglob("events.out.tfevents.*")
    curves = EventAccumulator(str(file.parent)).Reload()
    assert {"train/loss", "eval/loss", "eval/ndcg"} <= set(curves.Tags()["scalars"])


def test_adalora_moves_its_ranks(shop: Workspace, tmp_path: Path) -> None:
    budget = {"max_steps": 24, "learning_rate": 2e-2, "evaluate_every": 24}
    done = train(shop, "shop", small("adalora", **budget), tmp_path)
    assert fell(done)
    config = json.loads((done.folder / "adapter_config.json").read_text())
    ranks = [sum(kept) for kept in config["rank_pattern"].values()]
    assert config["total_step"] == 24
    assert len(set(ranks)) > 1
    assert sum(ranks) == config["target_r"] * len(ranks)


@pytest.mark.parametrize("name", ["lora", "sequence"])
def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(
    name: str,
    tiny_shop: Workspace,
    lora: Finetuned,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, whole = small("lora"), lora
    if name == "sequence":
        values = small(name, batch=2, evaluate_on=2).model_dump()
        mix = DATA | {"pick": 0, "sequence": 8}
        recipe = Recipe.model_validate(values | {"data": mix})
        whole = train(tiny_shop, "shop", recipe, tmp_path / "whole")

    def killed(self: RowTrainer, *args: Any, **kwargs: Any) -> Any:
        if self.state.global_step == 3:
            raise KeyboardInterrupt
        return step(self, *args, **kwargs)

    step = RowTrainer.training_step
    monkeypatch.setattr(RowTrainer, "training_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_shop, "shop", recipe, tmp_path / "broken")
    monkeypatch.undo()
    resumed = train(tiny_shop, "shop", recipe, tmp_path / "broken")
    assert resumed.facts["metrics"] == whole.facts["metrics"]
    for key, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[key]), key


def test_whole_histories_are_learned_and_asked_for_as_they_were_learned(
    shop: Workspace, tmp_path: Path
) -> None:
    mix = DATA | {"pick": 0, "sequence": 24}
    values = small("sequence", learning_rate=2e-3, max_steps=12, evaluate_every=12).model_dump()
    done = train(shop, "shop", Recipe.model_validate(values | {"data": mix}), tmp_path)
    assert fell(done)
    words = {
        key.split("lora_")[1]: one for key, one in weights(done).items() if "layers" not in key
    }
    assert words["B.weight"].abs().max() > 0.005
    assert torch.equal(words["B.weight"], words["embedding_A"].T)  # the output head's is the same
    assert torch.equal(words["A.weight"], words["embedding_B"].T)
    assert done.pick is not None
    assert done.pick.weights.method == "names"
    assert len(done.pick.weights.names) == done.facts["data"]["counts"]["sequence named"] > 0
    assert done.facts["prompts"] == ("names.en",)
    assert done.facts["data"]["counts"]["sequence train"] == 24


def test_few_texts_are_held_out_whatever_is_asked_for(
    films_shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take the longest to score; judgements are as many as asked for."""
    monkeypatch.setattr("shelftalker.adapters.data.examples.MAX_VALIDATION_TEXTS", 2)
    mix = DataMix(pick=0, judge=24, describe=8, validation=6, cuts=(0.5, 0.75), end=1.0)
    counts = make_examples(films_shop, "films", mix, seed=0).counts()
    assert (counts["describe validation"], counts["judge validation"]) == (2, 6)


def test_judgements_and_texts_are_learned_beside_each_other(
    films_shop: Workspace, tmp_path: Path
) -> None:
    mix = {"pick": 0, "judge": 48, "describe": 8, "validation": 12, "cuts": [0.5, 0.75], "end": 1}
    values = small("lora", learning_rate=2e-3, max_steps=12, evaluate_every=12).model_dump()
    done = train(films_shop, "films", Recipe.model_validate(values | {"data": mix}), tmp_path)
    metrics = done.facts["metrics"]
    for kind in ("judge", "text"):
        assert metrics[f"{kind}_loss"]["value"] < metrics[f"{kind}_loss_untrained"]["value"] - 0.02
    assert {"judge_auc", "judge_precision", "judge_recall", "judge_f1_macro"} <= metrics.keys()
    assert metrics["judge_auc"]["n"] == 12
    assert done.facts["prompts"] == ("judge.en", "describe.en")
    assert done.pick is None
