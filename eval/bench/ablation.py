"""Ablation of the parts of the logit: all of them, all but one, and each alone. Or of attributes.

python -m shelftalker.eval.bench.ablation --data ../shared/data/movies-ml100k --out eval/results
python -m shelftalker.eval.bench.ablation --data FOLDER/movies-ml-latest-small \
    --fields director+keywords,director,keywords

The parts are trained once. For every subset the weights are refitted on the scorer's own validation
users, and the test events are ranked. One row more has all parts and histories in random order.

`--fields` leaves attributes, or `text`, out of the catalogue: one fit with all, and one without
each of the sets, on a log without a tenth of the items. It ranks each user's last event, and the
cold items among themselves. `--graph` adds the triples of a file to the attributes, as an import
does.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.files import KnownItems
from shelftalker.data.files.graph_reader import read_triples, with_triples
from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.cold_start import Case, ranks_of, split_cold
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import Values, compare, estimate
from shelftalker.eval.splits import HeldOut, leave_last
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.checkpoints import Checkpoints
from shelftalker.scorer.event_arrays import touched
from shelftalker.scorer.fitting import (
    FEW_USERS,
    FitData,
    FitObservers,
    ValidationChoice,
    choose,
)
from shelftalker.scorer.item_texts import item_vectors
from shelftalker.scorer.mixing import fit_mix
from shelftalker.scorer.parts import PARTS
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer


@dataclass(frozen=True)
class PartsRow:
    """One subset of the parts: the weight of each, and the rank of every test event."""

    name: str
    weights: dict[str, float]
    ranks: Ranks


def measure(
    data: harness.DataSet,
    fields: Annotated[str, typer.Option(help="attributes to leave out: a+b,a")] = "",
    graph: Annotated[Path | None, typer.Option(help="triples: item, relation, entity")] = None,
) -> harness.Report:
    """A row for every subset of the parts, or for every set of attributes, on one data set."""
    if graph is not None:
        titles = {item.id: item.title for item in data.catalog}
        read = read_triples(graph, KnownItems(data.catalog.ids), titles, {})
        data = replace(data, catalog=with_triples(data.catalog, read.frame))
    if fields:
        return _of_fields(data, [name.split("+") for name in fields.split(",")])
    held = leave_last(data.events)
    measured = ablate(data.catalog, held, data.encoder, Training(), data.seed)
    rows = [_report(row, measured[0]) for row in measured]
    task = "what each part of the logit adds, leave-one-out by time"
    return data.report("ablation", task, {"version": 1, "n": len(held.targets), "rows": rows})


def _of_fields(data: harness.DataSet, dropped: Sequence[Sequence[str]]) -> harness.Report:
    split = split_cold(data.catalog, data.events, data.seed)
    held = leave_last(split.on_items.train)
    cold = Case("cold items", split.on_items, [""] * len(split.on_items.targets), split.cold)
    rows: dict[str, dict[str, Values]] = {}
    for names in [[], *dropped]:
        catalog = without_fields(data.catalog, names)
        scorer = TwoTowerScorer.fit(
            catalog, held.train, data.encoder, seed=data.seed, progress=harness.show
        )
        rows[f"without {'+'.join(names)}" if names else "all"] = {
            "ndcg@10": ndcg(rank_all(scorer.logits, held, catalog).ranks),
            "recall@10 of cold items": recall(ranks_of(scorer.logits, catalog, cold)),
        }
    figures = {
        name: {
            **{metric: asdict(estimate(values)) for metric, values in row.items()},
            "less all, paired": {
                metric: asdict(compare(values, rows["all"][metric]))
                for metric, values in row.items()
            },
        }
        for name, row in rows.items()
    }
    n = {"users": len(held.targets), "cold tests": len(cold.texts)}
    return data.report("fields", "what attributes add", {"version": 1, "n": n, "rows": figures})


def without_fields(catalog: Catalog, names: Sequence[str]) -> Catalog:
    """The catalogue whose items lack these attributes, or their `text`."""
    return Catalog.of(
        replace(
            item,
            text="" if "text" in names else item.text,
            attributes={k: v for k, v in item.attributes.items() if k not in names},
        )
        for item in catalog
    )


def ablate(
    catalog: Catalog, held: HeldOut, encoder: Encoder, settings: Training, seed: int
) -> list[PartsRow]:
    """One row per subset, all parts first, and one without order. Raises `InputError` if the log
    has too few users."""
    with tempfile.TemporaryDirectory() as name:  # both trainings share their first half
        folder = Path(name)
        scorer = TwoTowerScorer.fit(
            catalog, held.train, encoder,
            seed=seed, progress=harness.show, settings=settings, checkpoints=folder,
        )  # fmt: skip
        chosen = _choice(catalog, held.train, encoder, settings, seed, folder)
    if chosen.side is None:
        raise InputError(
            f"the log holds too few users to fit weights on; it takes {FEW_USERS} with three "
            "training events each"
        )
    grades = {"low_rating": chosen.mix.low_rating, "browsed": chosen.mix.browsed}
    before = replace(chosen.mix, low_rating=1.0, browsed=1.0)  # as in the fit
    rows = []
    for name, used in subsets():
        mix = fit_mix(chosen.side, chosen.held, before, used)
        mix = replace(mix, **grades)
        mixed = scorer.rebound(catalog, replace(scorer.weights, mix=mix))
        ranks = rank_all(mixed.logits, held, catalog).ranks
        weights = {part: getattr(mix, part) for part in used}
        rows.append(PartsRow(name, weights, ranks))
    random = np.random.default_rng(seed)
    mixed_up = [[own[at] for at in random.permutation(len(own))] for own in held.histories]
    ranks = rank_all(scorer.logits, replace(held, histories=mixed_up), catalog).ranks
    return [*rows, PartsRow("without order", rows[0].weights, ranks)]


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
    text, _ = item_vectors(trained, encoder)
    data = FitData(histories, text, settings, seed)
    return choose(data, FitObservers(checkpoints=Checkpoints(folder, data.fingerprint())))


def _report(row: PartsRow, whole: PartsRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "weights": {part: round(weight, 4) for part, weight in row.weights.items()},
        **harness.accuracy(row.ranks),
        "ndcg@10 less all, paired": asdict(estimate(ndcg(row.ranks) - ndcg(whole.ranks))),
    }


if __name__ == "__main__":
    harness.run(measure)
