"""Each test shows a fault of another library that a patch works around.

Where one fails, upstream has mended the fault: delete the patch, its entry in `compat.PATCHES`, and
the test. pytest tests/unit/engine/test_compat_upstream.py
"""

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.integrations import sdpa_attention

from shelftalker.engine.compat.bitsandbytes import keep_gradients
from shelftalker.engine.compat.peft import leave_out_embeddings


def tiny_model(dtype: torch.dtype = torch.float32) -> Any:
    config = LlamaConfig(
        vocab_size=50, hidden_size=32, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
    )  # fmt: skip
    return LlamaForCausalLM(config).to(dtype)


def with_words(model: Any, **options: Any) -> Any:
    targets = ["embed_tokens", "lm_head"]
    return get_peft_model(model, LoraConfig(r=2, target_modules=targets, **options))


def test_sdpa_copies_keys_for_every_query_head_where_there_is_a_mask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = 0

    def counted(*args: Any) -> Any:
        nonlocal copies
        copies += 1
        return repeat(*args)

    repeat = sdpa_attention.repeat_kv
    monkeypatch.setattr(sdpa_attention, "repeat_kv", counted)
    mask = torch.tensor([[0, 1, 1]])
    tiny_model()(input_ids=torch.tensor([[1, 2, 3]]), attention_mask=mask)
    assert copies == 2  # keys and values of the one layer


def test_torch_has_no_public_question_for_bfloat16_on_a_processor() -> None:
    public = [name for name in dir(torch.cpu) if "bf16" in name and not name.startswith("_")]
    assert public == []


@pytest.mark.filterwarnings("ignore:.*tie")
def test_pefts_tied_factors_are_two_copies_in_a_bfloat16_model() -> None:
    model = with_words(tiny_model(torch.bfloat16), ensure_weight_tying=True)
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    first = embedding.lora_embedding_A["default"]
    second = head.lora_B["default"].weight
    assert first.dtype == torch.float32
    assert first.data_ptr() != second.data_ptr()


@pytest.mark.filterwarnings("ignore:.*tie_word_embeddings", "ignore:.*embedding layers")
def test_peft_saves_the_whole_embedding_with_an_adapter_of_it(tmp_path: Path) -> None:
    model = with_words(tiny_model())
    model.save_pretrained(tmp_path / "stock")
    leave_out_embeddings(model)
    model.save_pretrained(tmp_path / "patched")
    stock, patched = (
        load_file(tmp_path / name / "adapter_model.safetensors") for name in ("stock", "patched")
    )
    assert any(tensor.shape == (50, 32) for tensor in stock.values())
    assert not any(tensor.shape == (50, 32) for tensor in patched.values())


def test_a_four_bit_layer_stays_on_the_kernel_without_gradients_once_it_was_evaluated() -> None:
    """`support_avx512bf16_for_cpu` is what such a processor sets."""
    from bitsandbytes.nn import Linear4bit

    def repacked(patched: bool) -> bool:
        layer = Linear4bit(64, 64, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4")
        layer.support_avx512bf16_for_cpu = True
        layer = layer.to("cpu")
        if patched:
            keep_gradients(layer)
        states = torch.zeros(1, 64, dtype=torch.bfloat16)
        for training in (False, True):
            layer.train(training)
            try:
                with torch.no_grad():
                    layer(states)
            except (RuntimeError, NotImplementedError):  # the kernel is not on this processor
                pass
        return bool(getattr(layer.weight.quant_state, "packing_format_for_cpu", False))

    assert repacked(patched=False)
    assert not repacked(patched=True)


class TestVllm:
    """Stock functions on four requests: with the adapter of slot 1, none, slot 0 and none."""

    pytestmark = pytest.mark.vllm

    @pytest.fixture
    def punica(self) -> Any:
        pytest.importorskip("vllm")
        from vllm.lora.layers import LoRAMapping
        from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU

        wrapper = PunicaWrapperCPU(16, 4, "cpu")
        ids = (2, 0, 1, 0)  # 0: no adapter
        wrapper.update_metadata(LoRAMapping(ids, ids, is_prefill=False), [1, 2, None, None], 4, 50)
        return wrapper

    def test_a_request_without_an_adapter_gets_the_last_slots(self, punica: Any) -> None:
        """Pull request 48421."""
        a, b = torch.ones(4, 1, 2, 8), torch.ones(4, 1, 8, 2)
        y = torch.zeros(4, 8)
        punica.add_lora_linear(y, torch.ones(4, 8), (a,), (b,), 1.0, (8,))
        assert y[0].any()
        assert y[1].any()  # wrong

    def test_a_head_adapter_cannot_take_a_state_for_each_token_of_a_prompt(
        self, punica: Any
    ) -> None:
        """Issue 51594; pull requests 51597 and 53842."""
        a, b = torch.ones(4, 1, 2, 8), torch.ones(4, 1, 50, 2)
        states, logits = torch.ones(7, 8), torch.zeros(7, 50)
        with pytest.raises((RuntimeError, IndexError)):
            punica.add_lora_logits(logits, states, a, b, 1.0)

    def test_prompt_log_probabilities_turn_the_prefix_cache_off(self) -> None:
        from vllm import SamplingParams

        assert SamplingParams(prompt_logprobs=0).skip_reading_prefix_cache is True

    def test_shutting_down_tells_running_requests_nothing(self) -> None:
        from vllm.v1.engine.async_llm import AsyncLLM

        assert "propagate_error" not in inspect.getsource(AsyncLLM.shutdown)
