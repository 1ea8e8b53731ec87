"""Online learning: a log replayed in time order, each event ranked before it is learned from
(prequential evaluation).

python -m shelftalker.eval.bench.online --data ../shared/data/movies-ml-latest-small

Three scorers over the same events: the first one, frozen; the latest version published by the
online learner; and one refitted on all events at intervals ("nightly"). `--start` and `--end` cut
the log by share of events, so that rates can be chosen on an earlier stretch than the reported one.
"""

import time
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import typer

from shelftalker.data.events import Event
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.scorer.base import Floats
from shelftalker.scorer.online import OnlineLearner, OnlineSettings
from shelftalker.scorer.progressive import first_takes, ndcg
from shelftalker.scorer.two_tower import TwoTowerScorer

BATCH, PUBLISH_AFTER = 256, 500
TASK = "replay in time, NDCG@10 of each first positive event"


def measure(
    data: harness.DataSet,
    start: Annotated[float, typer.Option(help="share of events fitted on first")] = 0.7,
    end: Annotated[float, typer.Option(help="share of events replayed up to")] = 1.0,
    nights: Annotated[int, typer.Option(help="number of nightly refits")] = 3,
    lr: float = OnlineSettings.lr,
    item_rate: float = OnlineSettings.item_rate,
) -> harness.Report:
    """The mean NDCG@10 of each scorer, and of online and nightly less frozen."""
    events = sorted(data.events, key=lambda event: event.time)[: int(end * len(data.events))]
    cut = int(start / end * len(events))

    def fit(known: Sequence[Event]) -> TwoTowerScorer:
        harness.show(len(known), len(events), "events are known to the next fit")
        return TwoTowerScorer.fit(data.catalog, known, data.encoder, seed=data.seed)

    replay = _Replay(fit(events[:cut]), events[:cut], OnlineSettings(lr=lr, item_rate=item_rate))
    every = max(BATCH, (len(events) - cut) // (nights + 1))
    since = 0
    for at in range(cut, len(events), BATCH):
        batch = events[at : at + BATCH]
        replay.advance(batch)
        since += len(batch)
        if since >= every and nights:
            replay.nightly, since = fit(events[: at + BATCH]), 0
    values = {name: np.concatenate(parts).astype(float) for name, parts in replay.ndcg.items()}
    gains = {name: values[name] - values["frozen"] for name in ("online", "nightly")}
    figures = {
        "replayed": [start, end],
        "events": len(events) - cut,
        "targets": len(values["frozen"]),
        "nights": nights,
        "lr": lr,
        "item_rate": item_rate,
        "published": replay.published,
        "taken_back": replay.taken_back,
        "learning_ms_per_event": round(replay.milliseconds / (len(events) - cut), 2),
        "ndcg@10": {name: str(estimate(own)) for name, own in values.items()},
        "less frozen, paired": {name: str(estimate(own)) for name, own in gains.items()},
    }
    return data.report("online", f"{TASK}, version 1", figures)


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
        self.milliseconds = 0.0
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
        self.milliseconds += 1000 * (time.perf_counter() - start)
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


if __name__ == "__main__":
    harness.run(harness.on_data_sets(measure))
