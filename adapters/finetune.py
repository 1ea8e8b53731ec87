"""Fine-tune an adapter for a domain: examples from its log, one run of a recipe, honest metrics.

`finetune` leaves a PEFT adapter in `<run>/adapter` and returns the training facts. What was
interrupted goes on from its last checkpoint when called again with the same run folder (AdaLoRA:
from the start), and ends as an unbroken run does. For several processes:
`accelerate launch -m shelftalker.adapters.finetune DIR --domain D --recipe R --run FOLDER`.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from transformers import EarlyStoppingCallback, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.dataset import Cuts, PickData, PickExample, pick_examples, report
from shelftalker.adapters.model import open_model, with_adapter
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.row_metrics import pick_gains
from shelftalker.adapters.rows import Row, loss, pack, row, scores
from shelftalker.adapters.trainer import Reallocate, RowTrainer
from shelftalker.catalog import Catalog
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.pick import log_softmax, scored_title, title_prompt
from shelftalker.scorer.base import Progress
from shelftalker.scorer.encoder import open_encoder
from shelftalker.workspace import Workspace

Say = Callable[[str], None]
REPORTERS = ("none", "tensorboard", "wandb", "trackio")
_TITLES_AT_ONCE = 24
_TRAIN_TO_FORWARD = 2.2


@dataclass(frozen=True)
class Finetuned:
    """The adapter as peft saved it, and the facts for its card."""

    folder: Path
    facts: dict[str, Any]


def finetune(
    workspace: Workspace,
    domain: str,
    recipe: Recipe,
    run: Path,
    *,
    report_to: str = "none",
    say: Say = print,
    progress: Progress | None = None,
) -> Finetuned:
    """Train one adapter in the folder `run`, or go on with what lies there.

    `report_to`: one of `REPORTERS`. Raises `DataError` where the log gives too few examples.
    """
    if report_to not in REPORTERS:
        raise InputError(f"--report-to {report_to!r}; allowed: {', '.join(REPORTERS)}")
    begun = time.time()
    data = _data(workspace, domain, recipe, run, progress)
    for line in report(data):
        say(line)
    set_seed(recipe.seed)
    base = models.resolve(recipe.base_model or workspace.settings.model)
    tokens = Tokens(base)
    model = open_model(base, recipe)
    bare = _bare(model, tokens, workspace, domain, data)
    rows = _Rows(workspace, domain, tokens, recipe, bare)
    train, held = rows.training(data.train), [rows.whole(one) for one in data.validation]
    minutes = max(1, round(_estimate(model, train, recipe) / 60))
    say(f"about {minutes} min of training on this machine, evaluations aside")
    steps = _steps(len(train), recipe)
    trainer = RowTrainer(
        model=with_adapter(model, recipe, steps),
        args=_arguments(recipe, run, steps, report_to),
        train_dataset=train,
        eval_dataset=[one for one in held if one.target >= 0][: recipe.budget.evaluate_on],
        callbacks=_callbacks(recipe),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(run)) if run.is_dir() else None)
    folder = run / "adapter"
    trainer.save_model(str(folder))
    metrics = _final(trainer, held)
    return Finetuned(folder, _facts(recipe, workspace, data, metrics, time.time() - begun))


class _Rows:
    """Turns pick examples into rows, in the very prompt that serves."""

    def __init__(
        self,
        workspace: Workspace,
        domain: str,
        tokens: Tokens,
        recipe: Recipe,
        bare: dict[str, float],
    ) -> None:
        self._tokens = tokens
        self._recipe = recipe
        self._bare = bare
        self._titles = scored_titles(workspace.catalog(domain))
        self._folders = workspace.prompt_folders(domain)
        self._random = np.random.default_rng(recipe.seed)

    def training(self, examples: Sequence[PickExample]) -> list[Row]:
        """Each with its target and a random choice of the other candidates."""
        return [self._row(one, self._sample(one)) for one in examples]

    def whole(self, example: PickExample) -> Row:
        """The whole shortlist, as it would serve."""
        return self._row(example, list(range(len(example.candidates))))

    def _sample(self, example: PickExample) -> list[int]:
        others = [at for at in range(len(example.candidates)) if at != example.target]
        drawn = self._random.permutation(others)[: self._recipe.data.negatives]
        return [example.target, *map(int, drawn)]

    def _row(self, example: PickExample, kept: list[int]) -> Row:
        titles = [self._titles[example.candidates[at]] for at in kept]
        shares = log_softmax(np.array(example.logits))[kept]
        return row(
            self._tokens,
            title_prompt(example.history, example.request, folders=self._folders),
            titles,
            target=kept.index(example.target) if example.target in kept else -1,
            scorer=[self._recipe.scorer_weight * float(share) for share in shares],
            bare=[self._bare[title] for title in titles],
            weight=self._recipe.llm_weight,
        )


def scored_titles(catalog: Catalog) -> dict[str, str]:
    """Item id → the title whose likelihood is taken."""
    return {item.id: scored_title(item) for item in catalog}


def _data(
    workspace: Workspace, domain: str, recipe: Recipe, run: Path, progress: Progress | None
) -> PickData:
    """The examples of this run: made once, by the first process, and read by all."""
    run.mkdir(parents=True, exist_ok=True)
    file = run / "examples.json"
    with PartialState().main_process_first():
        if not file.is_file():
            cuts = Cuts(
                shares=recipe.data.cuts,
                shortlist=workspace.settings.shortlist_size,
                train=recipe.data.pick,
                validation=recipe.data.validation,
                insert_missed=recipe.data.insert_missed,
            )
            pick_examples(
                workspace.catalog(domain),
                workspace.events.all(domain),
                open_encoder(workspace.settings.encoder, workspace.path / "cache"),
                cuts,
                seed=recipe.seed,
                progress=progress,
            ).save(file)
    return PickData.load(file)


def _bare(
    model: Any, tokens: Tokens, workspace: Workspace, domain: str, data: PickData
) -> dict[str, float]:
    """The base model's log-likelihood of each title that occurs, after an empty history."""
    known = scored_titles(workspace.catalog(domain))
    examples = [*data.train, *data.validation]
    titles = sorted({known[item] for one in examples for item in one.candidates})
    prompt = title_prompt(folders=workspace.prompt_folders(domain))
    found: dict[str, float] = {}
    with torch.no_grad():
        for start in range(0, len(titles), _TITLES_AT_ONCE):
            part = titles[start : start + _TITLES_AT_ONCE]
            packed = _on(model.device, pack([row(tokens, prompt, part)]))
            found |= zip(part, scores(model, packed)[0].tolist(), strict=True)
    return found


def _estimate(model: Any, train: Sequence[Row], recipe: Recipe) -> float:
    """Seconds of training, from the forward passes of two rows."""
    with torch.no_grad():
        scores(model, _on(model.device, pack(train[:1])))
        begun = time.perf_counter()
        for one in train[1:3]:
            scores(model, _on(model.device, pack([one])))
        each = (time.perf_counter() - begun) / max(len(train[1:3]), 1)
    rows = _steps(len(train), recipe) * recipe.budget.batch
    return _TRAIN_TO_FORWARD * each * rows / int(PartialState().num_processes)


def _on(device: torch.device, packed: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.to(device) if isinstance(value, torch.Tensor) else value
        for name, value in packed.items()
    }


def _steps(rows: int, recipe: Recipe) -> int:
    """Optimizer steps in all."""
    if recipe.budget.max_steps > 0:
        return recipe.budget.max_steps
    return max(1, round(recipe.budget.epochs * rows / recipe.budget.batch))


def _arguments(recipe: Recipe, run: Path, steps: int, report_to: str) -> TrainingArguments:
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


def _callbacks(recipe: Recipe) -> list[Any]:
    if _resumable(recipe):
        return [EarlyStoppingCallback(early_stopping_patience=recipe.budget.patience)]
    return [Reallocate()]


def _resumable(recipe: Recipe) -> bool:
    """AdaLoRA's ranks are final only at its last step, and peft does not store what they rest on:
    such a run keeps no checkpoints, does not stop early, and begins again after a kill."""
    return recipe.adapter.method != "adalora"


def _final(trainer: RowTrainer, held: Sequence[Row]) -> dict[str, dict[str, float]]:
    """The orders of all validation examples, misses counting 0, trained and untrained, with the
    paired gain over the scorer; and the loss where there is a target."""
    hits = [one for one in held if one.target >= 0]
    pairs = list(zip(hits, trainer.score(hits), strict=True))
    with trainer.accelerator.unwrap_model(trainer.model).disable_adapter():
        untrained = list(zip(hits, trainer.score(hits), strict=True))
    gains = pick_gains(pairs)
    gains["ndcg_llm_untrained"] = pick_gains(untrained)["ndcg_llm"]
    gains["ndcg_gain"] = gains["ndcg"] - gains["ndcg_scorer"]
    gains = {name: np.pad(one, (0, len(held) - len(hits))) for name, one in gains.items()}
    gains["loss"], gains["loss_untrained"] = (
        np.array([float(loss(*pair)) for pair in scored]) for scored in (pairs, untrained)
    )
    return {name: _interval(one) for name, one in gains.items()}


def _interval(values: Any) -> dict[str, float]:
    """Mean and 95% bootstrap interval over examples."""
    random = np.random.default_rng(0)
    means = [random.choice(values, len(values)).mean() for _ in range(1000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "value": float(values.mean()),
        "low": float(low),
        "high": float(high),
        "n": len(values),
    }


def _facts(
    recipe: Recipe, workspace: Workspace, data: PickData, metrics: dict[str, Any], seconds: float
) -> dict[str, Any]:
    return {
        "recipe": recipe.model_dump(mode="json"),
        "seed": recipe.seed,
        "base_model": recipe.base_model or workspace.settings.model,
        "data": {"since": data.since, "until": data.until, "counts": data.counts},
        "metrics": metrics,
        "prompts": ("pick.en",),
        "seconds": round(seconds, 1),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}"
        + (f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""),
    }


def main() -> None:
    """One process of `accelerate launch`, or the only one."""
    parser = argparse.ArgumentParser(description="Fine-tune an adapter for a domain.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--recipe", default="lora")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--report-to", default="none")
    options = parser.parse_args()
    try:
        with Workspace.open(options.directory) as workspace:
            done = finetune(
                workspace,
                options.domain,
                recipes.load(options.recipe),
                options.run,
                report_to=options.report_to,
                say=PartialState().print,
            )
    except ShelftalkerError as error:
        sys.exit(f"shelftalker: {error}")
    PartialState().print(done.folder, done.facts["metrics"])


if __name__ == "__main__":
    main()
