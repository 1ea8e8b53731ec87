"""The scorer against its peers: next-item ranking, leave-one-out by time, full catalogue.

python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --out eval/results
python -m shelftalker.eval.bench.scorer --data ../shared/data/movies-ml100k --peers ease,ials

Every scorer gets the same training events and the same metric code. `--keep FOLDER` stores each
peer's ranks, so that an interrupted run can resume; our scorer is always refitted.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.baselines import PEERS, load
from shelftalker.eval.bench.options import dataset_parser, sets, show, stamp, write
from shelftalker.eval.leave_one_out import Score, Split, leave_one_out, rank_targets
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import Estimate, estimate
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer

TASK, VERSION = "next-item ranking, leave-one-out by time", 2
OURS = "shelftalker"


@dataclass(frozen=True)
class ScorerRow:
    """One scorer on one split."""

    name: str
    ranks: Ranks
    fit_seconds: float

    def report(self) -> dict[str, Any]:
        """As in the results file."""
        return {
            "ndcg@10": asdict(estimate(ndcg(self.ranks))),
            "recall@10": asdict(estimate(recall(self.ranks))),
            "fit_seconds": round(self.fit_seconds, 1),
        }


def main() -> None:
    """Measure on each data set, print a table, write the results."""
    options = _options()
    encoder = open_encoder(cache=options.cache)
    for name, catalog, events in sets(options):
        split = leave_one_out(events)
        print(f"{name}: {len(split.targets)} users, {len(catalog)} items, {len(events)} events")
        encoder.encode([item.embedding_text() for item in catalog], show)
        rows = compare(catalog, split, encoder, options)
        report = _report(name, rows, split, encoder, options)
        print(_table(rows, report), flush=True)
        if options.out:
            write(report, options.out / f"ranking-{name}.json")


def compare(
    catalog: Catalog, split: Split, encoder: Encoder, options: argparse.Namespace
) -> list[ScorerRow]:
    """The peers of `--peers`, then our scorer, on one split."""
    rows = []
    for name in options.peers:
        kept = options.keep and options.keep / f"{catalog.ids[0]}-{len(split.train)}-{name}.npz"
        if kept and kept.is_file():
            stored = np.load(kept)
            row = ScorerRow(name, stored["ranks"], float(stored["seconds"]))
        else:
            fit = partial(load(name), encoder=encoder) if name == "text" else load(name)  # type: ignore[call-arg]
            row = _measure(name, fit, catalog, split, options.seed)
            if kept:
                np.savez(kept, ranks=row.ranks, seconds=row.fit_seconds)
        rows.append(row)
    return [*rows, _measure(OURS, partial(ours, encoder=encoder), catalog, split, options.seed)]


def ours(
    catalog: Catalog,
    train: Sequence[Event],
    seed: int = 0,
    progress: Any = None,
    *,
    encoder: Encoder,
) -> Score:
    """Our scorer, with the signature of the peers."""
    return TwoTowerScorer.fit(catalog, train, encoder, seed=seed, progress=progress).logits


def best_peer(rows: Sequence[ScorerRow]) -> ScorerRow:
    """The peer with the highest NDCG@10."""
    return max((row for row in rows if row.name != OURS), key=lambda row: ndcg(row.ranks).mean())


def gain(rows: Sequence[ScorerRow]) -> Estimate:
    """NDCG@10 of ours less that of the best peer, paired over users."""
    own = next(row for row in rows if row.name == OURS)
    return estimate(ndcg(own.ranks) - ndcg(best_peer(rows).ranks))


def _measure(name: str, fit: Any, catalog: Catalog, split: Split, seed: int) -> ScorerRow:
    start = time.perf_counter()
    score = fit(catalog, split.train, seed=seed, progress=show)
    seconds = time.perf_counter() - start
    return ScorerRow(name, rank_targets(score, split, catalog), seconds)


def _report(
    data: str,
    rows: Sequence[ScorerRow],
    split: Split,
    encoder: SentenceEncoder,
    options: argparse.Namespace,
) -> dict[str, Any]:
    report: dict[str, Any] = {
        "task": TASK,
        "version": VERSION,
        "n": len(split.targets),
        **stamp(options, data, encoder),
        "rows": {row.name: row.report() for row in rows},
    }
    if len(rows) > 1:
        best, own = best_peer(rows), rows[-1]
        report["best_peer"] = best.name
        report["ratio_to_best_peer"] = float(ndcg(own.ranks).mean() / ndcg(best.ranks).mean())
        report["gain_over_best_peer"] = asdict(gain(rows))
    return report


def _table(rows: Sequence[ScorerRow], report: dict[str, Any]) -> str:
    lines = [
        f"{row.name:18} NDCG@10 {estimate(ndcg(row.ranks))}  "
        f"Recall@10 {estimate(recall(row.ranks))}  fit {row.fit_seconds:.0f} s"
        for row in rows
    ]
    if "best_peer" in report:
        lines.append(
            f"{OURS} is {report['ratio_to_best_peer']:.3f} x {report['best_peer']}, paired gain "
            f"{Estimate(**report['gain_over_best_peer'])}"
        )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = dataset_parser(__doc__, "ranking-SET.json")
    parser.add_argument(
        "--peers",
        default=list(PEERS),
        type=lambda names: [name for name in names.split(",") if name],
        help=f"which, by comma (all: {','.join(PEERS)}; none: '')",
    )
    parser.add_argument("--keep", type=Path, help="folder for the peers' ranks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
