"""Adapter leases: the adapter version that a request keeps while another one is promoted.

A request uses the version in service when it began, until it ends; the next request uses the
version in service then. A version is one adapter, or one that picks and another that writes. An
adapter that is out of service is unloaded when the last lease on it is released.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from shelftalker.engine.base import Engine
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.errors import AdapterError, EngineError, ShelftalkerError
from shelftalker.ranking.experiments import read_experiment
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.serving.domain import Domain
from shelftalker.store.adapter_card import BASE_ONLY, AdapterCard, AdapterParts
from shelftalker.store.adapter_parts import adapter_folder, checked_parts, version_parts
from shelftalker.store.workspace import Workspace

_LOG = logging.getLogger(__name__)
PACKAGED_WRITER = "writer"
_PACKAGED = Path(str(files("shelftalker"))) / "adapters" / "trained" / PACKAGED_WRITER


@dataclass(frozen=True, slots=True)
class AdapterLease:
    """What a request uses: the name of a version (None: the base model), its pick weights, and the
    adapters that pick and write.

    `notice` says why the version in service is not used, if it is not.
    """

    name: str | None
    weights: PickWeights
    notice: str = ""
    parts: AdapterParts = BASE_ONLY


class AdapterService:
    """Loads and unloads adapters as leases need them. Belongs to the engine's event loop."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine: Engine | None = None
        self._leases: Counter[str] = Counter()  # by adapter that the engine has loaded
        self._parts: dict[str, AdapterParts] = {}  # by version that was checked
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def lease(
        self, engine: Engine | None, domain: Domain, named: str | None = None
    ) -> AsyncIterator[AdapterLease]:
        """A lease on the named version (`movies@v3`, or `v3` of the domain), else on the version in
        service. Its adapters stay in the engine during the block.

        Raises `AdapterError` where the named version is unknown or does not fit the base model. A
        version in service that does not fit is replaced by the base model.
        """
        wanted = self._wanted(domain, named)
        if engine is None or wanted.name is None:
            yield AdapterLease(None, wanted.weights)
            return
        if not engine.takes_adapters and named is None:
            yield AdapterLease(None, weights_of(self._workspace, domain.name, None))
            return
        try:
            parts, leases = await self._acquire(engine, wanted.name)
        except EngineError as error:
            fields = {"adapter": wanted.name, "error": str(error)}
            if named is not None and engine.alive():
                _LOG.info("adapter refused", extra=fields)
                raise
            _LOG.warning("adapter not used", extra=fields)
            plain = weights_of(self._workspace, domain.name, None)
            yield AdapterLease(None, plain, f"The adapter {wanted.name} is not used: {error}.")
            return
        try:
            yield replace(wanted, parts=parts)
        finally:
            await asyncio.shield(self._release(engine, parts, leases))

    @asynccontextmanager
    async def hook_writer(self, engine: Engine, domain: Domain) -> AsyncIterator[str | None]:
        """The adapter that writes hooks: the one in service in the domain, else the package's own
        where it was trained on this base model and these prompts; None is the base model."""
        async with self.lease(engine, domain) as lease:
            own = lease.parts.hook or not engine.takes_adapters
            if own or not self._packaged_fits(domain.name):
                yield lease.parts.hook
                return
            await engine.add_adapter(PACKAGED_WRITER, _PACKAGED)
            try:
                yield PACKAGED_WRITER
            finally:
                with suppress(EngineError):
                    await engine.drop_adapter(PACKAGED_WRITER)

    def _packaged_fits(self, domain: str) -> bool:
        try:
            card = AdapterCard.read(_PACKAGED)
            base = base_fingerprint(self._workspace.settings.model)
            card.check_fits(base, self._workspace.prompt_folders(domain))
        except AdapterError as error:
            _LOG.info("packaged writer not used", extra={"error": str(error)})
            return False
        return True

    def _wanted(self, domain: Domain, named: str | None) -> AdapterLease:
        if named is None:
            own = domain.adapter
            return AdapterLease(f"{domain.name}@{own}" if own else None, domain.weights)
        named = named if "@" in named else f"{domain.name}@{named}"
        owner, _, version = named.partition("@")
        workspace = self._workspace
        known = workspace.versions(owner, "adapters") if owner in workspace.domains() else []
        if version not in known:
            listed = ", ".join(f"{owner}@{v}" for v in known) or "none"
            raise AdapterError(f"there is no adapter {named!r}; allowed here: {listed}")
        return AdapterLease(named, weights_of(workspace, owner, version))

    async def _acquire(self, engine: Engine, name: str) -> tuple[AdapterParts, Counter[str]]:
        """Count a lease on each adapter of a version, and load those that are not loaded. Returns
        the adapters, and the counts for this engine."""
        async with self._changing:
            if engine is not self._engine:  # a new engine has no adapters
                self._engine, self._leases, self._parts = engine, Counter(), {}
            if name not in self._parts:
                self._parts[name] = await asyncio.to_thread(self._checked, name)
            parts = self._parts[name]
            for adapter in parts.adapters:
                if adapter not in self._leases:
                    await self._load(engine, adapter)
            self._leases.update(parts.adapters)
            return parts, self._leases

    async def _load(self, engine: Engine, adapter: str) -> None:
        start = time.monotonic()
        await engine.add_adapter(adapter, adapter_folder(self._workspace, adapter))
        self._leases[adapter] = 0
        seconds = round(time.monotonic() - start, 3)
        _LOG.info("adapter loaded", extra={"adapter": adapter, "seconds": seconds})

    def _checked(self, name: str) -> AdapterParts:
        """The adapters of a version. Raises `AdapterError` where one of them does not fit."""
        owner, _, version = name.partition("@")
        base = base_fingerprint(self._workspace.settings.model)
        folders = self._workspace.prompt_folders(owner)
        parts = checked_parts(self._workspace, owner, version)
        for adapter in {name, *parts.adapters}:
            AdapterCard.read(adapter_folder(self._workspace, adapter)).check_fits(base, folders)
        return parts

    async def _release(self, engine: Engine, parts: AdapterParts, leases: Counter[str]) -> None:
        """End a lease, and unload adapters without leases that are out of service."""
        leases.subtract(parts.adapters)
        async with self._changing:
            idle = [name for name, n in leases.items() if not n and not self._in_service(name)]
            for adapter in idle:
                del leases[adapter]
                self._parts = {n: own for n, own in self._parts.items() if adapter not in own}
                with suppress(EngineError):  # an engine that died has no adapters any more
                    await engine.drop_adapter(adapter)
                _LOG.info("adapter unloaded", extra={"adapter": adapter})

    def _in_service(self, adapter: str) -> bool:
        owner = adapter.partition("@")[0]
        workspace = self._workspace
        if owner not in workspace.domains():
            return False
        try:
            experiment = read_experiment(workspace.domain_path(owner))
            arms = experiment.arms.values() if experiment else ()
            versions = {workspace.current(owner).adapter, *(arm.adapter or None for arm in arms)}
            return any(adapter in version_parts(workspace, owner, one) for one in versions)
        except ShelftalkerError:  # the next request reports it
            return False
