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

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
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
from shelftalker.data.events import Event
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.statistics import by_user, compare, estimate
from shelftalker.eval.splits import HeldOut, leave_last
from shelftalker.prompts import PACKAGE_PROMPTS
from shelftalker.ranking.fusion import fit_unpruned, fit_weights, order_gains
from shelftalker.ranking.pick import Floats
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.scorer.two_tower import TwoTowerScorer

SHORTLIST = 20


def measure(
    data: harness.DataSet,
    recipe: Annotated[str, typer.Option(help="a recipe with sequences")] = "sequence",
    last: Annotated[int, typer.Option(help="test events of each user")] = 1,
    run: Annotated[Path, typer.Option(help="checkpoints go here")] = Path("runs/pick"),
) -> harness.Report:
    """Train on one data set, or go on from the last checkpoint, and compare the orders."""
    begun, resumed = time.perf_counter(), (run / data.name).is_dir()
    loaded = recipes.load(recipe)
    if not loaded.data.sequence:
        raise InputError(
            f"recipe {loaded.name!r} has no sequences to train on; give one with data.sequence"
        )
    splits = _splits(data.events, last)
    figures = _measured(data, splits, loaded, run / data.name)
    facts = {
        "last": last,
        "recipe": loaded.model_dump(mode="json"),
        "seconds": None if resumed else round(time.perf_counter() - begun),
    }
    task = "the fine-tuned pick against the scorer's order"
    return data.report("pick", task, facts | figures)


def _splits(events: Sequence[Event], last: int) -> dict[str, HeldOut]:
    test = leave_last(events, last, last + 1)
    if not test.targets:
        raise InputError(
            f"no user has more than {2 * last} events, which --last {last} needs; give less"
        )
    return {"validation": leave_last(test.train, last, last + 1), "test": test}


def _measured(
    data: harness.DataSet, splits: dict[str, HeldOut], recipe: Recipe, run: Path
) -> dict[str, Any]:
    examples = {name: _examples(data, split) for name, split in splits.items()}
    base = models.resolve(recipe.base_model or models.DEFAULT_MODEL)
    tokens = Tokens(base)
    set_seed(recipe.seed)
    model = open_model(base, recipe)
    sequences = sequence_examples(
        splits["validation"].train, data.catalog, tokens, recipe.data.sequence, seed=recipe.seed
    )
    picks = PickRows(data.catalog, PACKAGE_PROMPTS, tokens, recipe, model, (), sequences.names)
    rows = {name: [picks.whole(one) for one in own] for name, own in examples.items()}
    ids = name_ids(tokens, sequences.names)
    train = [names_row(tokens, part, ids) for part in sequences.train]
    trainer = _trained(model, recipe, train, rows["validation"], run)
    scored = {
        name: pick_scores(examples[name], rows[name], trainer.score_hits(rows[name]))
        for name in rows
    }
    fused = fit_weights(*scored["validation"])
    without_llm = fit_weights(*scored["validation"], use_llm=False)
    owners = {name: np.array([example.user for example in own]) for name, own in examples.items()}
    proven = _proven(
        scored["validation"], fused, rows["validation"], owners["validation"], data.seed
    )
    systems = {
        "scorer": PickWeights(),
        "served": fused if proven else PickWeights(),
        "fused": fused,
        "scorer and popularity": without_llm,
        "LLM": PickWeights(0.0, 1.0),
    }
    parts: dict[str, Any] = {}
    for part, users in owners.items():
        gains = {name: _gains(scored[part], one, rows[part]) for name, one in systems.items()}
        newest = np.array([*(users[1:] != users[:-1]), True])
        latest = {name: own[newest] for name, own in gains.items()}
        parts[part] = {
            "events": len(users),
            "hits": len(scored[part][0]),
            "all": _compared(gains, users, data.seed),
            "each user's last event": _compared(latest, users[newest], data.seed),
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


def _examples(data: harness.DataSet, split: HeldOut) -> list[PickExample]:
    """One per test event, with the shortlist of a scorer fitted on the training events."""
    scorer = TwoTowerScorer.fit(
        data.catalog, split.train, data.encoder, seed=data.seed, progress=harness.show
    )
    pairs = zip(split.histories, split.targets, strict=True)
    moments = [Moment(history, own[0]) for history, own in pairs]
    maker = ShortlistMaker(scorer, PickOptions(SHORTLIST))
    return maker.examples(moments, len(moments), train=False)


def _trained(
    model: Any, recipe: Recipe, train: list[TrainingRow], held: Sequence[TrainingRow], run: Path
) -> RowTrainer:
    """Train, or resume from the last checkpoint in `run`."""
    # mixed, since the events of a user are adjacent
    mixed = np.random.default_rng(recipe.seed).permutation(len(held))
    watched = evaluation_rows([held[at] for at in mixed], recipe.budget.evaluate_on)
    trainer = trainer_for(model, recipe, run, train, watched)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(run)) if run.is_dir() else None)
    trainer.save_model(str(run / "adapter"))
    return trainer


def _gains(scored: PickScores, weights: PickWeights, rows: Sequence[TrainingRow]) -> Floats:
    """NDCG@10 of every row, float64 [rows]; ties count against, a missed target counts 0."""
    gains = np.zeros(len(rows))
    gains[[row.target >= 0 for row in rows]] = order_gains(weights, *scored)
    return gains


if __name__ == "__main__":
    harness.run(harness.on_data_sets(measure))
