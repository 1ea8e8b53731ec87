"""TALLRec's prompts: like or dislike of a film or book, learned from 16, 64 or 256 examples.

python -m shelftalker.eval.bench.tallrec --data ../shared/data/movies-ml100k --out eval/results

Training examples come from the first half of the published validation file; the second half chooses
learning rate and epochs by AUC; the test file is scored once with each choice. The published AUC is
that of LLaMA-7B (arXiv 2305.00447, table 3); the default model here is fifty times smaller.
"""

import argparse
import gzip
import json
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
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
from shelftalker.eval.bench.options import script_parser, write
from shelftalker.eval.metrics.classification import best_threshold, classification
from shelftalker.eval.result import command, commit
from shelftalker.language.cleaning import neutral
from shelftalker.ranking.yes_no_prompt import judge_prompt

VERSION = 1
PUBLISHED = {
    "movie": {16: 0.6724, 64: 0.6748, 256: 0.7198},
    "book": {16: 0.5636, 64: 0.6039, 256: 0.6438},
}
EPOCHS = {16: 6, 64: 4, 256: 2}
ROWS_PER_BATCH = 4
"""In one forward pass of the test."""


@dataclass(frozen=True)
class BestTraining:
    """The training of one size with the best validation AUC."""

    rate: float
    step: int
    dev_auc: float
    dev: list[Any]
    test: list[Any]


def main() -> None:
    """Print one line per size, write the results."""
    options = _options()
    name, valid, test = read_prompts(options.data)
    tokens = Tokens(models.resolve(options.model))
    pool, dev = np.array_split(np.arange(len(valid)), 2)
    random = np.random.default_rng(options.seed)
    pool, dev = random.permutation(pool), random.permutation(dev)[: options.dev]
    test = [test[at] for at in sorted(random.permutation(len(test))[: options.test])]
    rows = {"valid": [one.row(tokens) for one in valid], "test": [one.row(tokens) for one in test]}
    figures = []
    for size in options.sizes:
        begun = time.perf_counter()
        train = [rows["valid"][at] for at in pool[:size]]
        held = [rows["valid"][at] for at in dev]
        chosen = _choose(options, size, train, held, rows["test"])
        figures.append(_figures(name, size, chosen, held, rows["test"], options.seed))
        figures[-1]["seconds"] = round(time.perf_counter() - begun)
        print(json.dumps(figures[-1]), flush=True)
        if options.out:
            _write(options, name, len(test), len(dev), figures)


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
    options: argparse.Namespace,
    size: int,
    train: Sequence[TrainingRow],
    dev: Sequence[TrainingRow],
    test: Sequence[TrainingRow],
) -> BestTraining | None:
    """The learning rate and step with the best validation AUC, with scores of dev and test."""
    if not size:
        model = open_model(models.resolve(options.model), Recipe()).eval()
        return BestTraining(0.0, 0, 0.0, _scored(model, dev), _scored(model, test))
    best: BestTraining | None = None
    for rate in options.rates:
        with tempfile.TemporaryDirectory() as folder:
            trainer = _train(options, size, rate, train, dev, Path(folder))
            auc = float(trainer.state.best_metric)
            print(f"  {size} examples, rate {rate:g}: validation AUC {auc:.4f}", flush=True)
            if best is None or auc > best.dev_auc:
                model = trainer.model.eval()
                scored = _scored(model, dev), _scored(model, test)
                best = BestTraining(rate, int(trainer.state.best_global_step), auc, *scored)
    return best


def _train(
    options: argparse.Namespace,
    size: int,
    rate: float,
    train: Sequence[TrainingRow],
    dev: Sequence[TrainingRow],
    folder: Path,
) -> RowTrainer:
    budget = Budget(epochs=EPOCHS.get(size, 3), batch=8, pack=2, learning_rate=rate, stop_on="auc")
    mix = DataMix(pick=0, judge=size)
    recipe = Recipe(seed=options.seed, data=mix, budget=budget)
    steps = steps_of(len(train), recipe)
    budget = budget.model_copy(update={"evaluate_every": max(1, steps // 3)})
    recipe = recipe.model_copy(update={"budget": budget})
    set_seed(options.seed)
    model = open_model(models.resolve(options.model), recipe)
    trainer = trainer_for(model, recipe, folder, train, dev)
    trainer.train()
    return trainer


def _scored(model: Any, rows: Sequence[TrainingRow]) -> list[tuple[TrainingRow, torch.Tensor]]:
    logs: list[torch.Tensor] = []
    with torch.no_grad():
        for start in range(0, len(rows), ROWS_PER_BATCH):
            logs += [one.cpu() for one in scores(model, pack(rows[start : start + ROWS_PER_BATCH]))]
    return list(zip(rows, logs, strict=True))


def _figures(
    name: str,
    size: int,
    chosen: BestTraining | None,
    dev: Sequence[TrainingRow],
    test: Sequence[TrainingRow],
    seed: int,
) -> dict[str, Any]:
    assert chosen is not None
    threshold = best_threshold(*yes_probabilities(chosen.dev))
    metrics = classification(*yes_probabilities(chosen.test), threshold, seed=seed)
    return {
        "examples": size,
        "published_auc": PUBLISHED[name].get(size),
        "learning_rate": chosen.rate,
        "best_step": chosen.step,
        "validation_auc": classification(*yes_probabilities(chosen.dev), draws=1)["auc"].mean,
        "test": {metric: asdict(value) for metric, value in metrics.items()},
    }


def _write(
    options: argparse.Namespace, name: str, test: int, dev: int, figures: list[dict[str, Any]]
) -> None:
    report = {
        "task": f"TALLRec {name} prompts, like or dislike",
        "version": VERSION,
        "split": f"{test} of the published test file; {dev} of the validation file choose",
        "model": options.model,
        "seed": options.seed,
        "commit": commit(),
        "command": command(),
        "figures": figures,
    }
    write(report, options.out / f"tallrec-{name}.json")


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with TALLRec's files")
    parser.add_argument("--model", default=models.DEFAULT_MODEL)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 16, 64, 256])
    parser.add_argument("--rates", type=float, nargs="+", default=[5e-4, 2e-3])
    parser.add_argument("--dev", type=int, default=200, help="validation prompts that choose")
    parser.add_argument("--test", type=int, help="a random choice of test prompts (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write tallrec-<name>.json into this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
