"""A fine-tuned pick against the scorer's order of the same shortlists.

python -m shelftalker.eval.bench.pick --data ../shared/data/movies-ml100k --last 5

The last events of each user (`--last`; 1: leave-one-out) are the test, each with its user's earlier
events; as many before these are validation, which chooses the step and fits the fusion weights. The
LLM is trained on the events before both, the scorer on those before the part that it makes
shortlists for. The test is scored once. Intervals are over users, each with the mean of its events.

`served` is the fusion if it is significantly better than the scorer's order on validation, as the
promotion gate requires, else that order. `fused` is always the fusion; `scorer and popularity` is
the fusion without the LLM, which isolates the LLM's gain.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from transformers import set_seed
from transformers.trainer_utils import get_last_checkpoint

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.data.packing import TrainingRow
from shelftalker.adapters.data.pick import PickExample, PickOptions, ShortlistMaker
from shelftalker.adapters.data.sequence import sequence_examples
from shelftalker.adapters.data.time_split import Moment
from shelftalker.adapters.data.training_rows import PickRows, evaluation_rows, name_ids, names_row
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.train.model import open_model
from shelftalker.adapters.train.schedule import trainer_for
from shelftalker.adapters.train.trainer import RowTrainer
from shelftalker.adapters.train.validation import PickScores, pick_scores
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from shelftalker.eval.bench.options import dataset_parser, sets, show, stamp, write
from shelftalker.eval.leave_one_out import Split, leave_last
from shelftalker.eval.metrics.statistics import by_user, compare, estimate
from shelftalker.prompts import PACKAGE_PROMPTS
from shelftalker.ranking.fusion import fit_unpruned, fit_weights, order_gains
from shelftalker.ranking.pick import Floats
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.settings import Settings

SHORTLIST = 20


def main() -> None:
    """Print each data set's figures, write `pick-<set>.json`."""
    options = _options()
    recipe = recipes.load(options.recipe)
    if not recipe.data.sequence:
        raise InputError(
            f"recipe {recipe.name!r} has no sequences to train on; give one with data.sequence"
        )
    encoder = open_encoder(Settings().encoder, options.cache or options.run / "cache")
    for name, catalog, events in sets(options):
        begun, resumed = time.perf_counter(), (options.run / name).is_dir()
        splits = _splits(events, options.last)
        figures = _measured(catalog, splits, encoder, recipe, options.run / name, options.seed)
        report = {
            "task": "the fine-tuned pick against the scorer's order",
            **stamp(options, name, encoder),
            "last": options.last,
            "recipe": recipe.model_dump(mode="json"),
            "seconds": None if resumed else round(time.perf_counter() - begun),
            **figures,
        }
        for line in _lines(report):
            print(line, flush=True)
        if options.out:
            write(report, options.out / f"pick-{name}.json")


def _splits(events: Sequence[Event], last: int) -> dict[str, Split]:
    test = leave_last(events, last)
    if not test.targets:
        raise InputError(
            f"no user has more than {2 * last} events, which --last {last} needs; give less"
        )
    return {"validation": leave_last(test.train, last), "test": test}


def _measured(
    catalog: Catalog,
    splits: dict[str, Split],
    encoder: Encoder,
    recipe: Recipe,
    run: Path,
    seed: int,
) -> dict[str, Any]:
    examples = {name: _examples(catalog, split, encoder, seed) for name, split in splits.items()}
    base = models.resolve(recipe.base_model or models.DEFAULT_MODEL)
    tokens = Tokens(base)
    set_seed(recipe.seed)
    model = open_model(base, recipe)
    before = splits["validation"].train
    sequences = sequence_examples(before, catalog, tokens, recipe.data.sequence, seed=recipe.seed)
    picks = PickRows(catalog, PACKAGE_PROMPTS, tokens, recipe, model, (), sequences.names)
    rows = {name: [picks.whole(one) for one in own] for name, own in examples.items()}
    ids = name_ids(tokens, sequences.names)
    train = [names_row(tokens, part, ids) for part in sequences.train]
    trainer = _trained(model, recipe, train, rows["validation"], run)
    scored = {name: _fusion_inputs(trainer, examples[name], rows[name]) for name in rows}
    fused = fit_weights(*scored["validation"])
    without_llm = fit_weights(*scored["validation"], use_llm=False)
    owners = {name: np.array([example.user for example in own]) for name, own in examples.items()}
    proven = _proven(scored["validation"], fused, rows["validation"], owners["validation"], seed)
    systems = {
        "scorer": PickWeights(),
        "served": fused if proven else PickWeights(),
        "fused": fused,
        "scorer and popularity": without_llm,
        "LLM": PickWeights(0.0, 1.0),
    }
    parts: dict[str, Any] = {}
    for part in ("validation", "test"):
        gains = {name: _gains(scored[part], one, rows[part]) for name, one in systems.items()}
        users = owners[part]
        newest = np.array([*(users[1:] != users[:-1]), True])
        parts[part] = {
            "events": len(users),
            "hits": len(scored[part][0]),
            "all": _compared(gains, users, seed),
            "each user's last event": _compared(
                {name: own[newest] for name, own in gains.items()}, users[newest], seed
            ),
        }
    return {
        "examples": sequences.counts,
        "best_step": trainer.state.best_global_step,
        "served": "fused" if proven else "scorer",
        "weights": {"fused": asdict(fused), "scorer and popularity": asdict(without_llm)},
        "weights and their standard errors": fit_unpruned(*scored["validation"]),
        **parts,
    }


def _proven(
    scored: PickScores, weights: PickWeights, rows: Sequence[TrainingRow], users: Any, seed: int
) -> bool:
    """Whether these weights order significantly better than the scorer."""
    ours, theirs = (by_user(_gains(scored, one, rows), users) for one in (weights, PickWeights()))
    return compare(ours, theirs, seed).low > 0


def _compared(gains: dict[str, Floats], users: Any, seed: int) -> dict[str, Any]:
    """NDCG@10 by system, and less the scorer's; users are the units."""
    means = {system: by_user(own, users) for system, own in gains.items()}
    return {
        "users": len(means["scorer"]),
        "ndcg@10": {system: asdict(estimate(own, seed)) for system, own in means.items()},
        "less the scorer": {
            system: asdict(compare(own, means["scorer"], seed)) for system, own in means.items()
        },
    }


def _examples(catalog: Catalog, split: Split, encoder: Encoder, seed: int) -> list[PickExample]:
    """One per test event, with the shortlist of a scorer fitted on the training events."""
    scorer = TwoTowerScorer.fit(catalog, split.train, encoder, seed=seed, progress=show)
    moments = [
        Moment(history, target)
        for history, target in zip(split.histories, split.targets, strict=True)
    ]
    maker = ShortlistMaker(scorer, PickOptions(SHORTLIST))
    return maker.examples(moments, len(moments), train=False)


def _trained(
    model: Any, recipe: Recipe, train: list[TrainingRow], held: Sequence[TrainingRow], run: Path
) -> RowTrainer:
    """Train, or resume from the last checkpoint in `run`."""
    mixed = np.random.default_rng(recipe.seed).permutation(
        len(held)
    )  # events of a user are adjacent
    watched = evaluation_rows([held[at] for at in mixed], recipe.budget.evaluate_on)
    trainer = trainer_for(model, recipe, run, train, watched)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(run)) if run.is_dir() else None)
    trainer.save_model(str(run / "adapter"))
    return trainer


def _fusion_inputs(
    trainer: RowTrainer, examples: Sequence[PickExample], rows: Sequence[TrainingRow]
) -> PickScores:
    """The arguments of `fit_weights`, of the shortlists that hold their target."""
    return pick_scores(examples, rows, trainer.score_hits(rows))


def _gains(scored: PickScores, weights: PickWeights, rows: Sequence[TrainingRow]) -> Floats:
    """NDCG@10 of every row, float64 [rows]; ties count against, a missed target counts 0."""
    gains = np.zeros(len(rows))
    gains[[row.target >= 0 for row in rows]] = order_gains(weights, *scored)
    return gains


def _lines(report: dict[str, Any]) -> list[str]:
    lines = []
    for part in ("validation", "test"):
        for events in ("all", "each user's last event"):
            figures = report[part][events]
            lines.append(f"{report['data']}, {part}, {events}: {figures['users']} users")
            for name, one in figures["ndcg@10"].items():
                less = figures["less the scorer"][name]
                lines.append(
                    f"  {name:22s} NDCG@10 {one['mean']:.4f}, less the scorer's "
                    f"{less['mean']:+.4f} [{less['low']:+.4f}, {less['high']:+.4f}]"
                )
    return lines


def _options() -> argparse.Namespace:
    parser = dataset_parser(__doc__, "pick-<set>.json")
    parser.add_argument("--recipe", default="sequence", help="a recipe with sequences")
    parser.add_argument("--last", type=int, default=1, help="test events of each user")
    parser.add_argument("--run", type=Path, default=Path("runs/pick"), help="checkpoints go here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
