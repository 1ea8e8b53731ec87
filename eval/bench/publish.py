"""What a publish costs the requests under way: latency of shortlists while scorer versions, and
then catalogues, come into service.

python -m shelftalker.eval.bench.publish --items 40000 --out publish.json

The catalogue, the log and the text vectors are made up. One thread asks for shortlists with a
message, one after the other. Another process publishes: copies of the scorer as new versions, then
one more item in the catalogue. A request counts as `during` from a publish until the new state is
in service.
"""

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.profile import Profile
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.harness import KINDS, LOOKS, SHOP
from shelftalker.eval.made_up import RandomVectors
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.workspace import Workspace

MESSAGES = ("a red lamp", "something soft, not a rug", "a folding tent under 40", "a vintage novel")
USERS, HISTORY = 400, 20
SECONDS_BETWEEN, LONGEST_BUILD = 2.0, 300.0


@dataclass
class Latency:
    """Milliseconds of each request, by whether a publish was not yet in service."""

    outside: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, dict[str, float]]:
        """n, p50, p99 and max of both, and what a publish adds."""
        outside, during = (
            {
                "n": len(values),
                **harness.quantiles(values, {"p50": 0.5, "p99": 0.99, "max": 1}, digits=2),
            }
            for values in (self.outside, self.during)
        )
        added = {name: round(during[name] - outside[name], 2) for name in ("p50", "p99", "max")}
        return {"outside": outside, "during": during, "added": added}


def measure(
    items: int = 40_000,
    publishes: Annotated[int, typer.Option(help="of a scorer version")] = 5,
    seed: int = 0,
) -> harness.Report:
    """Latency outside and during publishes, of a scorer and of a catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "ws", items, seed)
        scorers, catalogs = latencies(Path(folder) / "ws", publishes)
    figures: dict[str, Any] = {
        "version": 1,
        "items": items,
        "publishes": publishes,
        "publisher": "process",
        "scorer": scorers.figures(),
        "catalog": catalogs.figures(),
    }
    task = "shortlists with a message while scorers and catalogues are published, ms"
    facts = {"data": "made-up items, log and text vectors", "seed": seed}
    return harness.Report("publish", task, figures, facts)


def build(path: Path, items: int, seed: int) -> None:
    """A workspace of made-up items with distinct titles, and a scorer trained for two epochs."""
    rng = np.random.default_rng(seed)
    names = ["".join(rng.choice(list("abdeilmnorstu"), 6)).title() for _ in range(items // 20)]

    def item(n: int) -> Item:
        look, kind = LOOKS[n % len(LOOKS)], KINDS[n // 9 % len(KINDS)]
        maker = names[int(rng.integers(len(names)))]
        facts: dict[str, Value] = {
            "kind": kind, "look": look, "maker": maker, "year": 1980 + n % 45,
        }  # fmt: skip
        return Item(str(n), f"{maker} {look} {kind} {n}", "", facts, price=5.0 + n % 90)

    harness.make_shop(path, map(item, range(items)), USERS, HISTORY, seed)
    with Workspace.open(path) as workspace:
        events, catalog = workspace.events.all(SHOP), workspace.catalog(SHOP)
        settings = Training(epochs=2)
        scorer = TwoTowerScorer.fit(catalog, events, RandomVectors(), seed=seed, settings=settings)
        with workspace.new_version(SHOP, "scorer") as version:
            scorer.save(version.folder)
        workspace.set_current(SHOP, scorer="v1")


def latencies(path: Path, publishes: int) -> tuple[Latency, Latency]:
    """Latency around publishes of a scorer, and around changes of the catalogue."""
    with Workspace.open(path) as workspace:
        domains = DomainStore(workspace, RandomVectors())

        def ask(n: int) -> tuple[float, Domain]:
            """Milliseconds of the n-th request, and the domain that answered it."""
            start = time.perf_counter()
            domain, user = domains.get(SHOP), f"u{n % USERS}"
            profile = Profile.of(user, workspace.events.of_user(SHOP, user))
            domain.shortlist(profile, domain.reader.request(MESSAGES[n % len(MESSAGES)]), 20)
            return 1000 * (time.perf_counter() - start), domain

        for n in range(20):
            ask(n)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, spawn) as publisher:
            publisher.submit(_started).result()
            scorers = _watched(ask, lambda: publisher.submit(publish_scorer, path), publishes)
            return scorers, _watched(ask, lambda: publisher.submit(publish_item, path), 1)


def publish_scorer(path: Path) -> None:
    """Put a copy of the first scorer into service as a new version."""
    with Workspace.open(path) as workspace:
        first = workspace.domain_path(SHOP) / "scorer" / "v1"
        with workspace.new_version(SHOP, "scorer") as version:
            shutil.copytree(first, version.folder, dirs_exist_ok=True)
        workspace.set_current(SHOP, scorer=version.name)


def publish_item(path: Path) -> None:
    """Add one item to the catalogue."""
    with Workspace.open(path) as workspace:
        more = Catalog.of([Item(f"added-{time.time_ns()}", "One more red lamp")])
        workspace.write_catalog(SHOP, workspace.catalog(SHOP).upserted(more))


def _started() -> None:
    """Makes the publisher import what it needs, before anything is timed."""


def _watched(
    ask: Callable[[int], tuple[float, Domain]], publish: Callable[[], Future[None]], count: int
) -> Latency:
    """Ask without a pause while `publish` is called so many times."""
    latency, n = Latency(), 0
    _, before = ask(n)
    for _ in range(count):
        until = time.monotonic() + SECONDS_BETWEEN
        while time.monotonic() < until:
            taken, before = ask(n := n + 1)
            latency.outside.append(taken)
        published = publish()
        until = time.monotonic() + LONGEST_BUILD
        now = before
        while now.scorer_version == before.scorer_version and now.catalog is before.catalog:
            taken, now = ask(n := n + 1)
            latency.during.append(taken)
            if time.monotonic() > until:
                raise EvaluationError(f"nothing new came into service in {LONGEST_BUILD:g} s")
        published.result()
    return latency


if __name__ == "__main__":
    harness.run(measure)
