"""OpenVINO's graphs against transformers: pytest tests/unit/engine/test_openvino_decoder.py"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from shelftalker.engine import choose_engine
from shelftalker.engine.openvino.model import PagedModel
from shelftalker.errors import EngineError

TINY = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "eos_token_id": [1, 2],
}
STRETCHED = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "llama, its own head, long waves stretched": {
        "model_type": "llama", "tie_word_embeddings": False, "rope_parameters": STRETCHED,
    },
    "llama, tied, biases everywhere": {
        "model_type": "llama", "tie_word_embeddings": True, "attention_bias": True,
        "mlp_bias": True,
    },
    "mistral": {"model_type": "mistral", "sliding_window": None},
    "qwen2, biases of queries, keys and values": {"model_type": "qwen2"},
    "qwen3, norms of each head": {"model_type": "qwen3"},
}  # fmt: skip
PROMPT, MORE = [5, 17, 3, 90, 41, 8, 8, 62], [33, 12]


def saved(folder: Path, settings: dict[str, Any]) -> Any:
    """A random model, and its folder."""
    torch.manual_seed(7)
    config = AutoConfig.for_model(**{**TINY, **settings})
    model = AutoModelForCausalLM.from_config(config).eval()
    for name, weight in model.named_parameters():
        if "norm" in name or name.endswith("bias"):
            weight.data += torch.randn_like(weight) * 0.3
    model.save_pretrained(folder)
    return model


@torch.inference_mode()
def expected(model: Any, tokens: Sequence[int]) -> Any:
    return model(torch.tensor([tokens])).logits[0].numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graph_gives_the_logits_of_transformers(family: str, tmp_path: Path) -> None:
    model = saved(tmp_path, FAMILIES[family])
    assert choose_engine("auto", str(tmp_path))[0] == "openvino"
    paged = PagedModel(str(tmp_path), "float32")
    first, sequence = paged.start([(PROMPT, None)])[0]
    [more] = paged.extend([(sequence, MORE)])
    whole = expected(model, PROMPT + MORE)
    np.testing.assert_allclose(first, whole[len(PROMPT) - 1], atol=2e-4)
    np.testing.assert_allclose(more, whole[len(PROMPT) :], atol=2e-4)
    assert paged.ends == {1, 2}


def test_prompts_that_are_read_together_have_the_logits_of_each_alone(tmp_path: Path) -> None:
    saved(tmp_path, FAMILIES["qwen3, norms of each head"])
    paged = PagedModel(str(tmp_path), "float32")
    prompts = [PROMPT, [*MORE, *PROMPT]]
    together = paged.start([(prompt, None) for prompt in prompts])
    for prompt, (logits, _) in zip(prompts, together, strict=True):
        [(alone, _)] = PagedModel(str(tmp_path), "float32").start([(prompt, None)])
        np.testing.assert_allclose(logits, alone, atol=2e-4)


def test_rounding_to_8_bits_changes_little(tmp_path: Path) -> None:
    model = saved(tmp_path, FAMILIES["qwen3, norms of each head"])
    rounded, _ = PagedModel(str(tmp_path), "auto").start([(PROMPT, None)])[0]
    exact = expected(model, PROMPT)[-1]
    assert 0 < np.abs(rounded - exact).max() < 0.1 * np.ptp(exact)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model_type": "gemma3_text"}, "the type 'gemma3_text'"),
        ({"model_type": "mistral", "sliding_window": 128}, "sliding windows"),
        ({"rope_scaling": {"type": "yarn"}}, "rotary embeddings of the type 'yarn'"),
        ({"quantization_config": {"bits": 4}}, "quantised weights"),
        ({"hidden_act": "gelu"}, "the activation 'gelu'"),
    ],
)
def test_what_the_graph_does_not_compute_is_left_to_transformers(
    settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    config = {"model_type": "llama", "hidden_act": "silu", **settings}
    (tmp_path / "config.json").write_text(json.dumps(config))
    name, reason = choose_engine("auto", str(tmp_path))
    assert name == "transformers"
    assert said in reason
    with pytest.raises(EngineError, match="take --engine transformers"):
        PagedModel(str(tmp_path), "auto")
