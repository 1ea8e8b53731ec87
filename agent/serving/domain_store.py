"""`DomainStore`: the loaded domains of one workspace, kept up to date with what is published.

Policy. A request never waits for what another process or thread publishes:

- The first request for a domain loads it and waits; other domains are not affected.
- An adapter, its pick weights and `rules.toml` are cheap to read: the next request has them.
- An item that was made unavailable or deleted is in no answer from the next request on.
- An experiment begins when the scorers of its arms are loaded.
- A new scorer version or catalogue is built beside the loaded domain by one background thread a
  domain. Only the changed parts are built (a new scorer keeps catalogue and reader). Requests use
  the loaded domain until the new one takes its place.
- `replace_catalog` builds before it returns. A request whose own context (`store.publishing`) has
  published, such as `fit` and then `generate` in one thread, waits until that is in service.
- What cannot be built or read is logged as an error; the loaded domain stays in service, and the
  next change is tried again.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from polars.exceptions import PolarsError

from shelftalker.data.catalog import Catalog
from shelftalker.errors import ShelftalkerError
from shelftalker.ranking.experiments import EXPERIMENT_FILE
from shelftalker.ranking.pick_weights import PICK_FILE
from shelftalker.ranking.shop_rules import RULES_FILE, read_rules
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.loading import FileStamp, catalog_stamp, file_stamp, load_scorer, not_fitted
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain, arm_scorers, usable_weights, with_arms
from shelftalker.serving.shared_parts import Built, SharedParts
from shelftalker.store.pointers import published_here
from shelftalker.store.workspace import CATALOG_FILE, Workspace
from shelftalker.understanding.llm import open_reader
from shelftalker.understanding.rule_reader import RuleReader

_LOG = logging.getLogger(__name__)
REFRESH_NICENESS = 15
"""Of the thread that loads a new scorer. With 19, a busy machine takes seconds to load it."""


class DomainStore:
    """The loaded domains of one workspace. Thread-safe; each call gives a consistent `Domain`."""

    def __init__(self, workspace: Workspace) -> None:
        self.shared: Mapping[str, SharedParts] = {}
        """What a process that this one was forked from has built of domains."""
        self._workspace = workspace
        self._lock = threading.Lock()  # held for assignments only
        self._loaded: dict[str, _Loaded] = {}
        self._builds: dict[str, threading.Lock] = {}
        self._refreshing: set[str] = set()
        self._encoder: Encoder | None = None
        self._encoder_lock = threading.Lock()

    def get(self, domain: str | None) -> Domain:
        """The domain in service, as the module's policy says. Raises `UnknownDomain`, `NotFitted`,
        `WorkspaceError`."""
        name = self._workspace.domain_name(domain)
        loaded = self._loaded.get(name)
        if loaded is None:
            return self._build(name)
        loaded = self._with_cheap_parts(name, loaded)
        if loaded.wanted not in (loaded.built, loaded.failed):
            if published_here() > loaded.begun:
                return self._refresh(name)
            self._refresh_behind(name)
        return loaded.domain

    def parts(self, domain: str | None) -> SharedParts:
        """The parts of a domain in service that another process may take over."""
        own = self.get(domain)
        built = self._loaded[own.name].built
        return SharedParts(built, own.catalog, own.scorer, own.reader, own.search)

    def replace_catalog(self, domain: str | None, change: Callable[[Catalog], Catalog]) -> None:
        """Change the catalogue on disk, and put it in service before returning; new items are
        scored by their text."""
        name = self._workspace.domain_name(domain)
        self._workspace.update_catalog(name, change)
        if name in self._builds:  # loaded, or being loaded, perhaps from the catalogue before
            self._build(name)

    def _with_cheap_parts(self, name: str, loaded: "_Loaded") -> "_Loaded":
        """The loaded domain with the adapter, pick weights and rules of now."""
        stamp = _stamp(self._workspace, name)
        if stamp == loaded.stamp:
            return loaded
        fresh = replace(loaded, stamp=stamp, failed=None)
        try:
            current = self._workspace.current(name)
            wanted = Built(current.scorer, stamp.catalog, arm_scorers(self._workspace, name))
            fresh = replace(fresh, wanted=wanted)
            catalog = loaded.domain.catalog
            if stamp.catalog != loaded.stamp.catalog and stamp.catalog != loaded.built.catalog:
                catalog = catalog.offering(self._workspace.domain_path(name) / CATALOG_FILE)
            domain = replace(
                loaded.domain, catalog=catalog, adapter=current.adapter,
                weights=usable_weights(self._workspace, name, current.adapter),
                rules=read_rules(self._workspace.domain_path(name), catalog),
            )  # fmt: skip
            domain = with_arms(self._workspace, domain, _scorers(loaded.domain))
            fresh = replace(fresh, domain=domain)
        except (ShelftalkerError, PolarsError, OSError) as error:
            _LOG.error("domain %s keeps its state: %s", name, error)
        with self._lock:
            if self._loaded.get(name) is loaded:
                self._loaded[name] = fresh
        return fresh

    def _refresh_behind(self, name: str) -> None:
        """Start the domain's background build, unless one is running."""
        with self._lock:
            if name in self._refreshing:
                return
            self._refreshing.add(name)

        loaded = self._loaded[name]

        def run() -> None:
            # Not for work in pure Python, such as the vocabulary of a new catalogue: a thread that
            # waits while it holds the GIL holds up all.
            if loaded.wanted.catalog == loaded.built.catalog and sys.platform == "linux":
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), REFRESH_NICENESS)
            try:
                self._refresh(name)
            finally:
                with self._lock:
                    self._refreshing.discard(name)

        threading.Thread(target=run, name=f"refresh {name}", daemon=True).start()

    def _refresh(self, name: str) -> Domain:
        """Build what changed; where that fails, log it and keep the loaded domain."""
        try:
            return self._build(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the loaded domain can serve
            _LOG.error("domain %s keeps its state", name, exc_info=error)
            with self._lock:
                loaded = self._loaded[name]
                self._loaded[name] = replace(loaded, failed=loaded.wanted)
            return loaded.domain

    def _build(self, name: str) -> Domain:
        """Build what changed since the domain was loaded, and swap it in."""
        with self._lock:
            building = self._builds.setdefault(name, threading.Lock())
        with building:
            begun = time.monotonic()
            loaded, stamp = self._loaded.get(name), _stamp(self._workspace, name)
            scorers = arm_scorers(self._workspace, name)
            wanted = Built(self._workspace.current(name).scorer, stamp.catalog, scorers)
            if loaded is not None and loaded.built == wanted:
                return self._with_cheap_parts(name, loaded).domain
            domain = self._load(name, wanted, loaded)
            with self._lock:
                self._loaded[name] = _Loaded(domain, stamp, wanted, wanted, begun)
        told = {
            "domain": name, "items": len(domain.catalog), "scorer": wanted.scorer,
            "adapter": domain.adapter, "seconds": round(time.monotonic() - begun, 3),
        }  # fmt: skip
        _LOG.info("domain loaded", extra=told)
        return domain

    def _load(self, name: str, wanted: Built, old: "_Loaded | None") -> Domain:
        """The domain as published now, with those parts of `old` that have not changed."""
        workspace, folder = self._workspace, self._workspace.domain_path(name)
        if wanted.scorer is None:
            raise not_fitted(workspace, name)
        _, catalog, scorer, reader, search = self._parts(name, wanted, old)
        llm_reader = old.domain.llm_reader if old and old.domain.reader is reader else None
        if llm_reader is None:
            folders = workspace.prompt_folders(name)
            llm_reader = open_reader(workspace.settings.reader, reader, folders)
        adapter = workspace.current(name).adapter
        domain = Domain(
            name=name, catalog=catalog, scorer=scorer, scorer_version=wanted.scorer,
            adapter=adapter, weights=usable_weights(workspace, name, adapter), reader=reader,
            rules=read_rules(folder, catalog), search=search, llm_reader=llm_reader,
        )  # fmt: skip
        scorers = {wanted.scorer: scorer}
        if old is not None and old.built.catalog == wanted.catalog:
            scorers = _scorers(old.domain) | scorers
        for version in wanted.arms:
            if version not in scorers:
                encoder = self._opened_encoder()
                scorers[version] = load_scorer(workspace, name, catalog, encoder, version, scorer)
        return with_arms(workspace, domain, scorers)

    def _parts(self, name: str, wanted: Built, old: "_Loaded | None") -> SharedParts:
        """What is expensive to build: from another process, as in `old`, or built now."""
        encoder, settings = self._opened_encoder(), self._workspace.settings
        shared = self.shared.get(name)
        if old is None and shared is not None and shared.built[:2] == wanted[:2]:
            folder = self._workspace.domain_path(name) / "scorer" / str(wanted.scorer)
            shared.scorer.encoder = encoder
            shared.scorer.use_index(folder, settings.index)
            return shared
        if old is not None and old.built.catalog == wanted.catalog:
            catalog, reader, search = old.domain.catalog, old.domain.reader, old.domain.search
        else:
            catalog = self._workspace.catalog(name)
            reader, search = RuleReader(catalog), TextSearch.of(catalog)
        if old is not None and old.built[:2] == wanted[:2]:
            scorer = old.domain.scorer
        else:
            like = old.domain.scorer if old else None
            scorer = load_scorer(self._workspace, name, catalog, encoder, wanted.scorer, like)
        return SharedParts(wanted, catalog, scorer, reader, search)

    def _opened_encoder(self) -> Encoder:
        with self._encoder_lock:
            if self._encoder is None:
                settings, cache = self._workspace.settings, self._workspace.path / "cache"
                self._encoder = open_encoder(settings.encoder, cache)
            return self._encoder


class Stamp(NamedTuple):
    """`file_stamp` of all files that a domain is read from."""

    catalog: FileStamp
    others: tuple[FileStamp, ...]


@dataclass(frozen=True)
class _Loaded:
    """A domain in service. `wanted` is what is published, `built` what the domain was built from,
    `failed` what could not be built; `begun` is `time.monotonic()` at the start of its build."""

    domain: Domain
    stamp: Stamp
    wanted: Built
    built: Built
    begun: float
    failed: Built | None = None


def _scorers(domain: Domain) -> dict[str, TwoTowerScorer]:
    """The scorers that a state of a domain has loaded, by version."""
    return {one.scorer_version: one.scorer for one in (*domain.arms.values(), domain)}


def _stamp(workspace: Workspace, name: str) -> Stamp:
    folder = workspace.domain_path(name)
    versions = folder / "adapters"
    try:
        # Every request does this, and a glob takes longer than all the rest.
        pick_weights = [versions / one / PICK_FILE for one in sorted(os.listdir(versions))]  # noqa: PTH208
    except FileNotFoundError:
        pick_weights = []
    own = (PICK_FILE, RULES_FILE, EXPERIMENT_FILE)
    others = (folder / "CURRENT", *(folder / file for file in own), *pick_weights)
    return Stamp(catalog_stamp(workspace, name), tuple(map(file_stamp, others)))
