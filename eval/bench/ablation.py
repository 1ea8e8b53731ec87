"""Ablation of the parts of the logit: all of them, all but one, and each alone.

python -m shelftalker.eval.bench.ablation --data ../shared/data/movies-ml100k --out eval/results

The parts are trained once. For every subset the weights are refitted on the scorer's own validation
users, and the test events are ranked. `--losses softmax,mse` repeats it for each training loss of
the towers.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.bench.options import dataset_parser, sets, show, stamp, write
from shelftalker.eval.leave_one_out import Split, leave_one_out, rank_targets
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.checkpoints import Checkpoints
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.fitting import (
    FEW_USERS,
    FitData,
    FitObservers,
    ValidationChoice,
    choose,
)
from shelftalker.scorer.mixing import fit_mix
from shelftalker.scorer.parts import PARTS, Mix
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer, touched


@dataclass(frozen=True)
class PartsRow:
    """One subset of the parts: the weight of each, and the rank of every test event."""

    name: str
    loss: str
    weights: dict[str, float]
    ranks: Ranks


def main() -> None:
    """Measure on each data set, print a table, write the results."""
    options = _options()
    encoder = open_encoder(cache=options.cache)
    for name, catalog, events in sets(options):
        split = leave_one_out(events)
        settings = [Training(loss=loss) for loss in options.losses]
        rows = [
            row for one in settings for row in ablate(catalog, split, encoder, one, options.seed)
        ]
        print(f"{name}: {len(split.targets)} users\n{_table(rows)}", flush=True)
        if options.out:
            report = {
                "task": "what each part of the logit adds, leave-one-out by time",
                "version": 1,
                "n": len(split.targets),
                **stamp(options, name, encoder),
                "rows": [_report(row, rows) for row in rows],
            }
            write(report, options.out / f"ablation-{name}.json")


def ablate(
    catalog: Catalog, split: Split, encoder: Encoder, settings: Training, seed: int
) -> list[PartsRow]:
    """One row per subset, all parts first. Raises `InputError` if the log has too few users."""
    with tempfile.TemporaryDirectory() as folder:  # both trainings share their first half
        scorer = TwoTowerScorer.fit(
            catalog,
            split.train,
            encoder,
            seed=seed,
            progress=show,
            settings=settings,
            checkpoints=Path(folder),
        )
        chosen = _choice(catalog, split.train, encoder, settings, seed, Path(folder))
    if chosen.side is None:
        raise InputError(
            f"the log holds too few users to fit weights on; it takes {FEW_USERS} with three "
            "training events each"
        )
    before = replace(chosen.mix, low_rating=Mix().low_rating)  # as in the fit
    rows = []
    for name, used in subsets():
        mix = fit_mix(chosen.side, chosen.held, before, used)
        mix = replace(mix, low_rating=chosen.mix.low_rating)
        ranks = rank_targets(_with_mix(scorer, mix).logits, split, catalog)
        rows.append(
            PartsRow(name, settings.loss, {part: getattr(mix, part) for part in used}, ranks)
        )
    return rows


def subsets() -> Iterator[tuple[str, tuple[str, ...]]]:
    """All parts, all but one, each alone."""
    yield "all", PARTS
    for part in PARTS:
        yield f"without {part}", tuple(other for other in PARTS if other != part)
    for part in PARTS:
        yield f"{part} alone", (part,)


def _choice(
    catalog: Catalog,
    train: Sequence[Event],
    encoder: Encoder,
    settings: Training,
    seed: int,
    folder: Path,
) -> ValidationChoice:
    """The fit's own choice and its validation users, from the checkpoints."""
    _, trained, histories = touched(catalog, train)
    text = encoder.encode([item.embedding_text() for item in trained])
    data = FitData(histories, text, settings, seed)
    return choose(data, FitObservers(checkpoints=Checkpoints(folder, data.fingerprint())))


def _with_mix(scorer: TwoTowerScorer, mix: Mix) -> TwoTowerScorer:
    return scorer.with_weights(replace(scorer.weights, mix=mix))


def _report(row: PartsRow, rows: Sequence[PartsRow]) -> dict[str, Any]:
    whole = next(one for one in rows if one.name == "all" and one.loss == row.loss)
    return {
        "name": row.name,
        "loss": row.loss,
        "weights": {part: round(weight, 4) for part, weight in row.weights.items()},
        "ndcg@10": asdict(estimate(ndcg(row.ranks))),
        "recall@10": asdict(estimate(recall(row.ranks))),
        "ndcg@10 less all, paired": asdict(estimate(ndcg(row.ranks) - ndcg(whole.ranks))),
    }


def _table(rows: Sequence[PartsRow]) -> str:
    lines = []
    for row in rows:
        whole = next(one for one in rows if one.name == "all" and one.loss == row.loss)
        less = estimate(ndcg(row.ranks) - ndcg(whole.ranks))
        lines.append(
            f"{row.loss:8} {row.name:20} NDCG@10 {estimate(ndcg(row.ranks))}  less all {less}"
        )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = dataset_parser(__doc__, "ablation-SET.json")
    parser.add_argument(
        "--losses",
        default=["softmax"],
        type=lambda names: names.split(","),
        help="of the towers' training, by comma: softmax,mse",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
