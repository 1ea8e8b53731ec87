"""Training speed of our trainer against plain TRL on the same shapes, alternating in one run.

python -m shelftalker.eval.bench.finetune --out eval/results

Both train the same LoRA on the same base model and dtype, with equal rows per step, tokens per row
and trained tokens. Ours are packed pick rows (a prefix and the titles that follow it); TRL's
SFTTrainer gets plain sequences. The first step of each round is a warm-up; medians are compared, of
wall-clock time and of processor time, which depends less on other load.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from datasets import Dataset
from transformers import AutoTokenizer, Trainer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.packing import TrainingRow, pack, row
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.train.model import open_model, with_adapter
from shelftalker.adapters.train.schedule import training_arguments
from shelftalker.adapters.train.trainer import RowTrainer
from shelftalker.engine import models
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.engine.tokens import Tokens
from shelftalker.eval.bench import harness
from shelftalker.ranking.pick import title_prompt

_WORDS = ("Night", "Harbour", "Glass", "Winter", "Silent", "Orbit", "Ferry", "Knife", "Moon")


@dataclass
class StepTimes(TrainerCallback):  # type: ignore[misc]
    """Seconds of each optimizer step: wall-clock and processor."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clocks."""
        self._begun = time.perf_counter(), time.process_time()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop the clocks; the first step of a round is a warm-up."""
        if state.global_step > 1:
            self.wall.append(time.perf_counter() - self._begun[0])
            self.processor.append(time.process_time() - self._begun[1])


def measure(
    rounds: int = 6,
    steps: Annotated[int, typer.Option(help="optimizer steps a round")] = 4,
    batch: Annotated[int, typer.Option(help="rows a step")] = 8,
    dtype: str = "auto",
    seed: int = 0,
) -> harness.Report:
    """Tokens per second of both, and the ratio ours / TRL."""
    values = recipes.load("lora").model_dump()
    values["budget"] |= {"batch": batch, "dtype": dtype}
    recipe, base = Recipe.model_validate(values), models.resolve(DEFAULT_MODEL)
    rows = _rows(Tokens(base), steps * batch, seed)
    tokens = batch * float(np.mean([pack([one])["input_ids"].numel() for one in rows]))
    ours, theirs = StepTimes(), StepTimes()
    with tempfile.TemporaryDirectory() as folder:
        turns = [
            _ours(base, recipe, rows, Path(folder) / "ours", steps, ours),
            _trl(base, recipe, rows, Path(folder) / "trl", steps, theirs),
        ]
        for number in range(rounds):
            for trainer in turns[:: -1 if number % 2 else 1]:
                trainer.train()
            line = f"ours {ours.wall[-1]:.1f} s, TRL {theirs.wall[-1]:.1f} s"
            harness.show(number + 1, rounds, line)
    figures = {
        "rows a step": batch,
        "tokens a step": round(tokens, 1),
        "steps measured": len(ours.wall),
        "dtype": recipe.budget.dtype,
        **_compared(ours, theirs, tokens),
    }
    facts = {"data": "invented titles", "seed": seed}
    facts |= {"model": DEFAULT_MODEL, "engine": "transformers"}
    return harness.Report("finetune", "finetune", figures, facts)


def _rows(tokens: Tokens, count: int, seed: int) -> list[TrainingRow]:
    """Pick rows of a usual size: ten titles of history, eight candidates."""
    random = np.random.default_rng(seed)

    def titles(n: int) -> list[str]:
        return [" ".join(random.choice(_WORDS, 4)) for _ in range(n)]

    return [row(tokens, title_prompt(titles(10)), titles(8), target=0) for _ in range(count)]


def _ours(
    base: str, recipe: Recipe, rows: Any, folder: Path, steps: int, timed: StepTimes
) -> Trainer:
    args = training_arguments(recipe, folder, steps, "none")
    args.eval_strategy = args.save_strategy = "no"
    args.load_best_model_at_end = False
    model = with_adapter(open_model(base, recipe), recipe, steps)
    return RowTrainer(model=model, args=args, train_dataset=rows, callbacks=[timed])


def _trl(
    base: str, recipe: Recipe, rows: Sequence[TrainingRow], folder: Path, steps: int, timed: Any
) -> Trainer:
    """TRL's defaults, except for what must be equal."""
    args = SFTConfig(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=recipe.budget.pack,
        gradient_accumulation_steps=recipe.budget.batch // recipe.budget.pack,
        learning_rate=recipe.budget.learning_rate,
        bf16=False,  # the weights have that dtype already, as ours
        gradient_checkpointing=recipe.budget.gradient_checkpointing,
        max_length=None,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,
        use_cpu=True,
    )
    return SFTTrainer(
        model=with_adapter(open_model(base, recipe), recipe, steps),
        args=args,
        train_dataset=Dataset.from_list([_sequence(one) for one in rows]),
        processing_class=AutoTokenizer.from_pretrained(base),
        callbacks=[timed],
    )


def _sequence(one: TrainingRow) -> dict[str, list[int]]:
    """As many tokens and trained tokens as the packed row."""
    trained = [token for tail in one.branches for token in tail]
    length = pack([one])["input_ids"].numel()
    return {
        "input_ids": [*one.prefix[: length - len(trained)], *trained],
        "completion_mask": [0] * (length - len(trained)) + [1] * len(trained),
    }


def _compared(ours: StepTimes, theirs: StepTimes, tokens: float) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind in ("wall", "processor"):
        own, other = (float(np.median(getattr(one, kind))) for one in (ours, theirs))
        figures[f"ours tokens/s, {kind}"] = round(tokens / own, 1)
        figures[f"TRL tokens/s, {kind}"] = round(tokens / other, 1)
        figures[f"ours / TRL, {kind}"] = round(other / own, 4)
    return figures


if __name__ == "__main__":
    harness.run(measure)
