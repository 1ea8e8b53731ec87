"""Online learning: a log replayed in time order, each event ranked before it is learned from
(prequential evaluation).

python -m shelftalker.eval.bench.online --data ../shared/data/movies-ml-latest-small \
    --out online.json --plot online.svg

Three scorers over the same events: the first one, frozen; the latest version published by the
online learner; and one refitted on all events at intervals ("nightly"). `--start` and `--end` cut
the log by share of events, so that rates can be chosen on an earlier stretch than the reported one.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shelftalker.data.events import Event
from shelftalker.eval.bench.options import script_parser, write
from shelftalker.eval.datasets import read_data
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.result import command, commit
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.online import OnlineLearner, OnlineSettings
from shelftalker.scorer.progressive import first_takes, ndcg
from shelftalker.scorer.two_tower import TwoTowerScorer

BATCH, PUBLISH_AFTER = 256, 500


def main() -> None:
    """Print the mean NDCG@10 of each scorer, and of online and nightly less frozen."""
    options = _options()
    catalog, events = read_data(options.data)
    events = sorted(events, key=lambda event: event.time)[: int(options.end * len(events))]
    cut = int(options.start / options.end * len(events))
    encoder = open_encoder(cache=options.cache)
    settings = OnlineSettings(lr=options.lr, item_rate=options.item_rate)

    def fit(known: Sequence[Event]) -> TwoTowerScorer:
        start = time.perf_counter()
        scorer = TwoTowerScorer.fit(catalog, known, encoder, seed=options.seed)
        print(f"  fitted on {len(known)} events, {time.perf_counter() - start:.0f} s", flush=True)
        return scorer

    replay = _Replay(fit(events[:cut]), events[:cut], settings)
    every = max(BATCH, (len(events) - cut) // (options.nights + 1))
    since = 0
    for start in range(cut, len(events), BATCH):
        batch = events[start : start + BATCH]
        replay.advance(batch)
        since += len(batch)
        if since >= every and options.nights:
            replay.nightly, since = fit(events[: start + BATCH]), 0
    _write(replay, options, len(events) - cut)


class _Replay:
    """The three scorers, and the NDCG@10 of each target so far."""

    def __init__(
        self, scorer: TwoTowerScorer, past: Sequence[Event], settings: OnlineSettings
    ) -> None:
        self.frozen = self.nightly = scorer
        self.learner = OnlineLearner(scorer, past, settings=settings)
        self.histories: dict[str, list[Event]] = {}
        self.ndcg: dict[str, list[Floats]] = {"frozen": [], "online": [], "nightly": []}
        self.published = self.taken_back = self.since = 0
        self.seconds = 0.0
        self._remember(past)

    def advance(self, events: Sequence[Event]) -> None:
        """Rank a batch with every scorer, then let the learner learn from it."""
        histories, targets = first_takes(events, self.histories, self.frozen.catalog)
        scorers = {"frozen": self.frozen, "online": self.learner.serving, "nightly": self.nightly}
        for name, scorer in scorers.items():
            if len(targets):
                self.ndcg[name].append(ndcg(scorer.side, scorer.weights, histories, targets))
        start = time.perf_counter()
        self.learner.learn(events)
        self._publish_or_revert(len(events))
        self.seconds += time.perf_counter() - start
        self._remember(events)

    def _publish_or_revert(self, events: int) -> None:
        learner = self.learner
        self.since += events
        if learner.before is not None and learner.served_was_worse():
            learner.take(learner.before)
            self.taken_back += 1
        elif learner.gone_astray():
            learner.take(learner.serving, learner.before)
        elif self.since >= PUBLISH_AFTER and learner.better():
            learner.take(learner.scorer(), learner.serving)
            self.published, self.since = self.published + 1, 0

    def _remember(self, events: Sequence[Event]) -> None:
        for event in events:
            self.histories.setdefault(event.user, []).append(event)


def _write(replay: _Replay, options: argparse.Namespace, events: int) -> None:
    values = {name: np.concatenate(parts).astype(float) for name, parts in replay.ndcg.items()}
    report = {
        "task": "replay in time, NDCG@10 of each first positive event, version 1",
        "data": options.data.name,
        "replayed": [options.start, options.end],
        "events": events,
        "targets": len(values["frozen"]),
        "nights": options.nights,
        "lr": options.lr,
        "item_rate": options.item_rate,
        "seed": options.seed,
        "commit": commit(),
        "command": command(),
        "published": replay.published,
        "taken_back": replay.taken_back,
        "learning_ms_per_event": round(1000 * replay.seconds / events, 2),
        "ndcg@10": {name: str(estimate(own)) for name, own in values.items()},
        "less frozen, paired": {
            name: str(estimate(values[name] - values["frozen"])) for name in ("online", "nightly")
        },
    }
    print(json.dumps(report, indent=2))
    if options.out:
        write(report, options.out)
    if options.plot:
        _plot({name: _cumulative(own) for name, own in values.items()}, options.plot)


def _cumulative(values: Floats) -> Floats:
    mean: Floats = np.cumsum(values) / np.arange(1, len(values) + 1)
    return mean


def _plot(curves: dict[str, Floats], file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name, curve in curves.items():
        places = 200 + thinned(curve[200:])
        axes.plot(places, curve[places], label=name)
    axes.set(xlabel="events replayed (first positive ones)", ylabel="cumulative NDCG@10")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file)


def thinned(curve: Floats, most: int = 400) -> npt.NDArray[np.intp]:
    """Indices of at most `most` points that look like the whole curve: its ends, and the minimum
    and maximum of many short stretches, so that no peak is lost."""
    if len(curve) <= most:
        return np.arange(len(curve))
    places = {0, len(curve) - 1}
    for stretch in np.array_split(np.arange(len(curve)), most // 2 - 1):
        places |= {int(stretch[curve[stretch].argmin()]), int(stretch[curve[stretch].argmax()])}
    return np.array(sorted(places))


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with one of the sets")
    parser.add_argument("--cache", type=Path, help="where to keep text embeddings")
    parser.add_argument("--start", type=float, default=0.7, help="share of events fitted on first")
    parser.add_argument("--end", type=float, default=1.0, help="share of events replayed up to")
    parser.add_argument("--nights", type=int, default=3, help="number of nightly refits")
    parser.add_argument("--lr", type=float, default=OnlineSettings.lr)
    parser.add_argument("--item-rate", type=float, default=OnlineSettings.item_rate)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the figures into this file")
    parser.add_argument("--plot", type=Path, help="draw the cumulative curves, .svg or .png")
    return parser.parse_args()


if __name__ == "__main__":
    main()
