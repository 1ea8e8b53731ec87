"""`Recommender`: recommendations, feedback and catalogue changes for one workspace.

`Pipeline` answers requests, stage by stage, on one background event loop, which also owns the
engine. Feedback is written to the event log, which the next request reads.
"""

import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

import polars as pl

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event, Kind
from shelftalker.data.filters import Filter
from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine, Reuse
from shelftalker.errors import EngineError, InputError
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import EngineHost, open_host
from shelftalker.serving.event_loop import LoopThread
from shelftalker.serving.options import (
    GenerateCall,
    GenerateOptions,
    check_count,
    check_feedback,
    check_filters,
    check_message,
    check_type,
    check_user,
)
from shelftalker.serving.pipeline import Pipeline, last_answer
from shelftalker.serving.preparing import PreparingOptions, prepare
from shelftalker.serving.shared_parts import SharedParts
from shelftalker.store.personal_data import erase, merge
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer, Scored, Update
from shelftalker.writing.hooks import HookStore
from shelftalker.writing.prepare import PrepareReport

if TYPE_CHECKING:
    from shelftalker.learning.online_service import LearningThread


class Recommender:
    """Recommends items of one workspace and describes them; threads and event loops may share it.

    The engine is loaded on the first request that needs it, or by `warm`. Close it, or use `with`.
    """

    def __init__(self, workspace: Workspace, engine: str | Engine | EngineHost = "auto") -> None:
        self.workspace = workspace
        self._domains = DomainStore(workspace)
        self._loop = LoopThread()
        self._host = open_host(workspace, engine)
        self._pipeline = Pipeline(workspace, self._domains, self._host)
        self.queues = self._pipeline.queues.stages
        """What waits for the LLM, by stage."""
        self._learning: dict[str, LearningThread] = {}

    @classmethod
    def open(cls, path: str | Path, engine: str | Engine | EngineHost = "auto") -> Self:
        """Open a workspace. `engine`: auto, openvino, transformers, vllm, server, openai, none
        (templates), a loaded engine, or its host. Raises `WorkspaceError`, `InputError`."""
        return cls(Workspace.open(Path(path)), engine)

    def generate(self, user: str, message: str = "", **options: Unpack[GenerateOptions]) -> Answer:
        """k picks for a user, with descriptions; `options` are the fields of `GenerateCall`.

        Raises `InputError` for a wrong argument, `UnknownDomain`, `NotFitted`, and `AdapterError`
        for an adapter that was asked for by name and cannot be used.
        """
        updates = self._pipeline.answer(GenerateCall(user, message, **options))
        return self._loop.run(last_answer(updates))

    async def agenerate(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> Answer:
        """`generate` for asyncio."""
        updates = self._pipeline.answer(GenerateCall(user, message, **options))
        return await self._loop.arun(last_answer(updates))

    def stream(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> Generator[Update, None, None]:
        """The updates of an answer: Shortlisted, Picked, Token…, Checked…, Done. Closing it ends
        the request."""
        return self._loop.iterate(self._pipeline.answer(GenerateCall(user, message, **options)))

    def astream(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> AsyncGenerator[Update, None]:
        """`stream` for asyncio."""
        return self._loop.aiterate(self._pipeline.answer(GenerateCall(user, message, **options)))

    def shortlist(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        n: int = 20,
        filters: Sequence[Filter] = (),
        picture: Path | None = None,
    ) -> list[Scored]:
        """The scorer's n best items for a user, without the LLM; `picture`: a file to be like."""
        check_user(user)
        check_message(message)
        check_filters(filters)
        check_count("n", n)
        loaded = self._domains.get(domain).for_user(user)
        profile = self._pipeline.profile(loaded, user, filters)
        request = loaded.reader.request(loaded.cleaned(message))
        return loaded.shortlist(profile, request, n, picture)

    def recommend(
        self,
        users: Iterable[str],
        *,
        domain: str | None = None,
        k: int = 10,
        stage: str = "scorer",
        progress: Callable[[int], None] | None = None,
    ) -> pl.DataFrame:
        """Ranked items for many users: columns user, item, rank from 1, score in (0, 1). `stage` is
        `scorer`, whose score is h, or `pick` for the order with the LLM, whose score is the item's
        share of the shortlist's total. `progress` gets the number of users done."""
        if isinstance(users, str):
            raise InputError(f"users is the text {users!r}; allowed: a list of user ids")
        if stage not in ("scorer", "pick"):
            raise InputError(f"stage {stage!r} is unknown; allowed: scorer, pick")
        check_count("k", k)
        rows: list[tuple[str, str, int, float]] = []
        for done, user in enumerate(users, start=1):
            rows += self._ranked(user, domain, k, stage)
            if progress:
                progress(done)
        schema = {"user": pl.String, "item": pl.String, "rank": pl.Int32, "score": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _ranked(
        self, user: str, domain_name: str | None, k: int, stage: str
    ) -> list[tuple[str, str, int, float]]:
        n = max(k, self.workspace.settings.shortlist_size) if stage == "pick" else k
        shortlist = self.shortlist(user, domain=domain_name, n=n)
        pairs = [(scored.item_id, scored.probability) for scored in shortlist]
        if stage == "pick":
            domain = self._domains.get(domain_name).for_user(user)
            pairs = self._loop.run(self._pipeline.pick_only(domain, user, shortlist, k))
        return [(user, item, rank, score) for rank, (item, score) in enumerate(pairs[:k], 1)]

    def feedback(
        self,
        user: str,
        item: str,
        kind: Kind,
        value: float | None = None,
        *,
        domain: str | None = None,
    ) -> Event:
        """Record an event. When this returns it is on disk, and the next call uses it."""
        check_feedback(user, item, kind, value)
        name = self.workspace.domain_name(domain)
        self._domains.get(name).catalog.row(item)  # raises UnknownItem
        event = Event(user=user, item=item, kind=kind, value=value, time=time.time())
        self.workspace.events.append(name, event)
        return event

    def retract(self, event: Event, *, domain: str | None = None) -> None:
        """Delete an event that `feedback` returned."""
        check_type("event", event, Event, "an Event, as `feedback` returns it")
        self.workspace.events.retract(self.workspace.domain_name(domain), event)

    def add_items(self, items: Iterable[Item], *, domain: str | None = None) -> int:
        """Add or replace items; they can be recommended at once. Returns their number."""
        check_type("items", items, Iterable, "a list of Item")
        items = list(items)
        for item in items:
            check_type("an item", item, Item, "Item(id, title, …)")
        added = Catalog.of(items)
        self._domains.replace_catalog(domain, lambda catalog: catalog.upserted(added))
        return len(added)

    def remove_items(self, item_ids: Sequence[str], *, domain: str | None = None) -> None:
        """Remove items from the catalogue; their events stay in the log. Raises `UnknownItem`."""
        if isinstance(item_ids, str):
            raise InputError(f"item_ids is the text {item_ids!r}; allowed: a list of item ids")
        catalog = self._domains.get(domain).catalog
        for item_id in item_ids:
            catalog.row(item_id)
        self._domains.replace_catalog(domain, lambda catalog: catalog.without(item_ids))

    def forget(self, user: str) -> int:
        """Delete all events of a user and what they were shown. Returns the number of events."""
        check_user(user)
        return erase(self.workspace, user)

    def merge(self, anonymous: str, user: str) -> int:
        """Make what an anonymous id did a user's, now and later. Returns the number of events."""
        check_user(anonymous)
        check_user(user)
        return merge(self.workspace, anonymous, user)

    def prepare(
        self,
        domain: str | None = None,
        items: Sequence[str] | None = None,
        **options: Unpack[PreparingOptions],
    ) -> PrepareReport:
        """As `preparing.prepare`: write hooks for items (ids; None: all) ahead, and store them."""
        loaded, host = self._domains.get(domain), self._host
        return self._loop.run(prepare(self._pipeline, host, loaded, items, **options))

    def hooks(self, domain: str | None = None) -> HookStore:
        """The prepared texts of a domain."""
        return self._pipeline.hooks(self.workspace.domain_name(domain))

    def warm(self) -> str:
        """Load the engine now. Returns its name and why it was chosen. Raises `EngineError` where
        none can be loaded."""
        engine = self._loop.run(self._host.get())
        if engine is None:
            raise EngineError(self._host.notice or "this recommender was opened without engine")
        return f"{engine.name}: {engine.reason}"

    def reuse(self) -> Reuse:
        """How many prompt tokens the engine got so far, and how many came from its prefix cache."""
        engine = self._host.loaded
        return replace(engine.reuse) if engine else Reuse()

    def busy(self) -> float:
        """Seconds that the engine has worked on requests so far."""
        return self._host.loaded.busy() if self._host.loaded else 0.0

    def domains(self) -> list[str]:
        """The domains of the workspace."""
        return self.workspace.domains()

    def domain(self, name: str | None = None) -> Domain:
        """The loaded domain. Internal: for the chat page and the evaluation; it may change."""
        return self._domains.get(name)

    def parts(self, name: str | None = None) -> SharedParts:
        """What is expensive to build of a domain. Internal: for `share` in a forked process."""
        return self._domains.parts(name)

    def share(self, parts: Mapping[str, SharedParts]) -> None:
        """Take parts of domains, by name, over, where they are still what is published."""
        self._domains.shared = parts

    def item(self, item_id: str, *, domain: str | None = None) -> Item:
        """An item of the catalogue. Raises `UnknownItem`."""
        return self._domains.get(domain).catalog[item_id]

    def profile(self, user: str, *, domain: str | None = None) -> Profile:
        """The history of a user in one domain."""
        check_user(user)
        return self._pipeline.profile(self._domains.get(domain), user)

    def start_learning(self, *, domain: str | None = None, publish_after: int = 500) -> None:
        """Train the scorer on new events in a thread, until `stop_learning` or `close`.

        After `publish_after` events a new version is published if it ranks them no worse. A second
        call for the same domain does nothing. Raises `NotFitted` and, once, the error that ended
        an earlier learner of the domain.
        """
        from shelftalker.learning.online_service import LearningThread  # loads torch

        name = self.workspace.domain_name(domain)
        self._domains.get(name)
        if name in self._learning and self._learning[name].error is not None:
            self._learning.pop(name).close()  # raises it; the next call starts a new one
        if name not in self._learning:
            self._learning[name] = LearningThread(self.workspace, name, publish_after)

    def stop_learning(self) -> None:
        """End the learning threads after their batch. Raises the error of one that failed."""
        while self._learning:
            self._learning.popitem()[1].close()

    def close(self) -> None:
        """Stop learning, free the engine and close the logs."""
        if self._loop.loop.is_closed():
            return
        try:
            self.stop_learning()
        finally:
            self._loop.run(self._host.close())
            self._loop.stop()
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
