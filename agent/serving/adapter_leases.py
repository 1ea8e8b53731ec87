"""Which adapters a request uses, and hot swap: promoting a version never disturbs what runs.

A request holds the version that served when it began, until its last word; the next request takes
what serves then. A version is one adapter, or one that picks and another that writes. An adapter
that no longer serves leaves the engine when the last request that holds it ends.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Protocol

from shelftalker.engine.base import Engine
from shelftalker.errors import AdapterError, EngineError
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.store.adapter_card import BASE_ONLY, AdapterCard, Parts, base_of
from shelftalker.store.adapter_parts import check_parts, folder_of, parts_of
from shelftalker.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AdapterLease:
    """What a request uses: a version by name (None: the base model), its pick weights, and which
    adapters pick and write for it.

    `notice` says why the domain's own adapter is not used, where it is not.
    """

    name: str | None
    weights: PickWeights
    notice: str = ""
    parts: Parts = BASE_ONLY


class Serving(Protocol):
    """What is asked of a domain: its version when the request began, and the weights with it."""

    @property
    def name(self) -> str: ...
    @property
    def adapter(self) -> str | None: ...
    @property
    def weights(self) -> PickWeights: ...


class AdapterService:
    """Lives on one event loop, beside the engine that it loads adapters into."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine: Engine | None = None
        self._users: Counter[str] = Counter()  # of each adapter that the engine knows
        self._parts: dict[str, Parts] = {}  # of each version that was checked
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def lent(
        self, engine: Engine | None, domain: Serving, named: str | None = None
    ) -> AsyncIterator[AdapterLease]:
        """The named version (`movies@v3`, or `v3` of the domain), else the domain's own, its
        adapters in the engine while it is held.

        Raises `AdapterError` where the named one is not there or does not fit; in place of a
        domain's own that does not, the base model serves.
        """
        wanted = self._wanted(domain, named)
        if engine is None or wanted.name is None:
            yield AdapterLease(None, wanted.weights)
            return
        try:
            parts, users = await self._take(engine, wanted.name)
        except EngineError as error:
            if named is not None and engine.alive():
                raise
            plain = weights_of(self._workspace, domain.name, None)
            yield AdapterLease(None, plain, f"The adapter {wanted.name} is not used: {error}.")
            return
        try:
            yield replace(wanted, parts=parts)
        finally:
            await asyncio.shield(self._give_back(engine, parts, users))

    def _wanted(self, domain: Serving, named: str | None) -> AdapterLease:
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

    async def _take(self, engine: Engine, name: str) -> tuple[Parts, Counter[str]]:
        """Count a user of each adapter of a version, loading it first if need be; returns them, and
        the engine's counts."""
        async with self._changing:
            if engine is not self._engine:  # another one was started: it knows none of them
                self._engine, self._users, self._parts = engine, Counter(), {}
            if name not in self._parts:
                self._parts[name] = await asyncio.to_thread(self._checked, name)
            parts = self._parts[name]
            for adapter in parts.adapters:
                if adapter not in self._users:
                    await engine.add_adapter(adapter, folder_of(self._workspace, adapter))
                    self._users[adapter] = 0
            self._users.update(parts.adapters)
            return parts, self._users

    def _checked(self, name: str) -> Parts:
        """The adapters of a version. Raises `AdapterError` where one of them does not fit."""
        owner, _, version = name.partition("@")
        base = base_of(self._workspace.settings.model)
        folders = self._workspace.prompt_folders(owner)
        parts = check_parts(self._workspace, owner, version)
        for adapter in {name, *parts.adapters}:
            AdapterCard.read(folder_of(self._workspace, adapter)).check_fits(base, folders)
        return parts

    async def _give_back(self, engine: Engine, parts: Parts, users: Counter[str]) -> None:
        """Let go of adapters, and drop what nobody holds and nothing serves any more."""
        users.subtract(parts.adapters)
        async with self._changing:
            for idle in [name for name, n in users.items() if not n and not self._serves(name)]:
                del users[idle]
                self._parts = {n: own for n, own in self._parts.items() if idle not in own}
                with suppress(EngineError):  # one that died has dropped it already
                    await engine.drop_adapter(idle)

    def _serves(self, adapter: str) -> bool:
        owner = adapter.partition("@")[0]
        workspace = self._workspace
        if owner not in workspace.domains():
            return False
        try:
            return adapter in parts_of(workspace, owner, workspace.current(owner).adapter)
        except AdapterError:  # its next request tells
            return False
