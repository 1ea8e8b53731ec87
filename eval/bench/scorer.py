"""The scorer against its peers: next-item ranking, leave-one-out by time, full catalogue.

python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --out eval/results
python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --peers ease,ials

Every scorer gets the same training events and the same metric code.
"""

import time
from dataclasses import asdict
from typing import Annotated, Any

import typer

from shelftalker.eval.baselines import PEERS, load
from shelftalker.eval.bench import harness
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.metrics.ranking import Ranks, ndcg
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.splits import leave_last
from shelftalker.scorer.two_tower import TwoTowerScorer

OURS = "shelftalker"


def measure(
    data: harness.DataSet,
    peers: Annotated[str, typer.Option(help="which, by comma; none: ''")] = ",".join(PEERS),
) -> harness.Report:
    """The peers, then our scorer, on one data set."""
    held, encoder = leave_last(data.events), data.encoder
    print(f"{data.name}: {len(held.targets)} users, {len(data.catalog)} items")
    encoder.encode([item.embedding_text() for item in data.catalog], harness.show)
    fits = {name: load(name, encoder) for name in filter(None, peers.split(","))}
    fits[OURS] = lambda catalog, train, **options: (
        TwoTowerScorer.fit(catalog, train, encoder, **options).logits
    )
    ranks: dict[str, Ranks] = {}
    rows: dict[str, Any] = {}
    for name, fit in fits.items():
        start = time.perf_counter()
        score = fit(data.catalog, held.train, seed=data.seed, progress=harness.show)
        seconds = time.perf_counter() - start
        ranks[name] = rank_all(score, held, data.catalog).ranks
        rows[name] = {**harness.accuracy(ranks[name]), "fit_seconds": round(seconds, 1)}
    figures = {"version": 2, "n": len(held.targets), "rows": rows, **_gain(ranks)}
    return data.report("ranking", "next-item ranking, leave-one-out by time", figures)


def _gain(ranks: dict[str, Ranks]) -> dict[str, Any]:
    """NDCG@10 of ours against the best peer's, paired over users; empty without peers."""
    values = {name: ndcg(own) for name, own in ranks.items()}
    own = values.pop(OURS)
    if not values:
        return {}
    best = max(values, key=lambda name: values[name].mean())
    return {
        "best_peer": best,
        "ratio_to_best_peer": float(own.mean() / values[best].mean()),
        "gain_over_best_peer": asdict(estimate(own - values[best])),
    }


if __name__ == "__main__":
    harness.run(measure)
