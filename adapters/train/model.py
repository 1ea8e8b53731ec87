"""Opens the base model of a training run, and adds the adapter of its recipe."""

import logging
import os
import warnings
from typing import Any

import torch
from accelerate import PartialState
from peft import AdaLoraConfig, LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.utils import logging as transformers_logging

from shelftalker.adapters.recipe import Recipe
from shelftalker.engine import compat
from shelftalker.engine.compat.bitsandbytes import keep_gradients
from shelftalker.engine.compat.peft import leave_out_embeddings, tie
from shelftalker.engine.compat.torch import fast_dtype
from shelftalker.errors import EngineError, InputError


def open_model(folder: str, recipe: Recipe) -> Any:
    """The base model on its device, frozen by peft later. Raises `EngineError` where it cannot
    load, or a library's version does not fit."""
    compat.check_libraries(compat.TRAINING)
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
    """The model with a new adapter, whose weights alone are trained. `steps`: optimizer steps."""
    shape = recipe.adapter
    options: dict[str, Any] = {
        "task_type": "CAUSAL_LM",
        "lora_alpha": shape.alpha,
        "lora_dropout": shape.dropout,
        "target_modules": list(shape.targets),
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
    with warnings.catch_warnings():  # `tie` does what they ask for
        warnings.filterwarnings("ignore", message=".*tie_word_embeddings")
        adapted = get_peft_model(model, config)
    tie(adapted)
    leave_out_embeddings(adapted)
    return adapted


def _placed(model: Any) -> Any:
    """Moved to the GPU where there is one: 4-bit layers are there already, FSDP moves its own."""
    sharded = os.environ.get("ACCELERATE_USE_FSDP", "false") == "true"
    if torch.cuda.is_available() and not sharded and not getattr(model, "is_quantized", False):
        model = model.to(PartialState().device)
    keep_gradients(model)
    return model


def _dtype(name: str) -> torch.dtype:
    """bfloat16 wherever the processor computes in it, unless the recipe insists."""
    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    fast = fast_dtype("cuda" if torch.cuda.is_available() else "cpu")
    return torch.bfloat16 if fast == "bfloat16" else torch.float32
