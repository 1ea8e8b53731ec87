"""Which adapter a request uses, and hot swap: promoting a version never disturbs what runs.

A request holds the version that served when it began, until its last word; the next request takes
what serves then. A version that no longer serves leaves the engine when the last request that holds
it ends.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from shelftalker.adapter_card import Card, base_of
from shelftalker.domain import read_weights
from shelftalker.engine.base import Engine
from shelftalker.errors import AdapterError, EngineError
from shelftalker.pick import Weights
from shelftalker.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Lent:
    """What a request uses: an adapter by name (None: the base model) with its pick weights, and
    what writes its texts: that adapter if it learned to, else the base model.

    `notice` says why the domain's own adapter is not used, where it is not.
    """

    name: str | None
    weights: Weights
    notice: str = ""
    writer: str | None = None


class Serving(Protocol):
    """What is asked of a domain: its version when the request began, and the weights with it."""

    @property
    def name(self) -> str: ...
    @property
    def adapter(self) -> str | None: ...
    @property
    def weights(self) -> Weights: ...


class AdapterService:
    """Lives on one event loop, beside the engine that it loads adapters into."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine: Engine | None = None
        self._users: dict[str, int] = {}  # of each adapter that the engine knows
        self._writers: set[str] = set()
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def lent(
        self, engine: Engine | None, domain: Serving, named: str | None = None
    ) -> AsyncIterator[Lent]:
        """The named adapter (`movies@v3`), else the domain's own, in the engine while it is held.

        Raises `AdapterError` where the named one is not there or does not fit; in place of a
        domain's own that does not, the base model serves.
        """
        wanted = self._wanted(domain, named)
        if engine is None or wanted.name is None:
            yield Lent(None, wanted.weights)
            return
        try:
            users = await self._take(engine, wanted.name)
        except EngineError as error:
            if named is not None and engine.alive():
                raise
            plain = read_weights(self._workspace.weights_folder(domain.name, None))
            yield Lent(None, plain, f"The adapter {wanted.name} is not used: {error}.")
            return
        try:
            yield replace(wanted, writer=wanted.name if wanted.name in self._writers else None)
        finally:
            await asyncio.shield(self._give_back(engine, wanted.name, users))

    def _wanted(self, domain: Serving, named: str | None) -> Lent:
        if named is None:
            own = domain.adapter
            return Lent(f"{domain.name}@{own}" if own else None, domain.weights)
        owner, _, version = named.partition("@")
        workspace = self._workspace
        known = workspace.versions(owner, "adapters") if owner in workspace.domains() else []
        if version not in known:
            listed = ", ".join(f"{owner}@{v}" for v in known) or "none"
            raise AdapterError(f"there is no adapter {named!r}; allowed here: {listed}")
        return Lent(named, read_weights(workspace.weights_folder(owner, version)))

    async def _take(self, engine: Engine, name: str) -> dict[str, int]:
        """Count a user of an adapter, loading it first if need be; returns the engine's counts."""
        async with self._changing:
            if engine is not self._engine:  # another one was started: it knows none of them
                self._engine, self._users = engine, {}
            if name not in self._users:
                await self._load(engine, name)
                self._users[name] = 0
            self._users[name] += 1
            return self._users

    async def _load(self, engine: Engine, name: str) -> None:
        owner, _, version = name.partition("@")
        folder = self._workspace.domain_path(owner) / "adapters" / version
        card = await asyncio.to_thread(self._checked, owner, folder)
        await engine.add_adapter(name, folder)
        if card.taught("describe"):
            self._writers.add(name)

    def _checked(self, owner: str, folder: Path) -> Card:
        base = base_of(self._workspace.settings.model)
        card = Card.read(folder)
        card.check_fits(base, self._workspace.prompt_folders(owner))
        return card

    async def _give_back(self, engine: Engine, name: str, users: dict[str, int]) -> None:
        """Let go of an adapter, and drop what nobody holds and nothing serves any more."""
        users[name] -= 1
        async with self._changing:
            for idle in [n for n, count in users.items() if not count and not self._serves(n)]:
                del users[idle]
                with suppress(EngineError):  # one that died has dropped it already
                    await engine.drop_adapter(idle)

    def _serves(self, name: str) -> bool:
        owner, _, version = name.partition("@")
        workspace = self._workspace
        return owner in workspace.domains() and workspace.current(owner).adapter == version
