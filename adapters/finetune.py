"""Fine-tune an adapter for a domain: examples from its log, one run of a recipe, metrics.

A run leaves a PEFT adapter in `<run>/adapter`. An interrupted one resumes from its last checkpoint
when started again in the same folder (AdaLoRA: from the start), and ends as an uninterrupted run
does. On all GPUs of a machine:

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


@dataclass(frozen=True)
class FinetuneRun:
    """One run of a recipe on a domain's log, in the folder `run`. `report_to`: one of `REPORTERS`;
    `licence`: of the data, for the card; `progress`: of making the examples."""

    workspace: Workspace
    domain: str
    recipe: Recipe
    run: Path
    report_to: str = "none"
    licence: str = UNSTATED
    say: Callable[[str], None] = print
    progress: Progress | None = None

    def version(self) -> str:
        """Fine-tune and register a version, which is not in service yet; returns its name.

        Called again with the same run folder it resumes; a finished run returns its version. Raises
        `InputError` if the run folder is another recipe's.
        """
        state, file = PartialState(), self.run / VERSION_FILE
        with state.main_process_first():
            self._start()
        versions = AdapterVersions(self.workspace, self.domain)
        if file.is_file() and (version := file.read_text(encoding="utf-8")) in versions.names():
            self.say(f"{self.domain}@{version} came of this run; to train anew, delete {self.run}")
            return version
        done = self.train()
        if state.is_main_process:
            made = versions.register(done.folder, done.facts, pick=done.pick)
            replace_file(file, made.encode())
        state.wait_for_everyone()
        return file.read_text(encoding="utf-8")

    def train(self) -> Finetuned:
        """Train the adapter, or resume. Raises `DataError` if the log gives too few examples."""
        if self.report_to not in REPORTERS:
            raise InputError(f"--report-to {self.report_to!r}; allowed: {', '.join(REPORTERS)}")
        begun, recipe = time.time(), self.recipe
        data = self._examples()
        for line in data.report():
            self.say(line)
        set_seed(recipe.seed)
        base = models.resolve(self._base_model)
        model, tokens = open_model(base, recipe), Tokens(base)
        train, held = training_rows(self.workspace, self.domain, tokens, recipe, model, data)
        minutes = max(1, round(estimated_seconds(model, train, recipe) / 60))
        self.say(f"about {minutes} min of training on this machine, evaluations aside")
        watched = evaluation_rows(held, recipe.budget.evaluate_on)
        trainer = trainer_for(model, recipe, self.run, train, watched, self.report_to)
        trainer.train(resume_from_checkpoint=get_last_checkpoint(str(self.run)))
        folder = self.run / "adapter"
        trainer.save_model(str(folder))
        scored = trainer.score_hits(held)
        with trainer.accelerator.unwrap_model(trainer.model).disable_adapter():
            metrics = metrics_with_intervals(held, scored, trainer.score_hits(held))
        facts = self._facts(data, metrics, time.time() - begun)
        choices = data.pick.validation
        pick = fit_pick_weights(choices, held, scored, data.sequence.names) if choices else None
        return Finetuned(folder, facts, pick)

    def _start(self) -> None:
        """Store the recipe in the folder. Raises `InputError` where the folder holds the run of
        another recipe: its checkpoints may be hours of work."""
        self.run.mkdir(parents=True, exist_ok=True)
        file, own = self.run / RECIPE_FILE, self.recipe.model_dump_json(indent=2).encode()
        if not file.is_file():
            replace_file(file, own)
        elif file.read_bytes() != own:
            raise InputError(
                f"{self.run} holds an interrupted run of another recipe ({file}); give that one "
                "again to go on with it, or delete the folder to begin anew"
            )

    def _examples(self) -> Examples:
        """The examples of this run: made once by the first process, read by all."""
        file, recipe = self.run / "examples.json", self.recipe
        with PartialState().main_process_first():
            if not file.is_file():
                make_examples(
                    self.workspace, self.domain, recipe.data, recipe.seed, self.progress,
                    base_model=recipe.base_model,
                ).save(file)  # fmt: skip
        return Examples.load(file)

    @property
    def _base_model(self) -> str:
        return self.recipe.base_model or self.workspace.settings.model

    def _facts(self, data: Examples, metrics: dict[str, Any], seconds: float) -> dict[str, Any]:
        window = {"since": data.since, "until": data.until, "counts": data.counts()}
        gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
        return {
            "recipe": self.recipe.model_dump(mode="json"),
            "seed": self.recipe.seed,
            "base_model": self._base_model,
            "data": {**window, "licence": self.licence},
            "metrics": metrics,
            "prompts": _prompts(self.recipe),
            "seconds": round(seconds, 1),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}{gpu}",
        }


def _prompts(recipe: Recipe) -> tuple[str, ...]:
    """The prompts that the adapter was trained on; the pick's is that of the recipe's method."""
    kinds = {kind for kind in _PROMPTS if getattr(recipe.data, kind)}
    if recipe.data.sequence:
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
            chosen = recipes.load(recipe)
            started = FinetuneRun(workspace, domain, chosen, run, report_to, licence, state.print)
            name = f"{domain}@{started.version()}"
            state.print(f"{name}; now: shelftalker adapters gate {directory} {name}")
    except ShelftalkerError as error:
        sys.exit(f"shelftalker: {error}")


if __name__ == "__main__":
    typer.run(main)
