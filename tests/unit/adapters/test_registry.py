"""`AdapterVersions`: registering, checking, promoting and rolling back adapters.

Run: pytest tests/unit/adapters/test_registry.py
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from shelftalker.adapters.finetune import FinetuneRun
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.store.adapter_card import AdapterCard
from shelftalker.store.adapter_parts import version_parts
from shelftalker.store.versions import NewVersion, VersionKind
from shelftalker.store.workspace import Workspace
from tests.support import ROOT

FACTS = {
    "recipe": {"name": "lora", "rank": 4},
    "seed": 7,
    "data": {"since": 1.0, "until": 9.0, "counts": {"pick": 30}, "licence": "CC0"},
    "metrics": {"ndcg@10": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 30}},
}


def random_lora(
    folder: Path, seed: int = 0, model: str | Path = DEFAULT_MODEL, **options: Any
) -> Path:
    """A folder that peft saved; the base model's weights are not needed for it."""
    config = AutoConfig.from_pretrained(resolve(str(model)))
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
    assert AdapterVersions(workspace, "films").register(trained, FACTS) == "v1"
    card = AdapterVersions(workspace, "films").verify("v1")
    assert card.training.seed == 7
    assert card.training.data.counts == {"pick": 30}
    assert card.training.metrics["ndcg@10"].low == 0.4
    assert (card.rank, card.method, card.domain) == (4, "lora", "films")
    assert card.base == base_fingerprint(DEFAULT_MODEL)
    assert set(card.prompts) == {"pick.en"}
    assert card.versions["torch"] == torch.__version__
    assert workspace.current("films").adapter is None  # it serves only once promoted


def test_a_misspelt_fact_is_refused_and_leaves_nothing(workspace: Workspace, trained: Path) -> None:
    with pytest.raises(AdapterError, match="sede"):
        AdapterVersions(workspace, "films").register(trained, {"sede": 7})
    with pytest.raises(AdapterError, match="no prompt named 'nothing'"):
        AdapterVersions(workspace, "films").register(trained, {"prompts": ["nothing.en"]})
    assert workspace.versions("films", "adapters") == []


def test_promotion_and_rollback_move_one_step(workspace: Workspace, trained: Path) -> None:
    for _ in range(2):
        AdapterVersions(workspace, "films").register(trained, FACTS)
    with pytest.raises(AdapterError, match="nothing to roll back"):
        AdapterVersions(workspace, "films").rollback()
    AdapterVersions(workspace, "films").promote("v1", force=True)
    AdapterVersions(workspace, "films").promote("v2", force=True)
    AdapterVersions(workspace, "films").promote("v2")  # once more changes nothing
    assert AdapterVersions(workspace, "films").rollback().adapter == "v1"
    assert workspace.current("films").adapter == "v1"
    assert AdapterVersions(workspace, "films").rollback().adapter is None
    with pytest.raises(AdapterError, match="nothing to roll back"):
        AdapterVersions(workspace, "films").rollback()


MISFITS = {
    "on the base model": ("base", "weights"),
    "with the tokenizer or chat template": ("base", "tokenizer"),
    "on the prompt template pick.en": ("prompts", "pick.en"),
}


@pytest.mark.parametrize("sentence", MISFITS)
def test_a_mismatch_is_refused_by_name(sentence: str, workspace: Workspace, trained: Path) -> None:
    AdapterVersions(workspace, "films").register(trained, FACTS)
    file = AdapterVersions(workspace, "films").folder("v1") / "card.json"
    card = json.loads(file.read_text())
    part, key = MISFITS[sentence]
    card[part][key] = "0123456789abcdef"
    file.write_text(json.dumps(card))
    with pytest.raises(AdapterError, match=sentence):
        AdapterVersions(workspace, "films").promote("v1")
    assert workspace.current("films").adapter is None


def test_changed_prompt_wording_is_noticed(workspace: Workspace, trained: Path) -> None:
    AdapterVersions(workspace, "films").register(trained, FACTS)
    own = workspace.path / "prompts"
    own.mkdir()
    shipped = ROOT / "prompts" / "pick.en.yaml"
    (own / "pick.en.yaml").write_text(shipped.read_text().replace("version: ", "version: 9"))
    with pytest.raises(AdapterError, match=r"prompt template pick\.en"):
        AdapterVersions(workspace, "films").verify("v1")


def test_another_base_model_has_another_fingerprint(tmp_path: Path) -> None:
    """One changed number in one tensor, then one changed sign in the chat template."""
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(resolve(DEFAULT_MODEL), tmp_path / "model"))
    same = base_fingerprint(str(folder))
    assert (same.weights, same.tokenizer) == (
        base_fingerprint(DEFAULT_MODEL).weights,
        base_fingerprint(DEFAULT_MODEL).tokenizer,
    )
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.3.self_attn.q_proj.weight"][0, 0] += 1
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    changed = base_fingerprint(str(other))
    assert changed.weights != same.weights
    assert changed.tokenizer == same.tokenizer
    (tmp_path / "third").mkdir()
    third = Path(shutil.copytree(folder, tmp_path / "third" / "model"))
    for file in third.glob("chat_template*"):
        file.write_text(file.read_text() + " ")
    assert base_fingerprint(str(third)).tokenizer != same.tokenizer


def test_an_adapter_from_outside_is_checked_before_it_is_taken(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    def broken(name: str) -> Path:
        return Path(shutil.copytree(trained, tmp_path / name))

    pickled = broken("pickled")
    (pickled / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(AdapterError, match=r"adapter_model\.bin: a pickle can run code"):
        AdapterVersions(workspace, "films").add(pickled)
    damaged = broken("damaged")
    (damaged / "adapter_model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(AdapterError, match="is damaged"):
        AdapterVersions(workspace, "films").add(damaged)
    with pytest.raises(AdapterError, match="has no adapter_config"):
        AdapterVersions(workspace, "films").add(workspace.path)
    assert workspace.versions("films", "adapters") == []
    assert AdapterVersions(workspace, "films").add(trained) == "v1"
    assert AdapterCard.read(AdapterVersions(workspace, "films").folder("v1")).training.seed is None


def test_a_version_moves_to_another_workspace_with_its_card_and_weights(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    AdapterVersions(workspace, "films").register(trained, FACTS)
    folder = AdapterVersions(workspace, "films").folder("v1")
    (folder / "pick.json").write_text('{"weights": {"llm": 0.5}}')
    elsewhere = Workspace.create(tmp_path / "elsewhere")
    elsewhere.add_domain("cinema")
    assert AdapterVersions(elsewhere, "cinema").add(folder) == "v1"
    card = AdapterVersions(elsewhere, "cinema").verify("v1")
    assert (card.domain, card.training.seed) == ("cinema", 7)
    moved = AdapterVersions(elsewhere, "cinema").folder("v1") / "pick.json"
    assert json.loads(moved.read_text())["weights"]["llm"] == 0.5


def test_what_serves_goes_on_with_what_a_new_version_was_not_trained_for(
    workspace: Workspace, trained: Path, tmp_path: Path
) -> None:
    def made(prompt: str, pick: PickFit | None = None) -> AdapterCard:
        facts = {**FACTS, "prompts": [prompt]}
        version = AdapterVersions(workspace, "films").register(trained, facts, pick=pick)
        return AdapterCard.read(AdapterVersions(workspace, "films").folder(version))

    assert made("describe.en").partners == {}  # nothing serves yet: the base model picks
    AdapterVersions(workspace, "films").promote("v1", force=True)
    assert made("names.en", PickFit(PickWeights(llm=0.4), users=9, hits=9)).partners == {
        "describe": "v1"
    }
    AdapterVersions(workspace, "films").promote("v2", force=True)
    assert made("names.en").partners == {"describe": "v1"}  # not v2, which does not write
    assert made("describe.en").partners == {"pick": "v2"}
    assert made("judge.en").partners == {"pick": "v2", "describe": "v1"}
    assert version_parts(workspace, "films", "v4")[:2] == ("films@v2", "films@v4")
    assert weights_of(workspace, "films", "v4").llm == 0.4

    AdapterVersions(workspace, "films").export("v4", tmp_path / "out")
    assert AdapterCard.read(tmp_path / "out").partners == {}
    AdapterVersions(workspace, "films").rollback()
    assert (
        AdapterVersions(workspace, "films").add(tmp_path / "out") == "v6"
    )  # the base model picks now
    assert version_parts(workspace, "films", "v6")[:2] == (None, "films@v6")


def test_beside_one_that_only_writes_the_base_model_picks_by_its_own_weights(
    workspace: Workspace, trained: Path
) -> None:
    """Also by those that were fitted after it was promoted."""
    AdapterVersions(workspace, "films").register(trained, {**FACTS, "prompts": ["describe.en"]})
    assert weights_of(workspace, "films", "v1").llm == 0
    fitted = PickFit(PickWeights(llm=0.2), users=9, hits=9)
    (workspace.domain_path("films") / "pick.json").write_text(json.dumps(fitted.as_dict()))
    assert weights_of(workspace, "films", "v1").llm == 0.2


def test_a_finetune_without_a_folder_keeps_its_run_in_the_cache_until_it_is_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[tuple[str, Path]] = []

    def version(started: FinetuneRun) -> str:
        started.run.mkdir(parents=True)
        runs.append((started.recipe.name, started.run))
        return f"version of {started.domain}"

    monkeypatch.setattr(FinetuneRun, "version", version)
    versions = AdapterVersions(workspace, "films")
    cache = workspace.path / "cache" / "finetune"
    assert versions.finetune("texts") == "version of films"
    assert versions.finetune(Recipe(name="own"), cache / "kept") == "version of films"
    assert runs == [("texts", cache / "films-texts"), ("own", cache / "kept")]
    assert [path.name for path in cache.iterdir()] == ["kept"]


def test_a_version_reports_its_own_number_when_another_one_appears(
    workspace: Workspace, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Workspace.new_version

    @contextmanager
    def raced(self: Workspace, domain: str, kind: VersionKind) -> Iterator[NewVersion]:
        with original(self, domain, kind) as version:
            yield version
        with original(self, domain, kind):
            pass

    monkeypatch.setattr(Workspace, "new_version", raced)
    versions = AdapterVersions(workspace, "films")
    assert versions.register(trained, FACTS) == "v1"
    assert versions.add(trained) == "v3"
    assert versions.names() == ["v1", "v2", "v3", "v4"]
