"""What a recipe means for transformers' Trainer: steps, arguments, callbacks; how long it takes."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import EarlyStoppingCallback, TrainingArguments

from shelftalker.adapters.data.packing import TrainingRow, on, packs, scores
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.train.model import with_adapter
from shelftalker.adapters.train.trainer import Reallocate, RowTrainer

REPORTERS = ("none", "tensorboard", "wandb", "trackio")
_TRAIN_TO_FORWARD = 2.2


def trainer_for(
    model: Any,
    recipe: Recipe,
    run: Path,
    train: Sequence[TrainingRow],
    held: Sequence[TrainingRow],
    report_to: str = "none",
) -> RowTrainer:
    """A trainer of a fresh adapter on the model, evaluated on `held`."""
    steps = steps_of(len(train), recipe)
    return RowTrainer(
        model=with_adapter(model, recipe, steps),
        args=arguments(recipe, run, steps, report_to),
        train_dataset=list(train),
        eval_dataset=list(held),
        callbacks=callbacks(recipe),
    )


def steps_of(rows: int, recipe: Recipe) -> int:
    """Optimizer steps in all."""
    if recipe.budget.max_steps > 0:
        return recipe.budget.max_steps
    return max(1, round(recipe.budget.epochs * rows / recipe.budget.batch))


def estimate(model: Any, train: Sequence[TrainingRow], recipe: Recipe) -> float:
    """Seconds of training, from the forward passes of a few rows from all over."""
    some = train[:: max(1, len(train) // 3)]
    with torch.no_grad():
        scores(model, on(model.device, packs(some[:1])["packs"][0]))
        begun = time.perf_counter()
        for one in some:
            scores(model, on(model.device, packs([one])["packs"][0]))
        each = (time.perf_counter() - begun) / len(some)
    rows = steps_of(len(train), recipe) * recipe.budget.batch
    return _TRAIN_TO_FORWARD * each * rows / int(PartialState().num_processes)


def arguments(recipe: Recipe, run: Path, steps: int, report_to: str) -> TrainingArguments:
    """Evaluate, save and keep the best as the recipe says."""
    budget = recipe.budget
    every = min(budget.evaluate_every, steps)
    share = budget.pack * PartialState().num_processes
    return TrainingArguments(
        output_dir=str(run),
        seed=recipe.seed,
        max_steps=steps,
        per_device_train_batch_size=budget.pack,
        gradient_accumulation_steps=max(1, budget.batch // share),
        learning_rate=budget.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(budget.warmup * steps),
        weight_decay=budget.weight_decay,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps" if _resumable(recipe) else "no",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=_resumable(recipe),
        metric_for_best_model=budget.stop_on,
        greater_is_better=budget.stop_on != "loss",
        restore_callback_states_from_checkpoint=True,
        gradient_checkpointing=budget.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        logging_steps=min(10, steps),
        report_to=report_to,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        ddp_find_unused_parameters=False,
        use_cpu=not torch.cuda.is_available(),
    )


def callbacks(recipe: Recipe) -> list[Any]:
    """Early stopping, or AdaLoRA's reallocation."""
    if _resumable(recipe):
        return [EarlyStoppingCallback(early_stopping_patience=recipe.budget.patience)]
    return [Reallocate()]


def _resumable(recipe: Recipe) -> bool:
    """AdaLoRA's ranks are final only at its last step, and peft does not store what they rest on:
    such a run keeps no checkpoints, does not stop early, and begins again after a kill."""
    return recipe.adapter.method != "adalora"
