"""The scorer against its peers: next-item ranking, leave-one-out by time, full catalogue.

python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --out eval/results
python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --peers ease,ials

Every scorer gets the same training events and the same metric code. `--keep FOLDER` stores each
peer's ranks, so that an interrupted run can resume; our scorer is always refitted.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from shelftalker.data.catalog import Catalog
from shelftalker.eval.baselines import PEERS, Fit, load
from shelftalker.eval.bench import harness
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.metrics.ranking import Ranks, ndcg
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.splits import HeldOut, leave_last
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.two_tower import TwoTowerScorer

OURS = "shelftalker"


@dataclass(frozen=True)
class ScorerRow:
    """One scorer on one split."""

    name: str
    ranks: Ranks
    fit_seconds: float

    def report(self) -> dict[str, Any]:
        """As in the results file."""
        return {**harness.accuracy(self.ranks), "fit_seconds": round(self.fit_seconds, 1)}


def measure(
    data: harness.DataSet,
    peers: Annotated[str, typer.Option(help="which, by comma; none: ''")] = ",".join(PEERS),
    keep: Annotated[Path | None, typer.Option(help="folder for the peers' ranks")] = None,
) -> harness.Report:
    """The peers, then our scorer, on one data set."""
    held, encoder = leave_last(data.events), data.encoder
    print(f"{data.name}: {len(held.targets)} users, {len(data.catalog)} items")
    encoder.encode([item.embedding_text() for item in data.catalog], harness.show)
    fits = {name: load(name, encoder) for name in filter(None, peers.split(","))}
    rows = [_kept(name, fit, data, held, keep) for name, fit in fits.items()]
    rows.append(_measured(OURS, partial(ours, encoder=encoder), data, held))
    figures = {
        "version": 2,
        "n": len(held.targets),
        "rows": {row.name: row.report() for row in rows},
        **_gain(rows),
    }
    task = "next-item ranking, leave-one-out by time"
    return data.report("ranking", task, figures)


def ours(catalog: Catalog, train: Any, seed: int, progress: Any, *, encoder: Encoder) -> Any:
    """Our scorer, with the signature of the peers."""
    return TwoTowerScorer.fit(catalog, train, encoder, seed=seed, progress=progress).logits


def _kept(
    name: str, fit: Fit, data: harness.DataSet, held: HeldOut, keep: Path | None
) -> ScorerRow:
    """A peer's row, from an earlier run where there is one."""
    file = keep and keep / f"{data.catalog.ids[0]}-{len(held.train)}-{name}.npz"
    if file and file.is_file():
        stored = np.load(file)
        return ScorerRow(name, stored["ranks"], float(stored["seconds"]))
    row = _measured(name, fit, data, held)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, ranks=row.ranks, seconds=row.fit_seconds)
    return row


def _measured(name: str, fit: Fit, data: harness.DataSet, held: HeldOut) -> ScorerRow:
    start = time.perf_counter()
    score = fit(data.catalog, held.train, seed=data.seed, progress=harness.show)
    seconds = time.perf_counter() - start
    return ScorerRow(name, rank_all(score, held, data.catalog).ranks, seconds)


def _gain(rows: Sequence[ScorerRow]) -> dict[str, Any]:
    """NDCG@10 of ours against the best peer's, paired over users; empty without peers."""
    if len(rows) < 2:
        return {}
    own = ndcg(rows[-1].ranks)
    best = max(rows[:-1], key=lambda row: ndcg(row.ranks).mean())
    theirs = ndcg(best.ranks)
    return {
        "best_peer": best.name,
        "ratio_to_best_peer": float(own.mean() / theirs.mean()),
        "gain_over_best_peer": asdict(estimate(own - theirs)),
    }


if __name__ == "__main__":
    harness.run(harness.on_data_sets(measure))
