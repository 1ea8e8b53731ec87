"""How well items could be ranked that were never trained on: the tests on cold items of
`cold_start`, for a model that has trained on all other events of these items.

python -m shelftalker.eval.bench.cold_ceiling --data ../shared/data/ecom-amazon-office

EASE, the likeness of texts and popularity are added up, with the ridge and the weights that are
best on the test itself. A model of these parts that never saw the items' events can hardly rank
better. Text similarity, which needs no event of these items, is tuned in the same way.
"""

import itertools
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.cold_start import ColdStartSplit, split_cold
from shelftalker.eval.metrics.ranking import Ranks, recall, target_ranks
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.splits import by_user
from shelftalker.scorer.base import Floats
from shelftalker.scorer.history import read
from shelftalker.scorer.item_item import ease, incidence
from shelftalker.scorer.parts import LOG_SCALE, centre

RIDGES, DECAYS = (100.0, 300.0), (1.0, 3.0, 10.0, 1e9)
CONTENT, POPULARITY = (0.5, 1.0, 2.0, 4.0), (0.0, 0.1, 0.3)  # weights beside item-to-item


def measure(data: harness.DataSet) -> harness.Report:
    """Recall@10 among the cold items, of text similarity and of the ceiling."""
    split = split_cold(data.catalog, data.events, data.seed)
    texts = data.encoder.encode([item.embedding_text() for item in data.catalog], harness.show)
    place = {row: at for at, row in enumerate(split.cold)}
    targets = np.array([place[data.catalog.row(own[0].item)] for own in split.on_items.targets])
    ways = {
        "text similarity": text_scores(data.catalog, split, texts),
        "trained on the cold items too": ceiling_scores(data.catalog, split, data.events, texts),
    }
    rows = {}
    for name, every in ways.items():
        best = max((_recall(scores, targets) for scores in every), key=np.mean)
        rows[f"recall@10 {name}"] = asdict(estimate(best))
    figures = {"version": 1, "n": len(targets), "cold_items": len(split.cold), "rows": rows}
    return data.report("ceiling", "what can be known of cold items", figures)


def text_scores(catalog: Catalog, split: ColdStartSplit, texts: Floats) -> Iterator[Floats]:
    """Likeness to the history's texts, float32 [tests, cold items], by recency."""
    rows = [read(history, catalog).rows for history in split.on_items.histories]
    for decay in DECAYS:
        yield (incidence(rows, len(catalog), decay) @ texts) @ texts[split.cold].T


def ceiling_scores(
    catalog: Catalog, split: ColdStartSplit, events: list[Event], texts: Floats
) -> Iterator[Floats]:
    """Scores float32 [tests, cold items] of a model that knows all events but the tested ones."""
    tested = {own[0] for own in split.on_items.targets}
    users = by_user([event for event in events if event not in tested])
    known = [read(own, catalog).rows for own in users.values()]
    popular = np.log1p(np.bincount(np.concatenate(known), minlength=len(catalog)))[split.cold]
    centred = centre(texts, texts.mean(0))
    rows = [read(history, catalog).rows for history in split.on_items.histories]
    taste = incidence(rows, len(catalog), DECAYS[1])
    content = (taste @ centred) / taste.sum(1) @ centred[split.cold].T
    for ridge in RIDGES:
        sums = incidence(rows, len(catalog), DECAYS[2]) @ ease(known, len(catalog), ridge)
        cold = sums[:, split.cold].toarray()
        related = np.sign(cold) * np.log1p(np.abs(cold) / LOG_SCALE)
        for like, taken in itertools.product(CONTENT, POPULARITY):
            yield np.asarray(related + like * content + taken * popular, np.float32)


def _recall(scores: Floats, targets: npt.NDArray[np.int64]) -> Ranks:
    return recall(target_ranks(scores, targets))


if __name__ == "__main__":
    harness.run(harness.on_data_sets(measure))
