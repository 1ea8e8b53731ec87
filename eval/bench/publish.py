"""What a publish costs the requests under way: latency of shortlists while scorer versions, and
then catalogues, come into service.

python -m shelftalker.eval.bench.publish --items 40000 --out publish.json

The catalogue, the log and the text vectors are made up. One thread asks for shortlists with a
message, one after the other. Another process publishes: copies of the scorer as new versions, then
one more item in the catalogue. A request counts as `during` from a publish until the new state is
in service. `--in-process` publishes from a thread of the serving process instead.
"""

import argparse
import hashlib
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.data.progress import Progress
from shelftalker.errors import EvaluationError
from shelftalker.eval.bench.options import show, write
from shelftalker.eval.result import command, commit
from shelftalker.scorer.base import Floats
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.workspace import Workspace

KINDS = ("lamp", "kettle", "rug", "novel", "guitar", "tent", "jacket", "drill", "puzzle", "scarf")
LOOKS = ("red", "walnut", "tiny", "folding", "vintage", "silent", "striped", "heavy", "soft")
MESSAGES = ("a red lamp", "something soft, not a rug", "a folding tent under 40", "a vintage novel")
DOMAIN = "goods"
USERS, HISTORY = 400, 20
SECONDS_BETWEEN, LONGEST_BUILD = 2.0, 300.0


class HashEncoder:
    """Stands in for the text encoder: a random unit vector drawn from the hash of each text."""

    name, dim = "hash", 384

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        seeds = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
        vectors = np.array(
            [
                np.random.default_rng(int.from_bytes(seed)).standard_normal(self.dim, np.float32)
                for seed in seeds
            ]
        ).reshape(-1, self.dim)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@dataclass
class Latency:
    """Milliseconds of each request, by whether a publish was not yet in service."""

    outside: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, dict[str, float]]:
        """n, p50, p99 and max of both, and what a publish adds."""
        outside, during = _quantiles(self.outside), _quantiles(self.during)
        added = {name: round(during[name] - outside[name], 2) for name in ("p50", "p99", "max")}
        return {"outside": outside, "during": during, "added": added}


def main() -> None:
    """Print the figures and write them where asked."""
    options = _options()
    folder = tempfile.TemporaryDirectory() if options.workspace is None else None
    with folder or nullcontext(options.workspace) as place:
        path = Path(place) / "ws"
        if not path.exists():
            build(path, options.items, options.seed)
        scorers, catalogs = measure(path, options.publishes, options.in_process)
    report: dict[str, Any] = {
        "task": "shortlists with a message while scorers and catalogues are published, ms",
        "version": 1,
        "data": "made-up items, log and text vectors",
        "items": options.items,
        "publishes": options.publishes,
        "publisher": "thread" if options.in_process else "process",
        "seed": options.seed,
        "scorer": scorers.figures(),
        "catalog": catalogs.figures(),
        "commit": commit(),
        "command": command(),
    }
    print(json.dumps(report, indent=2))
    if options.out:
        write(report, options.out)


def build(path: Path, items: int, seed: int) -> None:
    """A workspace of made-up items with distinct titles, and a scorer trained for two epochs."""
    rng = np.random.default_rng(seed)
    names = ["".join(rng.choice(list("abdeilmnorstu"), 6)).title() for _ in range(items // 20)]

    def item(n: int) -> Item:
        look, kind = LOOKS[n % len(LOOKS)], KINDS[n // 9 % len(KINDS)]
        maker = names[int(rng.integers(len(names)))]
        year = 1980 + n % 45
        facts: dict[str, Value] = {"kind": kind, "look": look, "maker": maker, "year": year}
        return Item(str(n), f"{maker} {look} {kind} {n}", "", facts, price=5.0 + n % 90)

    with Workspace.create(path, default_domain=DOMAIN) as workspace:
        workspace.add_domain(DOMAIN)
        catalog = Catalog.of(map(item, range(items)))
        workspace.write_catalog(DOMAIN, catalog)
        drawn = np.minimum(rng.zipf(1.2, (USERS, HISTORY)), items) - 1
        events = [
            Event(f"u{user}", str(row), "like", time=float(step))
            for user, rows in enumerate(drawn)
            for step, row in enumerate(rows)
        ]
        workspace.events.extend(DOMAIN, events)
        settings = Training(epochs=2)
        scorer = TwoTowerScorer.fit(
            catalog, events, HashEncoder(), seed=seed, settings=settings, progress=show
        )
        with workspace.new_version(DOMAIN, "scorer") as version:
            scorer.save(version.folder)
        workspace.set_current(DOMAIN, scorer="v1")


def measure(path: Path, publishes: int, in_process: bool) -> tuple[Latency, Latency]:
    """Latency around publishes of a scorer, and around changes of the catalogue."""
    with Workspace.open(path) as workspace:
        shop = _Shop(workspace, DomainStore(workspace, HashEncoder()))
        for n in range(20):
            shop.ask(n)
        with _publisher(in_process) as publisher:
            publisher.submit(_started).result()
            scorers = _watched(shop, lambda: publisher.submit(publish_scorer, path), publishes)
            return scorers, _watched(shop, lambda: publisher.submit(publish_item, path), 1)


@dataclass(frozen=True)
class _Shop:
    """What a `Recommender` does for a shortlist, timed."""

    workspace: Workspace
    domains: DomainStore

    def ask(self, n: int) -> tuple[float, Domain]:
        """Milliseconds of the n-th request, and the domain that answered it."""
        start = time.perf_counter()
        domain, user = self.domains.get(DOMAIN), f"u{n % USERS}"
        profile = Profile.of(user, self.workspace.events.of_user(DOMAIN, user))
        domain.shortlist(profile, domain.reader.request(MESSAGES[n % len(MESSAGES)]), 20)
        return 1000 * (time.perf_counter() - start), domain


def publish_scorer(path: Path) -> None:
    """Put a copy of the first scorer into service as a new version."""
    with Workspace.open(path) as workspace:
        first = workspace.domain_path(DOMAIN) / "scorer" / "v1"
        with workspace.new_version(DOMAIN, "scorer") as version:
            shutil.copytree(first, version.folder, dirs_exist_ok=True)
        workspace.set_current(DOMAIN, scorer=version.name)


def publish_item(path: Path) -> None:
    """Add one item to the catalogue."""
    with Workspace.open(path) as workspace:
        catalog = workspace.catalog(DOMAIN)
        more = Catalog.of([Item(f"added-{time.time_ns()}", "One more red lamp")])
        workspace.write_catalog(DOMAIN, catalog.upserted(more))


def _watched(shop: _Shop, publish: Callable[[], Future[None]], count: int) -> Latency:
    """Ask without a pause while `publish` is called so many times."""
    latency, n = Latency(), 0
    _, before = shop.ask(n)
    for _ in range(count):
        until = time.monotonic() + SECONDS_BETWEEN
        while time.monotonic() < until:
            milliseconds, before = shop.ask(n := n + 1)
            latency.outside.append(milliseconds)
        published = publish()
        until = time.monotonic() + LONGEST_BUILD
        now = before
        while now.scorer_version == before.scorer_version and now.catalog is before.catalog:
            milliseconds, now = shop.ask(n := n + 1)
            latency.during.append(milliseconds)
            if time.monotonic() > until:
                raise EvaluationError(f"nothing new came into service in {LONGEST_BUILD:g} s")
        published.result()
    return latency


def _publisher(in_process: bool) -> Executor:
    if in_process:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _started() -> None:
    """Makes the publisher import what it needs, before anything is timed."""


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    middle, high = np.quantile(values, [0.5, 0.99]).tolist()
    figures = {"p50": round(middle, 2), "p99": round(high, 2), "max": round(max(values), 2)}
    return {"n": len(values), **figures}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=40_000)
    parser.add_argument("--publishes", type=int, default=5, help="of a scorer version")
    parser.add_argument("--in-process", action="store_true", help="publish from a thread")
    parser.add_argument("--workspace", type=Path, help="keep the workspace here and use it again")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the figures into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
