"""Export is exact, on a tiny model: pytest tests/unit/adapters/test_export.py"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AdaLoraConfig, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from shelftalker.adapters.export import export
from shelftalker.engine import lora
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.errors import AdapterError

TARGETS = ["q_proj", "v_proj", "down_proj"]
STEPS = 8
TEXTS = [
    "Night Ferry, then Cold Harbour, then The Silent Ledger",
    "Moon Ferry Nine is about the sea",
]


@pytest.fixture(scope="module")
def ids() -> Tensor:
    tokenizer = AutoTokenizer.from_pretrained(resolve(DEFAULT_MODEL))
    rows = [tokenizer(text)["input_ids"][:12] for text in TEXTS]
    return torch.tensor([(row * 12)[:12] for row in rows])


@pytest.fixture
def base(tiny_model: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()


def train(base: Any, config: Any, ids: Tensor, folder: Path) -> Path:
    """A few real steps, with AdaLoRA's reallocation after each."""
    torch.manual_seed(0)
    model = get_peft_model(base, config)
    trained = [p for p in model.parameters() if p.requires_grad]
    rate = 2e-2 if config.peft_type == "ADALORA" else 2e-3
    optimizer = torch.optim.AdamW(trained, lr=rate)
    losses = []
    for step in range(STEPS):
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        if config.peft_type == "ADALORA":
            model.base_model.update_and_allocate(step)
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    model.save_pretrained(folder, save_embedding_layers=False)
    model.unload()
    return folder


@torch.inference_mode()
def logits(base: Any, folder: Path | None, ids: Tensor) -> Tensor:
    if folder is None:
        return base(input_ids=ids).logits
    model = PeftModel.from_pretrained(base, folder).eval()
    out: Tensor = model(input_ids=ids).logits
    model.unload()
    return out


CONFIGS = {
    "adalora": lambda: AdaLoraConfig(
        init_r=8, target_r=3, tinit=1, tfinal=2, deltaT=1, total_step=STEPS, lora_alpha=24,
        target_modules=TARGETS, task_type="CAUSAL_LM",
    ),
    "rslora": lambda: LoraConfig(
        r=6, lora_alpha=10, use_rslora=True, target_modules=TARGETS, task_type="CAUSAL_LM"
    ),
    "words": lambda: LoraConfig(
        r=4, lora_alpha=12, target_modules=[*TARGETS, "embed_tokens", "lm_head"],
        task_type="CAUSAL_LM",
    ),
    "patterns": lambda: LoraConfig(
        r=4, lora_alpha=10, rank_pattern={"v_proj": 7}, alpha_pattern={"down_proj": 3},
        target_modules=TARGETS, task_type="CAUSAL_LM",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_trained_and_exported_adapters_give_the_same_logits(
    name: str, base: Any, tiny_model: Path, ids: Tensor, tmp_path: Path
) -> None:
    trained = train(base, CONFIGS[name](), ids, tmp_path / "trained")
    plain, expected = logits(base, None, ids), logits(base, trained, ids)
    assert (expected - plain).abs().max() > 0.5  # training changed the logits
    rank = export(trained, tmp_path / "plain")
    assert torch.allclose(logits(base, tmp_path / "plain", ids), expected, atol=2e-4, rtol=1e-4)
    lora.check(tmp_path / "plain", lora.layers_of(str(tiny_model)))
    config = json.loads((tmp_path / "plain" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == DEFAULT_MODEL  # not where it lies on this machine
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (rank, rank, "LORA")
    assert not {"rank_pattern", "alpha_pattern", "use_rslora", "init_r"} & set(config)


def test_adalora_gave_layers_different_ranks(base: Any, ids: Tensor, tmp_path: Path) -> None:
    trained = train(base, CONFIGS["adalora"](), ids, tmp_path / "trained")
    saved = load_file(trained / "adapter_model.safetensors")
    ranks = {len(tensor) for key, tensor in saved.items() if key.endswith("lora_E")}
    assert len(ranks) > 2
    assert export(trained, tmp_path / "plain") == max(ranks)


def test_an_adapter_that_is_more_than_lora_is_refused(base: Any, tmp_path: Path) -> None:
    config = LoraConfig(r=2, use_dora=True, target_modules=["q_proj"])
    get_peft_model(base, config).save_pretrained(tmp_path / "dora")
    with pytest.raises(AdapterError, match="use_dora=True"):
        export(tmp_path / "dora", tmp_path / "plain")


def test_bfloat16_is_smaller_and_near(base: Any, ids: Tensor, tmp_path: Path) -> None:
    config = LoraConfig(r=4, target_modules=TARGETS, init_lora_weights=False)
    get_peft_model(base, config).save_pretrained(tmp_path / "trained")
    export(tmp_path / "trained", tmp_path / "half", "bfloat16")
    sizes = [
        (tmp_path / name / "adapter_model.safetensors").stat().st_size
        for name in ("trained", "half")
    ]
    assert sizes[1] < 0.6 * sizes[0]
    tensors = load_file(tmp_path / "half" / "adapter_model.safetensors")
    whole = load_file(tmp_path / "trained" / "adapter_model.safetensors")
    for key, tensor in tensors.items():
        scale = 2.0 if "lora_B" in key else 1.0  # alpha 8 / rank 4
        assert torch.allclose(tensor.float(), whole[key] * scale, rtol=2**-7, atol=0)
