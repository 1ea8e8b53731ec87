"""`Recommender`: the public face of one workspace.

Requests are answered by `Pipeline`, stage by stage, on a loop of their own, which also owns the
engine; feedback goes to the log, where the next request finds it.
"""

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import polars as pl

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import KINDS, Event, Kind
from shelftalker.data.filters import Filter
from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine, Reuse
from shelftalker.errors import EngineError, InputError
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import EngineHost
from shelftalker.serving.event_loop import LoopThread
from shelftalker.serving.options import GenerateCall, GenerateOptions, check_user
from shelftalker.serving.pipeline import Pipeline
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer, Done, Scored, Update

if TYPE_CHECKING:
    from shelftalker.learning.online_service import LearningThread


class Recommender:
    """Picks and describes for the users of one workspace. Safe to share between threads and loops.

    The engine is loaded on the first request that needs it, or by `warm`. Close it, or use `with`.
    """

    def __init__(self, workspace: Workspace, engine: str | Engine = "auto") -> None:
        self.workspace = workspace
        self._domains = DomainStore(workspace)
        self._loop = LoopThread()
        self._host = _host(workspace, engine)
        self._answering = Pipeline(workspace, self._domains, self._host)
        self._learning: dict[str, LearningThread] = {}

    @classmethod
    def open(cls, path: str | Path, engine: str | Engine = "auto") -> Self:
        """Open a workspace. `engine`: auto, transformers, vllm, none (text from facts only)."""
        known = ("auto", "transformers", "vllm", "none")
        if isinstance(engine, str) and engine not in known:
            raise InputError(f"engine {engine!r} is unknown; allowed: {', '.join(known)}")
        return cls(Workspace.open(Path(path)), engine)

    # -- one request ------------------------------------------------------------------------

    def generate(self, user: str, message: str = "", **options: Unpack[GenerateOptions]) -> Answer:
        """k described picks for a user; the arguments are the fields of `GenerateCall`."""
        return self._loop.run(_last(self._answering.answer(GenerateCall(user, message, **options))))

    async def agenerate(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> Answer:
        """`generate` for asyncio."""
        return await self._loop.arun(
            _last(self._answering.answer(GenerateCall(user, message, **options)))
        )

    def stream(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> Generator[Update, None, None]:
        """Updates as they come: Shortlisted, Picked, Token…, Checked…, Done. Closing it stops."""
        return self._loop.iterate(self._answering.answer(GenerateCall(user, message, **options)))

    def astream(
        self, user: str, message: str = "", **options: Unpack[GenerateOptions]
    ) -> AsyncGenerator[Update, None]:
        """`stream` for asyncio."""
        return self._loop.aiterate(self._answering.answer(GenerateCall(user, message, **options)))

    # -- ranking without text ---------------------------------------------------------------

    def shortlist(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        n: int = 20,
        filters: Sequence[Filter] = (),
    ) -> list[Scored]:
        """The scorer's n best items for a user, best first; no LLM is involved."""
        state = self._domains.get(domain)
        profile = self._answering.profile(state, user, filters)
        return state.shortlist(profile, state.reader.read(message), n)

    def recommend(
        self,
        users: Iterable[str],
        *,
        domain: str | None = None,
        k: int = 10,
        stage: str = "scorer",
        progress: Callable[[int], None] | None = None,
    ) -> pl.DataFrame:
        """Ranked items for many users: columns user, item, rank, score (h, or the pick's share).

        `stage` is `scorer`, or `pick` for the order after the LLM's choice.
        """
        if stage not in ("scorer", "pick"):
            raise InputError(f"stage {stage!r} is unknown; allowed: scorer, pick")
        if k < 1:
            raise InputError(f"k is {k}; allowed: 1 and more")
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
            domain = self._domains.get(domain_name)
            pairs = self._loop.run(self._answering.pick_only(domain, user, shortlist, k))
        return [(user, item, rank, score) for rank, (item, score) in enumerate(pairs[:k], 1)]

    # -- what the world does ----------------------------------------------------------------

    def feedback(
        self,
        user: str,
        item: str,
        kind: Kind,
        value: float | None = None,
        *,
        domain: str | None = None,
    ) -> Event:
        """Record what a user did. When this returns it is durable and the next call knows it."""
        if kind not in KINDS:
            raise InputError(f"kind {kind!r} is unknown; allowed: {', '.join(KINDS)}")
        if kind == "rating" and (value is None or not 0 <= value <= 5):
            raise InputError(f"a rating needs a value from 0 to 5 stars, not {value!r}")
        check_user(user)
        name = self._domains.name(domain)
        state = self._domains.get(name)
        state.catalog.row(item)  # raises UnknownItem
        event = Event(user=user, item=item, kind=kind, value=value, time=time.time())
        self.workspace.events.append(name, event)
        return event

    def retract(self, event: Event, *, domain: str | None = None) -> None:
        """Take a recorded event back, as if it had not been."""
        self.workspace.events.retract(self._domains.name(domain), event)

    def add_items(self, items: Iterable[Item], *, domain: str | None = None) -> int:
        """Upsert items; they can be recommended at once, by their text. Returns how many."""
        fresh = Catalog.of(items)
        self._domains.replace_catalog(domain, lambda catalog: catalog.upserted(fresh))
        return len(fresh)

    def remove_items(self, item_ids: Sequence[str], *, domain: str | None = None) -> None:
        """Take items out of the catalogue; their events stay in the log."""
        state = self._domains.get(domain)
        for item_id in item_ids:
            state.catalog.row(item_id)  # raises UnknownItem
        self._domains.replace_catalog(domain, lambda catalog: catalog.without(item_ids))

    def forget(self, user: str) -> int:
        """Delete all events of a user in every domain, and what they were shown. Returns how many
        events there were."""
        self.workspace.forget_impressions(user)
        self._answering.texts.clear()
        return self.workspace.events.forget(user)

    def warm(self) -> str:
        """Load the engine now. Returns which one serves and why; raises `EngineError` if none."""
        engine = self._loop.run(self._host.get())
        if engine is None:
            raise EngineError(self._host.notice or "this recommender was opened without engine")
        return f"{engine.name}: {engine.reason}"

    def reuse(self) -> Reuse:
        """Prompt tokens that the engine was asked for so far, and those its prefix cache spared."""
        engine = self._host.loaded
        return replace(engine.reuse) if engine else Reuse()

    def busy(self) -> float:
        """Seconds in which the engine worked on requests so far."""
        return self._host.loaded.busy() if self._host.loaded else 0.0

    def domains(self) -> list[str]:
        """The domains of the workspace."""
        return self.workspace.domains()

    def domain(self, name: str | None = None) -> Domain:
        """What serves a domain now: its catalogue, its scorer, its reader of requests."""
        return self._domains.get(name)

    def item(self, item_id: str, *, domain: str | None = None) -> Item:
        """An item of the catalogue. Raises `UnknownItem`."""
        return self._domains.get(domain).catalog[item_id]

    def profile(self, user: str, *, domain: str | None = None) -> Profile:
        """What is known of a user in one domain."""
        return self._answering.profile(self._domains.get(domain), user)

    def start_learning(self, *, domain: str | None = None, publish_after: int = 500) -> None:
        """Learn from a domain's log in a thread, until `stop_learning` or `close`; once is enough.

        A version is published after so many events, if it ranks them no worse. Raises `NotFitted`,
        and, once, what an earlier learner of the domain failed with.
        """
        from shelftalker.learning.online_service import LearningThread  # loads torch

        name = self._domains.name(domain)
        self._domains.get(name)
        if name in self._learning and self._learning[name].error is not None:
            self._learning.pop(name).close()  # raises it; the next call starts a new one
        if name not in self._learning:
            self._learning[name] = LearningThread(self.workspace, name, publish_after)

    def stop_learning(self) -> None:
        """End the learning threads after the batch under way. Raises what one failed with."""
        while self._learning:
            self._learning.popitem()[1].close()

    def close(self) -> None:
        """Free the engine and the log."""
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


async def _last(updates: AsyncGenerator[Update, None]) -> Answer:
    async with contextlib.aclosing(updates):
        async for update in updates:
            if isinstance(update, Done):
                return update.answer
    raise AssertionError("a stream ends with Done")


def _host(workspace: Workspace, engine: str | Engine) -> EngineHost:
    if not isinstance(engine, str):
        return EngineHost(None, engine)
    if engine == "none":
        return EngineHost(None)
    settings = workspace.settings
    name = settings.engine if engine == "auto" else engine

    def load() -> Engine:
        from shelftalker.engine import open_engine  # loads torch

        return open_engine(settings.model, name, dtype=settings.dtype)

    return EngineHost(load)
