"""Versions of adapters: checked, promoted, rolled back: pytest tests/test_registry.py"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from shelftalker.adapters import registry
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.store.adapter_card import AdapterCard, base_of
from shelftalker.store.adapter_parts import parts_of
from shelftalker.store.workspace import Workspace
from tests.support import ROOT

FACTS = {
    "recipe": {"name": "lora", "rank": 4},
    "seed": 7,
    "data": {"since": 1.0, "until": 9.0, "counts": {"pick": 30}, "licence": "CC0"},
    "metrics": {"ndcg@10": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 30}},
}


def random_lora(folder: Path, seed: int = 0, **options: Any) -> Path:
    """A folder that peft saved; the base model's weights are not needed for it."""
    config = AutoConfig.from_pretrained(resolve(DEFAULT_MODEL))
    with torch.device("meta"):
        base = AutoModelForCausalLM.from_config(config)
    lora = LoraConfig(
        r=4, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM", **options
    )
    model = get_peft_model(base, lora, low_cpu_mem_usage=True)
    generator = torch.Generator().manual_seed(seed)
    state = {
        key: torch.randn(tensor.shape, generator=generator) * 0.02
        for key, tensor in model.state_dict().items()
        if "lora_" in key
    }
    model.save_pretrained(folder, state_dict=state)
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_lora(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "ws", default_domain="films")
    workspace.add_domain("films")
    return workspace


def test_a_registered_version_tells_where_it_comes_from(
    workspace: Workspace, trained: Path
) -> None:
    assert registry.register(workspace, "films", trained, FACTS) == "v1"
    card = registry.verify(workspace, "films", "v1")
    assert card.training.seed == 7
    assert card.training.data.counts == {"pick": 30}
    assert card.training.metrics["ndcg@10"].low == 0.4
    assert (card.rank, card.method, card.domain) == (4, "lora", "films")
    assert card.base == base_of(DEFAULT_MODEL)
    assert set(card.prompts) == {"pick.en"}
    assert card.versions["torch"] == torch.__version__
    assert workspace.current("films").adapter is None  # it serves only once promoted


def test_a_misspelt_fact_is_refused_and_leaves_nothing(workspace: Workspace, trained: Path) -> None:
    with pytest.raises(AdapterError, match="sede"):
        registry.register(workspace, "films", trained, {"sede": 7})
    with pytest.raises(AdapterError, match="no prompt named 'nothing'"):
        registry.register(workspace, "films", trained, {"prompts": ["nothing.en"]})
    assert workspace.versions("films", "adapters") == []


def test_promotion_and_rollback_move_one_step(workspace: Workspace, trained: Path) -> None:
    for _ in range(2):
        registry.register(workspace, "films", trained, FACTS)
    with pytest.raises(AdapterError, match="nothing to roll back"):
        registry.rollback(workspace, "films")
    registry.promote(workspace, "films", "v1", force=True)
    registry.promote(workspace, "films", "v2", force=True)
    registry.promote(workspace, "films", "v2")  # once more changes nothing
    assert registry.rollback(workspace, "films").adapter == "v1"
    assert workspace.current("films").adapter == "v1"
    assert registry.rollback(workspace, "films").adapter is None
    with pytest.raises(AdapterError, match="nothing to roll back"):
        registry.rollback(workspace, "films")


def test_a_version_that_is_not_there_names_the_ones_that_are(
    workspace: Workspace, trained: Path
) -> None:
    registry.register(workspace, "films", trained, FACTS)
    with pytest.raises(AdapterError, match="no adapter 'v9'; it has: v1"):
        registry.promote(workspace, "films", "v9")


MISFITS = {
    "on the base model": ("base", "weights"),
    "with the tokenizer or chat template": ("base", "tokenizer"),
    "on the prompt template pick.en": ("prompts", "pick.en"),
}


@pytest.mark.parametrize("sentence", MISFITS)
def test_a_mismatch_is_refused_by_name(sentence: str, workspace: Workspace, trained: Path) -> None:
    registry.register(workspace, "films", trained, FACTS)
    file = registry.version_folder(workspace, "films", "v1") / "card.json"
    card = json.loads(file.read_text())
    part, key = MISFITS[sentence]
    card[part][key] = "0123456789abcdef"
    file.write_text(json.dumps(card))
    with pytest.raises(AdapterError, match=sentence):
        registry.promote(workspace, "films", "v1")
    assert workspace.current("films").adapter is None


def test_changed_prompt_wording_is_noticed(workspace: Workspace, trained: Path) -> None:
    registry.register(workspace, "films", trained, FACTS)
    own = workspace.path / "prompts"
    own.mkdir()
    shipped = ROOT / "prompts" / "pick.en.yaml"
    (own / "pick.en.yaml").write_text(shipped.read_text().replace("version: ", "version: 9"))
    with pytest.raises(AdapterError, match=r"prompt template pick\.en"):
        registry.verify(workspace, "films", "v1")


def test_another_base_model_has_another_fingerprint(tmp_path: Path) -> None:
    """One changed number in one tensor, then one changed sign in the chat template."""
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(resolve(DEFAULT_MODEL), tmp_path / "model"))
    same = base_of(str(folder))
    assert (same.weights, same.tokenizer) == (
        base_of(DEFAULT_MODEL).weights,
        base_of(DEFAULT_MODEL).tokenizer,
    )
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.3.self_attn.q_proj.weight"][0, 0] += 1
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    changed = base_of(str(other))
    assert changed.weights != same.weights
    assert changed.tokenizer == same.tokenizer
    (tmp_path / "third").mkdir()
    third = Path(shutil.copytree(folder, tmp_path / "third" / "model"))
    for file in third.glob("chat_template*"):
        file.write_text(file.read_text() + " ")
    assert base_of(str(third)).tokenizer != same.tokenizer


def test_an_adapter_from_outside_is_checked_before_it_is_taken(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    def broken(name: str) -> Path:
        return Path(shutil.copytree(trained, tmp_path / name))

    pickled = broken("pickled")
    (pickled / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(AdapterError, match=r"adapter_model\.bin: a pickle can run code"):
        registry.add(workspace, "films", pickled)
    damaged = broken("damaged")
    (damaged / "adapter_model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(AdapterError, match="is damaged"):
        registry.add(workspace, "films", damaged)
    with pytest.raises(AdapterError, match="has no adapter_config"):
        registry.add(workspace, "films", workspace.path)
    assert workspace.versions("films", "adapters") == []
    assert registry.add(workspace, "films", trained) == "v1"
    assert AdapterCard.read(registry.version_folder(workspace, "films", "v1")).training.seed is None


def test_a_version_moves_to_another_workspace_with_its_card_and_weights(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    registry.register(workspace, "films", trained, FACTS)
    folder = registry.version_folder(workspace, "films", "v1")
    (folder / "pick.json").write_text('{"weights": {"llm": 0.5}}')
    elsewhere = Workspace.create(tmp_path / "elsewhere")
    elsewhere.add_domain("cinema")
    assert registry.add(elsewhere, "cinema", folder) == "v1"
    card = registry.verify(elsewhere, "cinema", "v1")
    assert (card.domain, card.training.seed) == ("cinema", 7)
    moved = registry.version_folder(elsewhere, "cinema", "v1") / "pick.json"
    assert json.loads(moved.read_text())["weights"]["llm"] == 0.5


def test_what_serves_goes_on_with_what_a_new_version_was_not_trained_for(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    def made(prompt: str, pick: PickFit | None = None) -> AdapterCard:
        facts = {**FACTS, "prompts": [prompt]}
        version = registry.register(workspace, "films", trained, facts, pick=pick)
        return AdapterCard.read(registry.version_folder(workspace, "films", version))

    assert made("describe.en").partners == {}  # nothing serves yet: the base model picks
    registry.promote(workspace, "films", "v1", force=True)
    assert made("names.en", PickFit(PickWeights(llm=0.4), users=9, hits=9)).partners == {
        "describe": "v1"
    }
    registry.promote(workspace, "films", "v2", force=True)
    assert made("names.en").partners == {"describe": "v1"}  # not v2, which does not write
    assert made("describe.en").partners == {"pick": "v2"}
    assert made("judge.en").partners == {"pick": "v2", "describe": "v1"}
    assert parts_of(workspace, "films", "v4") == ("films@v2", "films@v4")
    assert weights_of(workspace, "films", "v4").llm == 0.4

    registry.take_out(workspace, "films", "v4", tmp_path / "out")
    assert AdapterCard.read(tmp_path / "out").partners == {}
    registry.rollback(workspace, "films")
    assert registry.add(workspace, "films", tmp_path / "out") == "v6"  # the base model picks now
    assert parts_of(workspace, "films", "v6") == (None, "films@v6")


def test_beside_one_that_only_writes_the_base_model_picks_by_its_own_weights(
    workspace: Workspace, trained: Path
) -> None:
    """Also by those that were fitted after it was promoted."""
    registry.register(workspace, "films", trained, {**FACTS, "prompts": ["describe.en"]})
    assert weights_of(workspace, "films", "v1").llm == 0
    fitted = PickFit(PickWeights(llm=0.2), users=9, hits=9)
    (workspace.domain_path("films") / "pick.json").write_text(json.dumps(fitted.as_dict()))
    assert weights_of(workspace, "films", "v1").llm == 0.2
