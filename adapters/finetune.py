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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from torch import Tensor
from transformers import set_seed
from transformers.trainer_utils import get_last_checkpoint

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.dataset import Cuts, PickData, PickExample, pick_examples, report
from shelftalker.adapters.model import open_model, with_adapter
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.row_metrics import pick_gains
from shelftalker.adapters.rows import Row, loss
from shelftalker.adapters.schedule import REPORTERS, arguments, callbacks, estimate, steps_of
from shelftalker.adapters.trainer import RowTrainer
from shelftalker.adapters.training_rows import PickRows
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.pick import fit_weights, log_softmax
from shelftalker.pick_fitting import PickFit
from shelftalker.scorer.base import Progress
from shelftalker.scorer.encoder import open_encoder
from shelftalker.workspace import Workspace

Say = Callable[[str], None]


@dataclass(frozen=True)
class Finetuned:
    """The adapter as peft saved it, the facts for its card, and the pick weights to serve it with,
    fitted on the validation examples."""

    folder: Path
    facts: dict[str, Any]
    pick: PickFit


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
    rows = PickRows(workspace, domain, tokens, recipe, model, [*data.train, *data.validation])
    train, held = rows.training(data.train), [rows.whole(one) for one in data.validation]
    minutes = max(1, round(estimate(model, train, recipe) / 60))
    say(f"about {minutes} min of training on this machine, evaluations aside")
    steps = steps_of(len(train), recipe)
    trainer = RowTrainer(
        model=with_adapter(model, recipe, steps),
        args=arguments(recipe, run, steps, report_to),
        train_dataset=train,
        eval_dataset=[one for one in held if one.target >= 0][: recipe.budget.evaluate_on],
        callbacks=callbacks(recipe),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(run)) if run.is_dir() else None)
    folder = run / "adapter"
    trainer.save_model(str(folder))
    scored = _scored(trainer, held)
    metrics = _final(held, scored, _untrained(trainer, held))
    facts = _facts(recipe, workspace, data, metrics, time.time() - begun)
    return Finetuned(folder, facts, fitted(data.validation, held, scored))


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
                end=recipe.data.end,
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


def _scored(trainer: RowTrainer, held: Sequence[Row]) -> dict[int, Tensor]:
    """Place among the validation rows → log-likelihoods, where there is a target."""
    places = [at for at, one in enumerate(held) if one.target >= 0]
    return dict(zip(places, trainer.score([held[at] for at in places]), strict=True))


def _untrained(trainer: RowTrainer, held: Sequence[Row]) -> dict[int, Tensor]:
    with trainer.accelerator.unwrap_model(trainer.model).disable_adapter():
        return _scored(trainer, held)


def fitted(
    examples: Sequence[PickExample], rows: Sequence[Row], scored: Mapping[int, Tensor]
) -> PickFit:
    """Fusion weights of the whole shortlists' log-likelihoods; see `fit_weights`."""
    width = max(len(one.candidates) for one in examples)
    table = np.full((3, len(scored), width), -np.inf)
    for place, (at, own) in enumerate(scored.items()):
        said = log_softmax(own.double().numpy() - np.array(rows[at].bare))
        voices = (examples[at].logits, said, examples[at].popularity)
        table[:, place, : len(said)] = voices
    scorer, llm, popularity = table
    targets = np.array([rows[at].target for at in scored], np.int64)
    weights = fit_weights(scorer, llm, popularity, targets)
    return PickFit(weights, users=len(examples), hits=len(scored))


def _final(
    held: Sequence[Row], scored: Mapping[int, Tensor], untrained: Mapping[int, Tensor]
) -> dict[str, dict[str, float]]:
    """The orders of all validation examples, misses counting 0, trained and untrained, with the
    paired gain over the scorer; and the loss where there is a target."""
    pairs, before = (
        [(held[at], own) for at, own in found.items()] for found in (scored, untrained)
    )
    gains = pick_gains(pairs)
    gains["ndcg_llm_untrained"] = pick_gains(before)["ndcg_llm"]
    gains["ndcg_gain"] = gains["ndcg"] - gains["ndcg_scorer"]
    gains = {name: np.pad(one, (0, len(held) - len(pairs))) for name, one in gains.items()}
    gains["loss"], gains["loss_untrained"] = (
        np.array([float(loss(*pair)) for pair in found]) for found in (pairs, before)
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
