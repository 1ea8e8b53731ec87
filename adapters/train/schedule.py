"""A recipe as settings of transformers' Trainer: steps, arguments, callbacks; estimated time."""

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
_TRAIN_TO_FORWARD = 2.2  # time of a training step by that of a forward pass


def trainer_for(
    model: Any,
    recipe: Recipe,
    run: Path,
    train: Sequence[TrainingRow],
    validation: Sequence[TrainingRow],
    report_to: str = "none",
) -> RowTrainer:
    """A trainer of a new adapter on the model, evaluated on the rows `validation`."""
    steps = steps_of(len(train), recipe)
    return RowTrainer(
        model=with_adapter(model, recipe, steps),
        args=training_arguments(recipe, run, steps, report_to),
        train_dataset=list(train),
        eval_dataset=list(validation),
        callbacks=[
            EarlyStoppingCallback(early_stopping_patience=recipe.budget.patience)
            if _resumable(recipe)
            else Reallocate()
        ],
    )


def steps_of(rows: int, recipe: Recipe) -> int:
    """The number of optimizer steps."""
    if recipe.budget.max_steps > 0:
        return recipe.budget.max_steps
    return max(1, round(recipe.budget.epochs * rows / recipe.budget.batch))


def estimated_seconds(model: Any, train: Sequence[TrainingRow], recipe: Recipe) -> float:
    """Estimated seconds of training, from forward passes of a few rows."""
    some = train[:: max(1, len(train) // 3)]
    with torch.no_grad():
        scores(model, on(model.device, packs(some[:1])["packs"][0]))
        begun = time.perf_counter()
        for one in some:
            scores(model, on(model.device, packs([one])["packs"][0]))
        each = (time.perf_counter() - begun) / len(some)
    rows = steps_of(len(train), recipe) * recipe.budget.batch
    return _TRAIN_TO_FORWARD * each * rows / int(PartialState().num_processes)


def training_arguments(recipe: Recipe, run: Path, steps: int, report_to: str) -> TrainingArguments:
    """Trainer's arguments: the recipe's budget, when to evaluate and save, what to report to."""
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


def _resumable(recipe: Recipe) -> bool:
    """AdaLoRA's ranks are final only at its last step, and peft does not store their importance
    scores: such a run has no checkpoints, does not stop early, and starts again if interrupted."""
    return recipe.adapter.method != "adalora"
