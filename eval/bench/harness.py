"""What every benchmark shares: command line, result file, timing, data sets, a made-up shop.

A benchmark is a function: its parameters are the options, its `Report` is the result. `run` makes
it a command that prints the result as JSON with its provenance, and writes it where asked.
"""

import asyncio
import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.events import Event
from shelftalker.errors import ShelftalkerError
from shelftalker.eval.datasets import read_data
from shelftalker.eval.made_up import RandomVectors
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.result import provenance
from shelftalker.eval.splits import leave_last
from shelftalker.recommender import Recommender
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

KINDS = ("lamp", "kettle", "rug", "novel", "guitar", "tent", "jacket", "drill", "puzzle", "scarf")
LOOKS = ("red", "walnut", "tiny", "folding", "vintage", "silent", "striped", "heavy", "soft")
SHOP = "goods"
"""The domain of the made-up shop."""

Out = Annotated[
    Path | None, typer.Option(help="write the result into this folder, or this .json file")
]


@dataclass(frozen=True)
class Report:
    """One result. `name`: of its file; `facts`: fields of `Provenance`."""

    name: str
    task: str
    figures: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSet:
    """One public data set, as `--data` names it. `split`: "test", or "validation", where each
    user's last event is left out, so that the validation event is the test."""

    name: str
    catalog: Catalog
    events: list[Event]
    encoder: SentenceEncoder
    seed: int
    split: str

    def report(self, name: str, task: str, figures: Mapping[str, Any]) -> Report:
        """A report on this set, in a file `<name>-<set>.json`."""
        facts = {"data": self.name, "split": self.split, "seed": self.seed}
        measured = {"encoder": self.encoder.name, **figures}
        return Report(f"{name}-{self.name}", task, measured, facts)


def data_sets(
    data: Annotated[list[Path], typer.Option(help="data set folders")],
    cache: Annotated[Path | None, typer.Option(help="where to keep text embeddings")] = None,
    seed: int = 0,
    validation: Annotated[bool, typer.Option("--validation", help="not the test")] = False,
) -> Iterator[DataSet]:
    """The data sets of a benchmark, by its options."""
    encoder, split = open_encoder(cache=cache), "validation" if validation else "test"
    for folder in data:
        catalog, events = read_data(folder)
        events = leave_last(events).train if validation else events
        yield DataSet(folder.name, catalog, events, encoder, seed, split)


def accuracy(ranks: Ranks) -> dict[str, dict[str, float]]:
    """NDCG@10 and recall@10 with intervals, for a report."""
    figures = {"ndcg@10": ndcg(ranks), "recall@10": recall(ranks)}
    return {name: asdict(estimate(values)) for name, values in figures.items()}


def run(measure: Callable[..., Any]) -> None:
    """Run a benchmark as a command. It returns a report, or is a coroutine. One that begins with a
    `DataSet` has the options of `data_sets`, and runs for each."""
    own = list(inspect.signature(measure, eval_str=True).parameters.values())
    shared = list(inspect.signature(data_sets, eval_str=True).parameters.values())
    shared = shared if own[0].annotation is DataSet else []

    def command(out: Path | None, **options: Any) -> None:
        begun = time.perf_counter()
        chosen = {one.name: options.pop(one.name) for one in shared}
        try:
            for given in ([data] for data in data_sets(**chosen)) if shared else [[]]:
                measured = measure(*given, **options)
                report = asyncio.run(measured) if inspect.iscoroutine(measured) else measured
                publish(report, time.perf_counter() - begun, out)
        except ShelftalkerError as error:
            raise SystemExit(f"shelftalker: {error}") from None

    place = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Out)
    parameters = [*shared, *own[bool(shared) :], place]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(help=measure.__globals__["__doc__"])(command)
    app(prog_name=Path(sys.argv[0]).name)


def publish(report: Report, seconds: float, out: Path | None) -> None:
    """Print a report, and write it into `out`, or into `<out>/<name>.json` if that is a folder."""
    made = provenance({"data": "made up", "split": "none", "seed": 0, **report.facts}, seconds)
    stamp = made.model_dump(include={"data", "split", "seed", "commit", "command"})
    whole = {"task": report.task, **stamp, **report.figures, "provenance": made.model_dump()}
    print(json.dumps(whole, indent=2, ensure_ascii=False), flush=True)
    if out:
        file = out if out.suffix == ".json" else out / f"{report.name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, (json.dumps(whole, indent=2) + "\n").encode())


def show(done: int, total: int, line: str) -> None:
    """One line of progress."""
    print(f"  {done}/{total} {line}", flush=True)


def milliseconds(work: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def quantiles(
    values: Sequence[float], wanted: Mapping[str, float], digits: int = 3
) -> dict[str, float]:
    """Named quantiles, such as `{"median": 0.5}`, rounded; empty without values."""
    taken = np.quantile(values, list(wanted.values())).tolist() if len(values) else []
    return {name: round(value, digits) for name, value in zip(wanted, taken, strict=False)}


def make_shop(path: Path, items: int, users: int = 200, history: int = 20, seed: int = 0) -> None:
    """Make a workspace of made-up items with distinct titles, a log of `history` likes per user on
    items of Zipf popularity, and a scorer trained for two epochs. Open it with `open_shop`."""
    rng = np.random.default_rng(seed)
    names = ["".join(rng.choice(list("abdeilmnorstu"), 6)).title() for _ in range(1 + items // 20)]

    def item(n: int) -> Item:
        look, kind = LOOKS[n % len(LOOKS)], KINDS[n // 9 % len(KINDS)]
        maker = names[int(rng.integers(len(names)))]
        facts: dict[str, Value] = {
            "kind": kind, "look": look, "maker": maker, "year": 1980 + n % 45,
        }  # fmt: skip
        return Item(str(n), f"{maker} {look} {kind} {n}", "", facts, price=5.0 + n % 90)

    with Workspace.create(path, default_domain=SHOP) as workspace:
        workspace.add_domain(SHOP)
        catalog = Catalog.of(map(item, range(items)))
        workspace.write_catalog(SHOP, catalog)
        rows = np.minimum(np.random.default_rng(seed).zipf(1.2, (users, history)), items) - 1
        events = [
            Event(f"u{user}", catalog.ids[row], "like", time=float(step))
            for user, own in enumerate(rows)
            for step, row in enumerate(own)
        ]
        workspace.events.extend(SHOP, events)
        settings = Training(epochs=2)
        scorer = TwoTowerScorer.fit(catalog, events, RandomVectors(), seed=seed, settings=settings)
        with workspace.new_version(SHOP, "scorer") as version:
            scorer.save(version.folder)
        workspace.set_current(SHOP, scorer=version.name)


def open_shop(path: Path) -> Recommender:
    """A recommender of the made-up shop, without an LLM."""
    recommender = Recommender.open(path, engine="none")
    recommender._domains._encoder = RandomVectors()
    return recommender
