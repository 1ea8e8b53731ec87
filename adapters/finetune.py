"""Fine-tune an adapter for a domain: examples from its log, one run of a recipe, metrics.

`finetune` leaves a PEFT adapter in `<run>/adapter` and returns the training facts. An interrupted
run resumes from its last checkpoint when called again with the same run folder (AdaLoRA: from the
start), and ends as an uninterrupted run does. On all GPUs of a machine:

accelerate launch -m shelftalker.adapters.finetune DIR --domain D --recipe R --run FOLDER

which registers a version; measure it with `shelftalker adapters gate`. Without a GPU that is one
process, also with `--cpu --num_processes 2`; `--multi_gpu --num_processes 2` starts two, on the CPU
if there is no GPU. `recipes/fsdp.accelerate` shards the weights.
"""

import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from accelerate import PartialState
from transformers import set_seed
from transformers.trainer_utils import get_last_checkpoint

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.examples import Examples, make_examples
from shelftalker.adapters.data.training_rows import evaluation_rows, training_rows
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.adapters.train.model import open_model
from shelftalker.adapters.train.schedule import REPORTERS, estimated_seconds, trainer_for
from shelftalker.adapters.train.validation import fit_pick_weights, metrics_with_intervals
from shelftalker.data.progress import Progress
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.store.adapter_card import UNSTATED
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

Say = Callable[[str], None]
RECIPE_FILE, VERSION_FILE = "recipe.json", "VERSION"
"""In the folder of a run: its recipe, and in the end the version that was made of it."""
_PROMPTS = {
    "pick": "pick.en",
    "sequence": "names.en",
    "judge": "judge.en",
    "describe": "describe.en",
    "corpus": "hook.en",
}


@dataclass(frozen=True)
class Finetuned:
    """The adapter as peft saved it, the facts for its card, and the pick weights to serve it with,
    fitted on the validation examples (None if no pick was trained)."""

    folder: Path
    facts: dict[str, Any]
    pick: PickFit | None


def make_version(
    workspace: Workspace,
    domain: str,
    recipe: Recipe,
    run: Path,
    *,
    report_to: str = "none",
    licence: str = UNSTATED,
    say: Say = print,
    progress: Progress | None = None,
) -> str:
    """Fine-tune and register a version, which is not in service yet; returns its name.

    Called again with the same run folder it resumes; a finished run returns its version. Raises
    `InputError` if the run folder is another recipe's.
    """
    state = PartialState()
    with state.main_process_first():
        start_run(run, recipe)
    versions, version = AdapterVersions(workspace, domain), recorded_version(run)
    if version in versions.names():
        say(f"{domain}@{version} came of this run; to train anew, delete {run}")
        return version
    done = finetune(
        workspace, domain, recipe, run,
        report_to=report_to, licence=licence, say=say, progress=progress,
    )  # fmt: skip
    if state.is_main_process:
        record_version(run, versions.register(done.folder, done.facts, pick=done.pick))
    state.wait_for_everyone()
    return recorded_version(run)


def start_run(run: Path, recipe: Recipe) -> None:
    """Store the recipe in the folder. Raises `InputError` where the folder holds the run of another
    recipe: its checkpoints may be hours of work."""
    run.mkdir(parents=True, exist_ok=True)
    file, own = run / RECIPE_FILE, recipe.model_dump_json(indent=2).encode()
    if not file.is_file():
        replace_file(file, own)
    elif file.read_bytes() != own:
        raise InputError(
            f"{run} holds an interrupted run of another recipe ({file}); give that one again to go "
            "on with it, or delete the folder to begin anew"
        )


def record_version(run: Path, version: str) -> None:
    """Record the version that was made of the run."""
    replace_file(run / VERSION_FILE, version.encode())


def recorded_version(run: Path) -> str:
    """The version that was made of the run; empty if there is none yet."""
    file = run / VERSION_FILE
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def finetune(
    workspace: Workspace,
    domain: str,
    recipe: Recipe,
    run: Path,
    *,
    report_to: str = "none",
    licence: str = UNSTATED,
    say: Say = print,
    progress: Progress | None = None,
) -> Finetuned:
    """Train one adapter in the folder `run`, or resume there.

    `report_to`: one of `REPORTERS`; `licence`: of the data, for the card; `progress`: of making the
    examples. Raises `DataError` if the log gives too few.
    """
    if report_to not in REPORTERS:
        raise InputError(f"--report-to {report_to!r}; allowed: {', '.join(REPORTERS)}")
    begun = time.time()
    data = _examples(workspace, domain, recipe, run, progress)
    for line in data.report():
        say(line)
    set_seed(recipe.seed)
    base = models.resolve(recipe.base_model or workspace.settings.model)
    model = open_model(base, recipe)
    train, held = training_rows(workspace, domain, Tokens(base), recipe, model, data)
    minutes = max(1, round(estimated_seconds(model, train, recipe) / 60))
    say(f"about {minutes} min of training on this machine, evaluations aside")
    watched = evaluation_rows(held, recipe.budget.evaluate_on)
    trainer = trainer_for(model, recipe, run, train, watched, report_to)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(run)))
    folder = run / "adapter"
    trainer.save_model(str(folder))
    scored = trainer.score_hits(held)
    with trainer.accelerator.unwrap_model(trainer.model).disable_adapter():
        metrics = metrics_with_intervals(held, scored, trainer.score_hits(held))
    facts = _facts(recipe, workspace, data, licence, metrics, time.time() - begun)
    choices = data.pick.validation
    pick = fit_pick_weights(choices, held, scored, data.sequence.names) if choices else None
    return Finetuned(folder, facts, pick)


def _examples(
    workspace: Workspace, domain: str, recipe: Recipe, run: Path, progress: Progress | None
) -> Examples:
    """The examples of this run: made once by the first process, read by all."""
    run.mkdir(parents=True, exist_ok=True)
    file = run / "examples.json"
    with PartialState().main_process_first():
        if not file.is_file():
            make_examples(
                workspace, domain, recipe.data, recipe.seed, progress, base_model=recipe.base_model
            ).save(file)
    return Examples.load(file)


def _facts(
    recipe: Recipe,
    workspace: Workspace,
    data: Examples,
    licence: str,
    metrics: dict[str, Any],
    seconds: float,
) -> dict[str, Any]:
    window = {"since": data.since, "until": data.until, "counts": data.counts()}
    return {
        "recipe": recipe.model_dump(mode="json"),
        "seed": recipe.seed,
        "base_model": recipe.base_model or workspace.settings.model,
        "data": {**window, "licence": licence},
        "metrics": metrics,
        "prompts": _prompts(recipe),
        "seconds": round(seconds, 1),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}"
        + (f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""),
    }


def _prompts(recipe: Recipe) -> tuple[str, ...]:
    """The prompts that the adapter was trained on; the pick's is that of the recipe's method."""
    kinds = {kind for kind in _PROMPTS if getattr(recipe.data, kind)}
    if recipe.pick_method == "names":
        kinds.discard("pick")
    return tuple(name for kind, name in _PROMPTS.items() if kind in kinds)


def main(
    directory: Path,
    domain: Annotated[str, typer.Option()],
    run: Annotated[Path, typer.Option()],
    recipe: str = "lora",
    report_to: str = "none",
    licence: str = UNSTATED,
) -> None:
    """Fine-tune an adapter: one process of `accelerate launch`, or the only one."""
    # Created first: otherwise processes on a CPU do not know of each other until training begins.
    state = PartialState(cpu=not torch.cuda.is_available())
    try:
        with Workspace.open(directory) as workspace:
            version = make_version(
                workspace, domain, recipes.load(recipe), run,
                report_to=report_to, licence=licence, say=state.print,
            )  # fmt: skip
            name = f"{domain}@{version}"
            state.print(f"{name}; now: shelftalker adapters gate {directory} {name}")
    except ShelftalkerError as error:
        sys.exit(f"shelftalker: {error}")


if __name__ == "__main__":
    typer.run(main)
