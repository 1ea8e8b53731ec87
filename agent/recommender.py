"""`Recommender`: the loop of one request, read top-down.

A message and a user become filters and wishes, the scorer shortlists what is allowed, the pick
orders it, the describer writes; feedback goes to the log, where the next request finds it. Whatever
fails on the way, the visitor still gets cards: in the scorer's order, with plain text from facts.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl

from shelftalker.answer import (
    Answer,
    Card,
    Checked,
    Done,
    Picked,
    Shortlisted,
    Update,
)
from shelftalker.cards import first_cards, notices_for, picked_cards
from shelftalker.catalog import Catalog, Item
from shelftalker.describe import Describer
from shelftalker.domain import Domain, DomainStore
from shelftalker.engine.base import Engine
from shelftalker.errors import AdapterError, EngineError, InputError, ShelftalkerError
from shelftalker.events import KINDS, Event, Kind
from shelftalker.filters import Filter
from shelftalker.loop import LoopThread
from shelftalker.pick import Picked as PickResult
from shelftalker.pick import pick
from shelftalker.profile import Profile
from shelftalker.request import Request
from shelftalker.scorer.base import Scored
from shelftalker.workspace import Workspace
from shelftalker.writing import Writing

MAX_K = 20
LANGUAGES = ("en", "zh")


class Recommender:
    """Picks and describes for the users of one workspace. Safe to share between threads and loops.

    The engine is loaded on the first request that needs it, or by `warm`. Close it, or use `with`.
    """

    def __init__(self, workspace: Workspace, engine: str | Engine = "auto") -> None:
        self.workspace = workspace
        self._domains = DomainStore(workspace)
        self._loop = LoopThread()
        self._engine_wanted = engine
        self._engine: Engine | None = None if isinstance(engine, str) else engine
        self._engine_lock = asyncio.Lock()
        self._engine_failure = ""
        self._adapters: set[str] = set()  # loaded into the engine

    @classmethod
    def open(cls, path: str | Path, engine: str | Engine = "auto") -> Self:
        """Open a workspace. `engine`: auto, transformers, vllm, none (text from facts only)."""
        known = ("auto", "transformers", "vllm", "none")
        if isinstance(engine, str) and engine not in known:
            raise InputError(f"engine {engine!r} is unknown; allowed: {', '.join(known)}")
        return cls(Workspace.open(Path(path)), engine)

    # -- one request ------------------------------------------------------------------------

    def generate(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        k: int = 3,
        filters: Sequence[Filter] = (),
        language: str | None = None,
        adapter: str | None = None,
        seed: int = 0,
    ) -> Answer:
        """k described picks for a user. An unknown user is a new visitor.

        `filters` hold beside those in the message; `language` (en, zh) is read off the message when
        None; `adapter` names a loaded LoRA, None is the domain's own. Raises `InputError`.
        """
        work = self._answer(user, message, domain, k, filters, language, adapter, seed)
        return self._loop.run(_last(work))

    async def agenerate(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        k: int = 3,
        filters: Sequence[Filter] = (),
        language: str | None = None,
        adapter: str | None = None,
        seed: int = 0,
    ) -> Answer:
        """`generate` for asyncio."""
        work = self._answer(user, message, domain, k, filters, language, adapter, seed)
        return await self._loop.arun(_last(work))

    def stream(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        k: int = 3,
        filters: Sequence[Filter] = (),
        language: str | None = None,
        adapter: str | None = None,
        seed: int = 0,
    ) -> Generator[Update, None, None]:
        """Updates as they come: Shortlisted, Picked, Token…, Checked…, Done. Closing it stops."""
        work = self._answer(user, message, domain, k, filters, language, adapter, seed)
        return self._loop.iterate(work)

    def astream(
        self,
        user: str,
        message: str = "",
        *,
        domain: str | None = None,
        k: int = 3,
        filters: Sequence[Filter] = (),
        language: str | None = None,
        adapter: str | None = None,
        seed: int = 0,
    ) -> AsyncGenerator[Update, None]:
        """`stream` for asyncio."""
        work = self._answer(user, message, domain, k, filters, language, adapter, seed)
        return self._loop.aiterate(work)

    async def _answer(
        self,
        user: str,
        message: str,
        domain_name: str | None,
        k: int,
        filters: Sequence[Filter],
        language: str | None,
        adapter: str | None,
        seed: int,
    ) -> AsyncGenerator[Update, None]:
        _check(user, message, k, language)
        clock = _Clock()
        domain = await asyncio.to_thread(self._domains.get, domain_name)
        profile = self._profile(domain, user, filters)
        request = domain.reader.read(message, language)
        shortlist = await asyncio.to_thread(
            domain.shortlist, profile, request, self.workspace.settings.shortlist_size
        )
        cards = await asyncio.to_thread(first_cards, domain, profile, request, shortlist, k)
        notices = notices_for(domain, request, profile, len(shortlist), k)
        clock.mark("shortlist")
        yield Shortlisted(cards)

        engine = await self._engine_or_none() if cards else self._engine
        if cards and engine is None and self._engine_wanted != "none":
            notices.append(f"{self._engine_failure} The texts are composed from facts.")
        adapter = await self._adapter(engine, domain, adapter)
        result = await self._pick(engine, domain, profile, request, shortlist, k, adapter, notices)
        if result is not None:
            cards = await asyncio.to_thread(
                picked_cards, domain, profile, request, shortlist, result, k
            )
        clock.mark("pick")
        yield Picked(cards)

        writing = Writing(
            Describer(engine, folders=self.workspace.prompt_folders(domain.name)),
            past=domain.past(profile),
            request=request,
            adapter=adapter,
            seed=seed,
            deadline=time.monotonic() + self.workspace.settings.budgets.describe_seconds,
        )
        done: dict[int, Card] = {}
        updates = writing.described(cards)
        async with contextlib.aclosing(updates):
            async for update in updates:
                if isinstance(update, Checked):
                    done[update.card.rank] = update.card
                clock.first("first_sentence")
                yield update
        clock.mark("describe")
        yield Done(
            Answer(
                domain=domain.name,
                user=user,
                request=_request_dict(request),
                engine=engine.name if engine else "none",
                adapter=adapter,
                scorer=domain.scorer_version,
                cards=tuple(done[rank] for rank in sorted(done)),
                pick=result.source if result else "scorer",
                notices=tuple(notices),
                timings_ms=clock.timings(),
            )
        )

    async def _pick(
        self,
        engine: Engine | None,
        domain: Domain,
        profile: Profile,
        request: Request,
        shortlist: Sequence[Scored],
        k: int,
        adapter: str | None,
        notices: list[str],
    ) -> PickResult | None:
        """The fused order, or None where the scorer's order stands: b is 0, or a budget ran out."""
        if engine is None or not domain.weights.llm or len(shortlist) < 2:
            return None
        try:
            result = await asyncio.wait_for(
                pick(
                    engine,
                    [domain.catalog[scored.item_id] for scored in shortlist],
                    [scored.logit for scored in shortlist],
                    domain.popularity_of(shortlist),
                    k=k,
                    history_lines=domain.history_lines(profile),
                    request_text=request.text,
                    weights=domain.weights,
                    language=request.language,
                    folders=self.workspace.prompt_folders(domain.name),
                    adapter=adapter,
                ),
                self.workspace.settings.budgets.pick_seconds,
            )
        except TimeoutError:
            notices.append("The pick's time budget ran out; the order is the scorer's.")
            return None
        if result.reason:
            notices.append(f"The order is the scorer's: {result.reason}.")
        return result

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
        profile = self._profile(state, user, filters)
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
            result = self._loop.run(self._pick_for(domain, user, shortlist, k))
            if result is not None:
                shares = np.exp(result.log_probabilities)
                pairs = [(shortlist[i].item_id, float(shares[i])) for i in result.order]
        return [(user, item, rank, score) for rank, (item, score) in enumerate(pairs[:k], 1)]

    async def _pick_for(
        self, domain: Domain, user: str, shortlist: Sequence[Scored], k: int
    ) -> PickResult | None:
        engine = await self._engine_or_none() if domain.weights.llm else None
        profile = self._profile(domain, user, ())
        adapter = await self._adapter(engine, domain, None)
        return await self._pick(
            engine, domain, profile, Request(), shortlist, k, adapter, notices=[]
        )

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
        _check_user(user)
        name = self._domains.name(domain)
        state = self._domains.get(name)
        state.catalog.row(item)  # raises UnknownItem
        event = Event(user=user, item=item, kind=kind, value=value, time=time.time())
        self.workspace.events.append(name, event)
        return event

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
        """Delete all events of a user in every domain. Returns how many there were."""
        return self.workspace.events.forget(user)

    def warm(self) -> str:
        """Load the engine now. Returns which one serves and why; raises `EngineError` if none."""
        engine = self._loop.run(self._engine_or_none())
        if engine is None:
            raise EngineError(self._engine_failure or "this recommender was opened without engine")
        return f"{engine.name}: {engine.reason}"

    def domains(self) -> list[str]:
        """The domains of the workspace."""
        return self.workspace.domains()

    def item(self, item_id: str, *, domain: str | None = None) -> Item:
        """An item of the catalogue. Raises `UnknownItem`."""
        return self._domains.get(domain).catalog[item_id]

    def profile(self, user: str, *, domain: str | None = None) -> Profile:
        """What is known of a user in one domain."""
        return self._profile(self._domains.get(domain), user, ())

    def close(self) -> None:
        """Free the engine and the log."""
        if self._loop.loop.is_closed():
            return
        if self._engine is not None:
            self._loop.run(self._engine.close())
        self._loop.stop()
        self.workspace.events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside -----------------------------------------------------------------------------

    def _profile(self, domain: Domain, user: str, filters: Sequence[Filter]) -> Profile:
        events = self.workspace.events.of_user(domain.name, user)
        return Profile(user, Profile.of(user, events).history, tuple(filters))

    async def _adapter(self, engine: Engine | None, domain: Domain, name: str | None) -> str | None:
        """The adapter to write with, loaded: the named one (`movies@v3`), else the domain's own.

        Raises `AdapterError` where the workspace has no such version.
        """
        if name is None and domain.adapter:
            name = f"{domain.name}@{domain.adapter}"
        if name is None:
            return None
        owner, _, version = name.partition("@")
        known = self.workspace.versions(owner, "adapters") if owner in self.domains() else []
        if version not in known:
            listed = ", ".join(f"{owner}@{v}" for v in known) or "none"
            raise AdapterError(f"there is no adapter {name!r}; allowed here: {listed}")
        if engine is None:
            return None
        if name not in self._adapters:
            await engine.add_adapter(name, self.workspace.domain_path(owner) / "adapters" / version)
            self._adapters.add(name)
        return name

    async def _engine_or_none(self) -> Engine | None:
        """The engine, loaded once; None where none was asked for or loading failed."""
        async with self._engine_lock:
            if self._engine is None and not self._engine_failure:
                await self._load_engine()
            return self._engine

    async def _load_engine(self) -> None:
        from shelftalker.engine import open_engine  # loads torch

        wanted = str(self._engine_wanted)
        if wanted == "none":
            return
        settings = self.workspace.settings
        try:
            self._engine = await asyncio.to_thread(
                open_engine,
                settings.model,
                settings.engine if wanted == "auto" else wanted,
                dtype=settings.dtype,
            )
        except ShelftalkerError as error:
            self._engine_failure = f"No LLM engine could be started: {error}"


class _Clock:
    """Milliseconds of each stage, in order, and the total."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._marks: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        now = time.perf_counter()
        self._marks[stage] = (now - self._last) * 1000
        self._last = now

    def first(self, stage: str) -> None:
        """Time from the start to the first call."""
        self._marks.setdefault(stage, (time.perf_counter() - self._start) * 1000)

    def timings(self) -> dict[str, float]:
        return {**self._marks, "total": (time.perf_counter() - self._start) * 1000}


async def _last(updates: AsyncGenerator[Update, None]) -> Answer:
    async with contextlib.aclosing(updates):
        async for update in updates:
            if isinstance(update, Done):
                return update.answer
    raise AssertionError("a stream ends with Done")


def _request_dict(request: Request) -> dict[str, Any]:
    return {**asdict(request), "filters": [asdict(condition) for condition in request.filters]}


def _check(user: str, message: str, k: int, language: str | None) -> None:
    if not 1 <= k <= MAX_K:
        raise InputError(f"k is {k}; allowed: 1 to {MAX_K} picks")
    if language not in (None, *LANGUAGES):
        raise InputError(f"language {language!r} is unknown; allowed: {', '.join(LANGUAGES)}")
    _check_user(user)
    if not _is_text(message):
        raise InputError("the message is not valid Unicode text; send it as UTF-8")


def _check_user(user: str) -> None:
    if not user.strip() or not _is_text(user) or not user.isprintable():
        raise InputError(f"user {user!r} is no user id; allowed: printable text, not empty")


def _is_text(text: str) -> bool:
    """False for the halves of a surrogate pair, which stand for bytes that are not UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
