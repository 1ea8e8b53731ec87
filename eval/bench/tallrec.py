"""TALLRec's prompts: like or dislike of a film or book, learned from 16, 64 or 256 examples.

python -m shelftalker.eval.bench.tallrec --data ../shared/data/movies-ml100k --out eval/results

Training examples come from the first half of the published validation file; the second half chooses
learning rate and epochs by AUC; the test file is scored once with each choice. The published AUC is
that of LLaMA-7B (arXiv 2305.00447, table 3); the default model here is fifty times smaller.
"""

import gzip
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from transformers import set_seed

from shelftalker.adapters.data.packing import TrainingRow, pack, scores
from shelftalker.adapters.data.training_rows import judge_row
from shelftalker.adapters.recipe import Budget, DataMix, Recipe
from shelftalker.adapters.train.model import open_model
from shelftalker.adapters.train.row_metrics import yes_probabilities
from shelftalker.adapters.train.schedule import steps_of, trainer_for
from shelftalker.adapters.train.trainer import RowTrainer
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.classification import best_threshold, classification
from shelftalker.language.cleaning import neutral
from shelftalker.ranking.yes_no_prompt import judge_prompt

PUBLISHED = {
    "movie": {16: 0.6724, 64: 0.6748, 256: 0.7198},
    "book": {16: 0.5636, 64: 0.6039, 256: 0.6438},
}
EPOCHS = {16: 6, 64: 4, 256: 2}
ROWS_PER_BATCH = 4
"""In one forward pass of the test."""
Rows = Sequence[TrainingRow]


@dataclass(frozen=True)
class BestTraining:
    """The training of one size with the best validation AUC, with its scores of dev and test."""

    rate: float
    step: int
    auc: float
    dev: list[Any]
    test: list[Any]


@dataclass(frozen=True)
class PublishedPrompt:
    """One published prompt, parsed."""

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    item: str
    liked: bool

    def row(self, tokens: Tokens) -> TrainingRow:
        """The row of a judgement in our own prompt."""
        prompt = judge_prompt(self.likes, self.dislikes, self.item)
        return judge_row(tokens, prompt, self.liked)


def measure(
    data: Annotated[Path, typer.Option(help="a folder with TALLRec's files")],
    model: str = models.DEFAULT_MODEL,
    sizes: Annotated[str, typer.Option(help="examples, by comma")] = "0,16,64,256",
    rates: Annotated[str, typer.Option(help="learning rates, by comma")] = "5e-4,2e-3",
    dev: Annotated[int, typer.Option(help="validation prompts that choose")] = 200,
    test: Annotated[int | None, typer.Option(help="test prompts; default: all")] = None,
    seed: int = 0,
) -> Iterator[harness.Report]:
    """The figures after each size, in one file that grows with them."""
    name, valid, tests = read_prompts(data)
    tokens = Tokens(models.resolve(model))
    pool, choosing = np.array_split(np.arange(len(valid)), 2)
    random = np.random.default_rng(seed)
    pool, choosing = random.permutation(pool), random.permutation(choosing)[:dev]
    tests = [tests[at] for at in sorted(random.permutation(len(tests))[:test])]
    held, test_rows = [valid[at].row(tokens) for at in choosing], [one.row(tokens) for one in tests]
    split = f"{len(tests)} of the published test file; {len(held)} of the validation file choose"
    facts = {"data": data.name, "split": split, "seed": seed, "model": model}
    figures = []
    for size in map(int, sizes.split(",")):
        begun = time.perf_counter()
        train = [valid[at].row(tokens) for at in pool[:size]]
        tried = [float(rate) for rate in rates.split(",")]
        chosen = _choose(train, held, test_rows, tried, model, seed)
        seconds = round(time.perf_counter() - begun)
        figures.append({**_figures(name, size, chosen, seed), "seconds": seconds})
        task = f"TALLRec {name} prompts, like or dislike"
        measured = {"version": 1, "model": model, "figures": figures}
        yield harness.Report(f"tallrec-{name}", task, measured, facts)


def read_prompts(folder: Path) -> tuple[str, list[PublishedPrompt], list[PublishedPrompt]]:
    """`movie` or `book`, with the validation and test prompts of a folder. Raises `InputError`."""
    files = sorted(folder.glob("tallrec_*_valid.json.gz"))
    if not files:
        raise InputError(f"{folder} holds no tallrec_*_valid.json.gz; give a folder that does")
    name = files[0].name.split("_")[1]
    return name, _read(files[0]), _read(folder / f"tallrec_{name}_test.json.gz")


def parse(text: str, liked: bool) -> PublishedPrompt:
    """Parse `User Preference: … User Unpreference: … Whether the user will like …`."""
    match = re.fullmatch(
        r"User Preference:(.*)\nUser Unpreference:(.*)\nWhether .*? target \w+ (.*)\?", text, re.S
    )
    if match is None:
        raise InputError(f"this is no prompt of TALLRec: {text[:80]!r}")
    likes, dislikes = (tuple(_titles(part)) for part in match.groups()[:2])
    return PublishedPrompt(likes, dislikes, _title(match[3]), liked)


def _titles(text: str) -> list[str]:
    """A quoted title may be followed by `written by …`, and contain commas."""
    parts = re.split(r',\s(?=")', text.strip())
    return [_title(part) for part in parts if part.strip()]


def _title(text: str) -> str:
    """`"X" written by Y` becomes `X by Y`."""
    return neutral(text.strip().replace('"', "").replace(" written by ", " by "))


def _read(file: Path) -> list[PublishedPrompt]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        rows = json.load(opened)
    return [parse(row["input"], row["output"].startswith("Yes")) for row in rows]


def _choose(
    train: Rows, dev: Rows, test: Rows, rates: Sequence[float], model: str, seed: int
) -> BestTraining:
    """The learning rate and step with the best validation AUC; the untrained model without
    examples."""
    if not train:
        plain = open_model(models.resolve(model), Recipe()).eval()
        return BestTraining(0.0, 0, 0.0, _scored(plain, dev), _scored(plain, test))
    best = BestTraining(0.0, 0, -1.0, [], [])
    for rate in rates:
        with tempfile.TemporaryDirectory() as folder:
            trainer = _train(train, dev, rate, model, seed, Path(folder))
            auc = float(trainer.state.best_metric)
            print(f"  {len(train)} examples, rate {rate:g}: validation AUC {auc:.4f}")
            if auc > best.auc:
                trained, step = trainer.model.eval(), int(trainer.state.best_global_step)
                best = BestTraining(rate, step, auc, _scored(trained, dev), _scored(trained, test))
    return best


def _train(train: Rows, dev: Rows, rate: float, model: str, seed: int, folder: Path) -> RowTrainer:
    size = len(train)
    budget = Budget(epochs=EPOCHS.get(size, 3), batch=8, pack=2, learning_rate=rate, stop_on="auc")
    recipe = Recipe(seed=seed, data=DataMix(pick=0, judge=size), budget=budget)
    often = max(1, steps_of(size, recipe) // 3)
    budget = budget.model_copy(update={"evaluate_every": often})
    recipe = recipe.model_copy(update={"budget": budget})
    set_seed(seed)
    opened = open_model(models.resolve(model), recipe)
    trainer = trainer_for(opened, recipe, folder, train, dev)
    trainer.train()
    return trainer


def _scored(model: Any, rows: Rows) -> list[tuple[TrainingRow, torch.Tensor]]:
    logs: list[torch.Tensor] = []
    with torch.no_grad():
        for start in range(0, len(rows), ROWS_PER_BATCH):
            logs += [one.cpu() for one in scores(model, pack(rows[start : start + ROWS_PER_BATCH]))]
    return list(zip(rows, logs, strict=True))


def _figures(name: str, size: int, chosen: BestTraining, seed: int) -> dict[str, Any]:
    dev, test = yes_probabilities(chosen.dev), yes_probabilities(chosen.test)
    metrics = classification(*test, best_threshold(*dev), seed=seed)
    return {
        "examples": size,
        "published_auc": PUBLISHED[name].get(size),
        "learning_rate": chosen.rate,
        "best_step": chosen.step,
        "validation_auc": classification(*dev, draws=1)["auc"].mean,
        "test": {metric: asdict(value) for metric, value in metrics.items()},
    }


if __name__ == "__main__":
    harness.run(measure)
