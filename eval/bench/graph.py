"""What a knowledge graph adds: Wikidata's people (CC0) as triples on the films of MovieLens-100K.

python -m shelftalker.eval.bench.graph --out eval/results

The demo's films without their people, and the same with triples (film, director, name) and so on.
Cold items and cold users are drawn as in `cold_start.py`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from shelftalker.commands.demo_workspace import demo_catalog, demo_events
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.files import TRIPLES, with_triples
from shelftalker.data.values import texts_of
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.cold_start import cases, ranks_in, split_cold
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import compare, estimate
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer

RELATIONS = ("director", "writer", "cast")
CASES = ("cold items", "5 events")
Cache = Annotated[Path | None, typer.Option(help="where to keep text embeddings")]


def measure(cache: Cache = None, seed: int = 0, epochs: int = 12) -> harness.Report:
    """Recall@10 of cold items and NDCG@10 of cold users, with the triples less without."""
    whole, _ = demo_catalog()
    bare = Catalog.of(map(_without_people, whole))
    graph = with_triples(bare, people_of(whole))
    events = [Event(*row) for row in demo_events().iter_rows()]
    split = split_cold(bare, events, seed)
    values: dict[str, dict[str, Ranks]] = {"without": {}, "with": {}}
    for name, catalog in (("without", bare), ("with", graph)):
        scorer = TwoTowerScorer.fit(
            catalog, split.on_items.train, open_encoder(cache=cache), seed=seed,
            progress=harness.show, settings=Training(epochs=epochs),
        )  # fmt: skip
        for case in (one for one in cases(bare, split) if one.name in CASES):
            ranks = ranks_in(scorer.logits, catalog, case)
            values[name][f"{case.name} recall@10"] = recall(ranks)
            values[name][f"{case.name} ndcg@10"] = ndcg(ranks)
    rows = {
        figure: {
            **{name: asdict(estimate(own[figure])) for name, own in values.items()},
            "with less without, paired": asdict(compare(own, values["without"][figure])),
        }
        for figure, own in values["with"].items()
    }
    figures = {"version": 1, "triples": len(people_of(whole)), "epochs": epochs, "rows": rows}
    facts = {"data": "movies-ml100k with Wikidata", "split": "cold", "seed": seed}
    return harness.Report("graph", "people of films as triples", figures, facts)


def people_of(catalog: Catalog) -> pl.DataFrame:
    """The triples of the films' people, columns item, relation, entity."""
    rows = [
        (item.id, relation, name)
        for item in catalog
        for relation in RELATIONS
        if relation in item.attributes
        for name in texts_of(item.attributes[relation])
    ]
    return pl.DataFrame(rows, schema=TRIPLES, orient="row")


def _without_people(item: Item) -> Item:
    kept = {name: value for name, value in item.attributes.items() if name not in RELATIONS}
    return Item(item.id, item.title, item.text, kept)


if __name__ == "__main__":
    harness.run(measure)
