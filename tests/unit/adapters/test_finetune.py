"""Fine-tuning on the real small model: each recipe learns, a killed run ends as an unbroken one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.commands.config.config_args import load_config_from_file
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.examples import gather
from shelftalker.adapters.data.packing import TrainingRow, heard, pack, packs, row, scores, stack
from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.data.training_rows import name_ids, names_row
from shelftalker.adapters.finetune import Finetuned, finetune, main
from shelftalker.adapters.recipe import DataMix, Recipe
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.adapters.train.model import with_adapter
from shelftalker.adapters.train.trainer import ByLength, RowTrainer
from shelftalker.adapters.train.validation import fitted
from shelftalker.data.catalog import Catalog
from shelftalker.engine.local.engine import TransformersEngine
from shelftalker.engine.lora import layers_of
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from shelftalker.ranking.pick import names_prompt, title_prompt
from shelftalker.store.workspace import Workspace
from tests.conftest import films, frame
from tests.unit.adapters.test_pick_data import shop_at
from tests.unit.adapters.test_text_data import walks

DATA = {"cuts": [0.6, 0.8], "pick": 24, "validation": 4, "negatives": 2}
BUDGET = {"batch": 4, "max_steps": 4, "evaluate_every": 2, "evaluate_on": 4, "stop_on": "loss"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop_at(tmp_path_factory.mktemp("shop") / "ws")


@pytest.fixture(scope="module")
def films_shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Films, liked and disliked in turn."""
    workspace = Workspace.create(tmp_path_factory.mktemp("films") / "ws")
    workspace.add_domain("films")
    workspace.write_catalog("films", Catalog.of(films()))
    kinds = ("like", "dislike")
    rated = [replace(e, kind=kinds[int(e.item[1:]) % 2]) for e in walks()]
    workspace.events.extend("films", frame(rated))
    return workspace


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(resolve(DEFAULT_MODEL))


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


@pytest.mark.filterwarnings("error:.*autograd kernel was not registered")
@pytest.mark.parametrize("name", ["lora", "rslora", "qlora"])
def test_a_recipe_lowers_the_loss_on_held_out_examples(
    name: str, shop: Workspace, tmp_path: Path
) -> None:
    brief = small(name, evaluate_every=4)
    metrics = finetune(shop, "shop", brief, tmp_path).facts["metrics"]
    assert metrics["loss"]["value"] < metrics["loss_untrained"]["value"] - 0.02
    assert not any(
        "lm_head" in key for key in load_file(tmp_path / "adapter/adapter_model.safetensors")
    )


def test_what_was_trained_becomes_a_version_with_its_facts(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "stable.yaml"
    file.write_text(small("rslora", max_steps=1, evaluate_every=1).model_dump_json())
    asked = f"finetune {shop.path} --domain shop --recipe {file} --run {tmp_path / 'run'}"
    monkeypatch.setattr("sys.argv", asked.split())
    main()  # what every process of `accelerate launch` runs
    (version,) = shop.versions("shop", "adapters")
    card = AdapterVersions(shop, "shop").verify(version)
    assert card.method == "rslora"
    assert card.training.recipe["name"] == "rslora"
    assert card.training.prompts == ("pick.en",)
    assert {"ndcg", "ndcg_gain", "loss_untrained"} <= card.training.metrics.keys()
    assert card.training.data.counts["pick train"] == 24
    pick = json.loads((AdapterVersions(shop, "shop").folder(version) / "pick.json").read_text())
    assert (pick["users"], pick["weights"]["scorer"] > 0) == (4, True)
    assert shop.current("shop").adapter is None


def test_adalora_moves_its_ranks(shop: Workspace, tmp_path: Path) -> None:
    done = finetune(
        shop,
        "shop",
        small("adalora", max_steps=10, learning_rate=1e-2, evaluate_every=10),
        tmp_path,
    )
    assert fell(done)
    config = json.loads((done.folder / "adapter_config.json").read_text())
    ranks = [sum(kept) for kept in config["rank_pattern"].values()]
    assert config["total_step"] == 10
    assert len(set(ranks)) > 1
    assert sum(ranks) == config["target_r"] * len(ranks)


@pytest.mark.parametrize(("name", "mix"), [("lora", {}), ("sequence", {"pick": 0, "sequence": 8})])
def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(
    name: str, mix: dict[str, int], shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = small(name, batch=2, evaluate_on=2).model_dump()
    recipe = Recipe.model_validate(values | {"data": DATA | mix})
    whole = finetune(shop, "shop", recipe, tmp_path / "whole")

    def killed(self: RowTrainer, *args: Any, **kwargs: Any) -> Any:
        if self.state.global_step == 3:
            raise KeyboardInterrupt
        return step(self, *args, **kwargs)

    step = RowTrainer.training_step
    monkeypatch.setattr(RowTrainer, "training_step", killed)
    with pytest.raises(KeyboardInterrupt):
        finetune(shop, "shop", recipe, tmp_path / "broken")
    monkeypatch.undo()
    resumed = finetune(shop, "shop", recipe, tmp_path / "broken")
    assert resumed.facts["metrics"] == whole.facts["metrics"]
    for key, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[key]), key


def test_batches_are_of_like_length_and_in_another_order_each_epoch() -> None:
    lengths = [int(number) for number in np.random.default_rng(0).integers(2, 100, size=403)]
    order = ByLength(lengths, 8, seed=1)
    first, again = list(order), list(order)
    assert first == again
    assert sorted(first) == list(range(403))
    filled = [max(lengths[at] for at in first[i : i + 8]) * 8 for i in range(0, 400, 8)]
    assert sum(filled) < 1.2 * sum(lengths)
    order.set_epoch(1)
    assert list(order) != first


def test_rows_of_names_are_packed_apart_from_the_others() -> None:
    text = TrainingRow([1, 2], [[3, 4]], kind="text")
    names = [
        TrainingRow([1], [[5, 7]], kind="names", among=(5, 7)),
        TrainingRow([1, 1], [[7]], kind="names", among=(5, 7)),
    ]
    beside, one = packs([names[0], text, names[1]])["packs"]
    assert beside["input_ids"].tolist() == [[1, 5], [1, 1]]
    assert beside["keep"].tolist() == [0, 1, 3]
    assert beside["labels"].tolist() == [0, 1, 1]
    assert beside["owner"].tolist() == [0, 0, 1]
    assert (beside["rows"], one["rows"]) == (names, [text])


def test_the_weights_hear_an_llm_that_knows_and_not_one_that_guesses() -> None:
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
        said = torch.from_numpy(random.normal(size=len(ids)))
        guessing[at] = said
        knowing[at] = said.clone()
        knowing[at][target] += 2
    assert fitted(examples, rows, knowing).weights.llm > 0.5
    found = fitted(examples, rows, guessing, {"Heat": "Heat"})
    assert (found.weights.method, found.weights.names) == ("names", {"Heat": "Heat"})
    assert found.weights.llm == 0
    assert (found.users, found.hits) == (200, 200)


def test_whole_histories_are_learned_and_asked_for_as_they_were_learned(
    shop: Workspace, tmp_path: Path
) -> None:
    mix = DATA | {"pick": 0, "sequence": 24}
    values = small("sequence", learning_rate=2e-3, max_steps=12, evaluate_every=12).model_dump()
    done = finetune(shop, "shop", Recipe.model_validate(values | {"data": mix}), tmp_path)
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


async def test_rows_score_as_the_engine_serves() -> None:
    engine = TransformersEngine(DEFAULT_MODEL, dtype="float32")
    prompt, titles = title_prompt(["Heat", "Alien"]), ["Aliens", "The Godfather: Part II", "Up"]
    served = await engine.likelihood(prompt, titles)
    one = row(engine._tokens, prompt, titles)
    other = row(engine._tokens, title_prompt(), titles[::-1])
    with torch.no_grad():
        found = scores(engine._lm._model, pack([other, one]))
    await engine.close()
    assert found[1].tolist() == pytest.approx(served.tolist(), abs=1e-3)


async def test_a_line_of_names_is_learned_as_the_line_that_is_asked_to_go_on(
    tokens: Tokens,
) -> None:
    """The row is the sum of what the engine says of each name after those before it."""
    engine = TransformersEngine(DEFAULT_MODEL, dtype="float32")
    line = ["Heat", "Blue", "Alien", "Rocky"]
    ids = name_ids(tokens, {name: name for name in line})
    labels = [f" {name}" for name in line]
    asked = [names_prompt(line[:place]) for place in range(len(line))]
    served = await engine.choose(asked, labels)
    with torch.no_grad():
        found, _ = scores(engine._lm._model, stack([names_row(tokens, line, ids)] * 2))
    await engine.close()
    assert float(found) == pytest.approx(float(np.trace(served)), abs=1e-3)


def test_names_are_scored_by_the_output_head_as_an_adapter_changes_it(tokens: Tokens) -> None:
    model = with_adapter(
        AutoModelForCausalLM.from_pretrained(resolve(DEFAULT_MODEL), dtype=torch.float32),
        recipes.load("sequence"),
        100,
    ).eval()
    line = ["Heat", "Blue", "Alien", "Rocky"]
    ids = name_ids(tokens, {name: name for name in line})
    beside = stack([names_row(tokens, line, ids)])
    torch.manual_seed(0)
    with torch.no_grad():
        plain = scores(model, beside)[0]
        model.get_input_embeddings().lora_embedding_A["default"].normal_(std=0.01)
        logits = model(input_ids=beside["input_ids"]).logits.flatten(0, 1)[beside["keep"]][:, ids]
        wanted = torch.log_softmax(logits, -1)[range(len(line)), beside["labels"]].sum()
        found = scores(model, beside)[0]
        assert float(found) == pytest.approx(float(wanted), abs=1e-3)
        assert abs(float(found - plain)) > 0.1
        with model.disable_adapter():
            assert float(scores(model, beside)[0]) == pytest.approx(float(plain), abs=1e-4)


def test_an_item_without_a_name_is_as_likely_as_the_others_on_average() -> None:
    said = torch.tensor([-1.0, -3.0, -99.0])
    found = heard(TrainingRow([0], [[1], [2], [3]], 0, bare=(0.0,) * 3, unknown=(2,)), said)
    shares = torch.softmax(found, 0)
    assert float(shares[2]) == pytest.approx(1 / 3)
    assert float(shares[0] / shares[1]) == pytest.approx(np.exp(2.0), rel=1e-5)
    nothing = heard(TrainingRow([0], [[1], [2], [3]], 0, bare=(0.0,) * 3, unknown=(0, 1, 2)), said)
    assert nothing.tolist() == [0.0, 0.0, 0.0]


def test_few_texts_are_held_out_whatever_is_asked_for(
    films_shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take the longest to score; judgements are as many as asked for."""
    monkeypatch.setattr("shelftalker.adapters.data.examples.MOST_TEXTS", 2)
    mix = DataMix(pick=0, judge=24, describe=8, validation=6, cuts=(0.5, 0.75), end=1.0)
    counts = gather(films_shop, "films", mix, seed=0).counts()
    assert (counts["describe validation"], counts["judge validation"]) == (2, 6)


def test_judgements_and_texts_are_learned_beside_each_other(
    films_shop: Workspace, tmp_path: Path
) -> None:
    mix = {"pick": 0, "judge": 24, "describe": 8, "validation": 6, "cuts": [0.5, 0.75], "end": 1.0}
    values = small("lora", learning_rate=2e-3, max_steps=8, evaluate_every=8).model_dump()
    done = finetune(films_shop, "films", Recipe.model_validate(values | {"data": mix}), tmp_path)
    metrics = done.facts["metrics"]
    for kind in ("judge", "text"):
        assert metrics[f"{kind}_loss"]["value"] < metrics[f"{kind}_loss_untrained"]["value"] - 0.02
    assert {"judge_auc", "judge_precision", "judge_recall", "judge_f1_macro"} <= metrics.keys()
    assert metrics["judge_auc"]["n"] == 6
    assert done.facts["prompts"] == ("judge.en", "describe.en")
    assert done.pick is None


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


@pytest.mark.parametrize("shape", ["method: adalora", "last_layers: 4"])
def test_words_are_not_learned_where_peft_would_leave_them_out(shape: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"adapter: {{targets: [q_proj, embed_tokens], {shape}}}")
    with pytest.raises(InputError, match="names embed_tokens, which goes with neither"):
        recipes.load(str(file))


RECIPES = sorted(path.stem for path in recipes.HERE.glob("*.yaml"))


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
    config = load_config_from_file(str(recipes.HERE / "fsdp.accelerate"))
    assert config.distributed_type == "FSDP"
    assert config.fsdp_config["fsdp_state_dict_type"] == "FULL_STATE_DICT"  # else no adapter
