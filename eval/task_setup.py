"""The setup of evaluation tasks: a workspace, its held-out splits, scorers fitted on their training
part only (the one in service has seen the test events), and the engine, loaded once.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import shelftalker.scorer
from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.engine.chat_client import ChatClient
from shelftalker.errors import InputError
from shelftalker.eval.splits import HeldOut, SplitName, hold_out
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick_weights import weights_of
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.adapter_card import AdapterCard, Use
from shelftalker.store.adapter_parts import adapter_folder
from shelftalker.store.atomic import sync_tree
from shelftalker.store.workspace import Workspace


@dataclass
class TaskSetup:
    """One run over one domain. `data`: the folder of public data sets, for tasks that need one.

    `adapter`: a version such as `movies@v3`; None: the one in service. `judge`: LLM judge of the
    texts, if any.
    """

    workspace: Workspace
    domain: str
    engine_wanted: str | Engine = "auto"
    adapter: str | None = None
    data: Path | None = None
    progress: Progress = lambda *_: None
    judge: ChatClient | None = None
    _splits: dict[tuple[SplitName, float], HeldOut] = field(default_factory=dict)
    _scorers: dict[str, TwoTowerScorer] = field(default_factory=dict)
    _engine: Engine | None = None

    @cached_property
    def catalog(self) -> Catalog:
        """The domain's items."""
        return self.workspace.catalog(self.domain)

    @cached_property
    def events(self) -> list[Event]:
        """The log, without events of items outside the catalogue."""
        return [e for e in self.workspace.events.all(self.domain) if e.item in self.catalog]

    @cached_property
    def encoder(self) -> Encoder:
        """The text encoder of the workspace."""
        return open_encoder(self.workspace.settings.encoder, self.workspace.path / "cache")

    @property
    def prompts(self) -> PromptSet:
        """The prompts of the domain."""
        return PromptSet(self.workspace.prompt_folders(self.domain))

    @property
    def data_name(self) -> str:
        """Domain and size, for the record."""
        return f"{self.domain}: {len(self.catalog)} items, {len(self.events)} events"

    def data_set(self, name: str, file: str) -> Path:
        """The folder of a public data set that holds `file`. Raises `InputError`."""
        folder = (self.data or Path()) / name
        if self.data is None or not (folder / file).is_file():
            raise InputError(
                f"no file {folder / file}; give the folder that holds the data set {name!r} with "
                "--data or in the environment variable SHELFTALKER_DATA"
            )
        return folder

    def on(self, data: str, catalog: Catalog, events: Sequence[Event]) -> "TaskSetup":
        """This setup over a public data set, instead of the domain's own catalogue and log."""
        other = replace(self, domain=data, _splits={}, _scorers={})
        vars(other).update(catalog=catalog, events=list(events))  # in place of the cached ones
        return other

    def split(self, name: SplitName = "leave-one-out", share: float = 0.1) -> HeldOut:
        """The held-out split of that name, cached. Raises `InputError`."""
        if (name, share) not in self._splits:
            self._splits[name, share] = hold_out(self.events, name, share)
        return self._splits[name, share]

    def scorer(self, held: HeldOut, seed: int = 0) -> TwoTowerScorer:
        """Our scorer fitted on the training part; cached in the workspace by its training data and
        the scorer's code."""
        key = self._key(held.train, seed)
        if key not in self._scorers:
            self._scorers[key] = self._fitted(held, seed, key)
        return self._scorers[key]

    def _fitted(self, held: HeldOut, seed: int, key: str) -> TwoTowerScorer:
        folder = self.workspace.path / "cache" / "eval" / key
        if (folder / "card.json").is_file():
            return TwoTowerScorer.load(folder, self.catalog, self.encoder)
        scorer = TwoTowerScorer.fit(
            self.catalog, held.train, self.encoder, seed=seed, progress=self.progress
        )
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".", dir=folder.parent) as name:
            unfinished = Path(name, key)
            unfinished.mkdir()
            scorer.save(unfinished)
            sync_tree(unfinished)
            with suppress(OSError):  # another process stored the same scorer first
                unfinished.rename(folder)
        return scorer

    def serving(self, held: HeldOut, seed: int = 0) -> Domain:
        """The domain as in service, but with the scorer of the training part."""
        domain = replace(self._store.get(self.domain), scorer=self.scorer(held, seed))
        if self.adapter is None:
            return domain
        owner, _, version = self.adapter.partition("@")
        return replace(domain, weights=weights_of(self.workspace, owner, version))

    @cached_property
    def _store(self) -> DomainStore:
        return DomainStore(self.workspace)

    async def engine(self) -> Engine:
        """The engine, with the adapter loaded into it. Raises `EngineError`, `InputError`."""
        if self._engine is None:
            self._engine = await self._open()
        return self._engine

    async def _open(self) -> Engine:
        if not isinstance(self.engine_wanted, str):
            return self.engine_wanted
        engine = await asyncio.to_thread(self.workspace.settings.open_engine, self.engine_wanted)
        for adapter in {name for use in get_args(Use) if (name := self.adapter_for(use))}:
            await engine.add_adapter(adapter, self._folder(adapter))
        return engine

    def _card(self, name: str) -> AdapterCard:
        return AdapterCard.read(self._folder(name))

    def _folder(self, name: str) -> Path:
        folder = adapter_folder(self.workspace, name)
        if not folder.is_dir():
            owner = name.partition("@")[0]
            known = [f"{owner}@{v}" for v in self.workspace.versions(owner, "adapters")]
            raise InputError(
                f"there is no adapter {name!r}; allowed here: {', '.join(known) or 'none'}"
            )
        return folder

    @property
    def adapter_name(self) -> str | None:
        """The version that is measured, such as `movies@v3`. A model behind an address takes no
        adapters: unless one is asked for, it is measured as it is."""
        wanted, settings = self.engine_wanted, self.workspace.settings
        remote = isinstance(wanted, str) and settings.engine_named(wanted) == "openai"
        serving = self.workspace.current(self.domain).adapter
        if self.adapter or remote or not serving:
            return self.adapter
        return f"{self.domain}@{serving}"

    def adapter_for(self, use: Use) -> str | None:
        """The adapter for that use in the measured version; one trained to write does not pick."""
        name = self.adapter_name
        return None if name is None else self._card(name).adapter_for(use, name)

    def unseen(self, held: HeldOut, use: Use) -> tuple[HeldOut, str]:
        """The split without users whose test events the adapter for that use may have learned from;
        and a flag if its training data are unknown. Raises `InputError` if no user is left."""
        name = self.adapter_for(use)
        if name is None:
            return held, ""
        until = self._card(name).training.data.until
        if until is None:
            return held, f"the training data of {name} are unknown; it may know the tested events"
        newer = held.after(until)
        if not newer.targets:
            raise InputError(
                f"no held-out event is newer than the data of {name}; import newer events, or "
                "measure another version with --adapter"
            )
        return newer, ""

    async def engine_facts(self, use: Use = "describe") -> dict[str, str | None]:
        """Model, engine and adapter, for the record."""
        engine = await self.engine()
        return {"model": engine.model, "engine": engine.name, "adapter": self.adapter_for(use)}

    async def close(self) -> None:
        """Free the engine, if it was opened here; the next task that needs it opens it again."""
        if self._engine is not None and isinstance(self.engine_wanted, str):
            await self._engine.close()
        self._engine = None

    def _key(self, train: Sequence[Event], seed: int) -> str:
        digest = hashlib.sha256(f"{seed} {self.encoder.name}".encode())
        for event in train:
            digest.update(f"{event.user}\0{event.item}\0{event.kind}\0{event.time}\n".encode())
        for item in self.catalog:
            digest.update(item.embedding_text().encode())
        for source in sorted(Path(shelftalker.scorer.__path__[0]).glob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()[:16]
