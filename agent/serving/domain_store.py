"""`DomainStore`: the domains of one workspace, loaded on first use and again when another process
published something newer.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from shelftalker.data.catalog import Catalog
from shelftalker.errors import AdapterError, UnknownDomain
from shelftalker.ranking.pick_weights import PICK_FILE, PickWeights, weights_of
from shelftalker.ranking.shop_rules import RULES_FILE, read_rules
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.loading import load_scorer, not_fitted
from shelftalker.serving.domain import Domain
from shelftalker.store.workspace import Workspace
from shelftalker.understanding.llm import open_reader
from shelftalker.understanding.rule_reader import RuleReader

_LOG = logging.getLogger(__name__)


class DomainStore:
    """The loaded domains of one workspace. Thread-safe; readers get a consistent `Domain`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self._loaded: dict[str, tuple[Stamp, Domain]] = {}
        self._encoder: Encoder | None = None

    def name(self, domain: str | None) -> str:
        """The domain meant: the named one, else the default, else the only one."""
        known = self._workspace.domains()
        wanted = domain or self._workspace.settings.default_domain
        if wanted is None and len(known) == 1:
            wanted = known[0]
        if wanted not in known:
            listed = ", ".join(known) or "none yet; add one with `shelftalker init`"
            raise UnknownDomain(f"no domain {wanted!r} in this workspace; its domains: {listed}")
        return wanted

    def get(self, domain: str | None) -> Domain:
        """The domain as published now. Raises `UnknownDomain`, `NotFitted`."""
        name = self.name(domain)
        stamp = _stamp(self._workspace.domain_path(name))
        with self._lock:
            held = self._loaded.get(name)
            if held is None or held[0] != stamp:
                held = (stamp, self._promoted(name, stamp, held) or self._load(name))
                self._loaded[name] = held
            return held[1]

    def _promoted(
        self, name: str, stamp: "Stamp", held: "tuple[Stamp, Domain] | None"
    ) -> Domain | None:
        """The domain that is held, with another adapter, where nothing else has changed."""
        current = self._workspace.current(name)
        if held is None or held[0].rest != stamp.rest:
            return None
        if current.scorer != held[1].scorer_version:
            return None
        weights = self._weights(name, current.adapter)
        return replace(held[1], adapter=current.adapter, weights=weights)

    def _weights(self, name: str, adapter: str | None) -> PickWeights:
        try:
            return weights_of(self._workspace, name, adapter)
        except AdapterError:  # who asks for the adapter is told, and served by the base model
            return weights_of(self._workspace, name, None)

    def replace_catalog(self, domain: str | None, change: Callable[[Catalog], Catalog]) -> None:
        """Change the catalogue on disk; the next `get` serves it, new items by their text."""
        self._workspace.update_catalog(self.name(domain), change)

    def _load(self, name: str) -> Domain:
        start = time.monotonic()
        workspace = self._workspace
        current = workspace.current(name)
        if current.scorer is None:
            raise not_fitted(workspace, name)
        if self._encoder is None:
            self._encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
        catalog = workspace.catalog(name)
        scorer = load_scorer(workspace, name, catalog, self._encoder, current.scorer)
        reader = RuleReader(catalog)
        folders = workspace.prompt_folders(name)
        loaded = Domain(
            name=name,
            catalog=catalog,
            scorer=scorer,
            scorer_version=current.scorer,
            adapter=current.adapter,
            weights=self._weights(name, current.adapter),
            reader=reader,
            rules=read_rules(workspace.domain_path(name), catalog),
            llm_reader=open_reader(workspace.settings.reader, reader, folders),
        )
        _LOG.info(
            "domain loaded",
            extra={
                "domain": name,
                "items": len(catalog),
                "scorer": current.scorer,
                "adapter": current.adapter,
                "seconds": round(time.monotonic() - start, 3),
            },
        )
        return loaded


class Stamp(NamedTuple):
    """When the files that a domain is read from were last replaced."""

    serving: tuple[int, ...]
    rest: tuple[int, ...]


def _stamp(folder: Path) -> Stamp:
    weights = sorted(folder.glob(f"adapters/v*/{PICK_FILE}"))
    return Stamp(
        _changed(folder / "CURRENT", folder / PICK_FILE, *weights),
        _changed(folder / "catalog.parquet", folder / RULES_FILE),
    )


def _changed(*paths: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
