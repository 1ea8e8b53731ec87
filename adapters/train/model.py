"""The base model of a training run, and the adapter that a recipe puts on it."""

import logging
import os
import warnings
from functools import partial
from typing import Any

import torch
from accelerate import PartialState
from peft import AdaLoraConfig, LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.utils import logging as transformers_logging

from shelftalker.adapters.recipe import AdapterShape, Recipe
from shelftalker.adapters.train.tied_embeddings import tie
from shelftalker.errors import EngineError, InputError


def open_model(folder: str, recipe: Recipe) -> Any:
    """The base model on its device, frozen by peft later. Raises `EngineError`."""
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)
    options: dict[str, Any] = {"dtype": _dtype(recipe.budget.dtype)}
    if recipe.adapter.method == "qlora":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=options["dtype"],
        )
    transformers_logging.disable_progress_bar()
    try:
        return _placed(AutoModelForCausalLM.from_pretrained(folder, **options))
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise EngineError(f"cannot load the base model from {folder!r}: {error}") from error
    finally:
        transformers_logging.enable_progress_bar()


def with_adapter(model: Any, recipe: Recipe, steps: int) -> Any:
    """The model with a fresh adapter, the only thing that is trained. `steps`: optimizer steps."""
    shape = recipe.adapter
    options: dict[str, Any] = {
        "task_type": "CAUSAL_LM",
        "lora_alpha": shape.alpha,
        "lora_dropout": shape.dropout,
        "target_modules": list(shape.targets),
        "layers_to_transform": _layers(model, shape),
    }
    if shape.method == "adalora":
        if steps < 10:
            raise InputError(f"AdaLoRA needs 10 optimizer steps to move ranks, got {steps}")
        config = AdaLoraConfig(
            target_r=shape.rank,
            init_r=shape.initial_rank,
            tinit=steps // 10,
            tfinal=steps // 4,
            deltaT=max(1, steps // 100),
            total_step=steps,
            **options,
        )
    else:
        config = LoraConfig(r=shape.rank, use_rslora=shape.method == "rslora", **options)
    with warnings.catch_warnings():  # `tie` sees to it
        warnings.filterwarnings("ignore", message=".*tie_word_embeddings")
        adapted = get_peft_model(model, config)
    tie(adapted)
    # peft would put the whole embedding into every checkpoint, where an adapter changes it
    adapted.save_pretrained = partial(adapted.save_pretrained, save_embedding_layers=False)
    return adapted


def _placed(model: Any) -> Any:
    """Moved to the GPU where there is one: 4-bit layers are there already, sharding does it itself.

    On a CPU with bfloat16, a 4-bit layer that was once evaluated computes by a kernel without
    gradients from then on, in training too: such layers are kept off it.
    """
    sharded = os.environ.get("ACCELERATE_USE_FSDP", "false") == "true"
    if torch.cuda.is_available() and not sharded and not getattr(model, "is_quantized", False):
        model = model.to(PartialState().device)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model


def _layers(model: Any, shape: AdapterShape) -> list[int] | None:
    if shape.last_layers is None:
        return None
    count = model.config.get_text_config().num_hidden_layers
    return list(range(max(0, count - shape.last_layers), count))


def _dtype(name: str) -> torch.dtype:
    """bfloat16 wherever the processor computes in it, unless the recipe insists."""
    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    fast = (
        torch.cuda.is_bf16_supported()
        if torch.cuda.is_available()
        else torch.cpu._is_avx512_bf16_supported()
    )
    return torch.bfloat16 if fast else torch.float32
