"""The stages of one request, in order: understand, shortlist, pick, describe.

Each stage reads and extends the `RequestState`, which belongs to this request alone. Whatever
fails on the way, the visitor still gets cards: in the scorer's order, with plain text from facts,
and a notice.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np

from shelftalker.data.filters import Filter
from shelftalker.data.impressions import Impression
from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine
from shelftalker.language.notices import notice
from shelftalker.ranking.pick import PickResult, pick
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.slate import Slate, arrange
from shelftalker.serving.adapter_leases import AdapterLease, AdapterService
from shelftalker.serving.cards import first_cards, notices_for, picked_cards
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import EngineHost
from shelftalker.serving.options import GenerateCall
from shelftalker.store.workspace import Workspace
from shelftalker.types import (
    Answer,
    Card,
    Checked,
    Done,
    Picked,
    Request,
    Scored,
    Shortlisted,
    Update,
)
from shelftalker.writing.describe import CheckedSentence as Sentence
from shelftalker.writing.describe import Describer
from shelftalker.writing.streaming import Writers, Writing, writers_here
from shelftalker.writing.text_cache import TextCache


@dataclass
class RequestState:
    """One request on its way: what was asked, and what each stage has found so far."""

    ask: GenerateCall
    domain: Domain
    profile: Profile
    request: Request
    shortlist: list[Scored] = field(default_factory=list)
    engine: Engine | None = None
    lent: AdapterLease = field(default_factory=lambda: AdapterLease(None, PickWeights()))
    result: PickResult | None = None
    cards: tuple[Card, ...] = ()
    notices: list[str] = field(default_factory=list)
    clock: "Clock" = field(default_factory=lambda: Clock())

    def tell(self, name: str, **values: object) -> None:
        """Add one of `notices`."""
        self.notices.append(notice(name, self.request.language, **values))


class Pipeline:
    """Answers requests on one workspace; all they share is the texts written before."""

    def __init__(self, workspace: Workspace, domains: DomainStore, host: EngineHost) -> None:
        self._workspace, self._domains, self._host = workspace, domains, host
        self._adapters = AdapterService(workspace)
        settings = workspace.settings
        self.texts: TextCache[tuple[Sentence, ...]] = TextCache(
            settings.text_cache_size, settings.text_cache_hours * 3600
        )

    async def answer(self, ask: GenerateCall) -> AsyncGenerator[Update, None]:
        """Shortlisted, Picked, Token…, Checked…, Done."""
        turn = await self._understand(ask)
        await self._shortlist(turn)
        yield Shortlisted(turn.cards)
        await self._lend_engine(turn)
        async with self._adapters.lent(turn.engine, turn.domain, ask.adapter) as turn.lent:
            await self._pick(turn)
            yield Picked(turn.cards)
            async with contextlib.aclosing(self._describe(turn)) as updates:
                async for update in updates:
                    yield update
        yield Done(_answer(turn))

    async def pick_only(
        self, domain: Domain, user: str, shortlist: list[Scored], k: int
    ) -> list[tuple[str, float]]:
        """Item and share of the k picks out of a shortlist, without message, text or chance."""
        turn = RequestState(
            GenerateCall(user, k=k), domain, self.profile(domain, user), Request(), shortlist
        )
        if domain.weights.llm:
            await self._lend_engine(turn)
        async with self._adapters.lent(turn.engine, domain) as turn.lent:
            result = await self._fused(turn)
        slate = _arranged(turn, result, domain.rules.without_chance())
        shares = np.exp(result.log_probabilities)
        return [(shortlist[place].item_id, float(shares[place])) for place in slate.order]

    def profile(self, domain: Domain, user: str, filters: Sequence[Filter] = ()) -> Profile:
        """What is known of a user, and the filters that hold for them."""
        events = self._workspace.events.of_user(domain.name, user)
        return Profile(user, Profile.of(user, events).history, tuple(filters))

    # -- the stages -------------------------------------------------------------------------

    async def _understand(self, ask: GenerateCall) -> RequestState:
        """The user's state and the message's wishes."""
        clock = Clock()
        domain = await asyncio.to_thread(self._domains.get, ask.domain)
        profile = self.profile(domain, ask.user, ask.filters)
        request, limits = ask.request, ""
        if request is None:
            tells = any(map(str.isalpha, ask.message))
            language = ask.language or (None if tells else domain.language_for(profile))
            request, limits = await domain.read(ask.message, language)
        profile = profile.without(request.ignore)
        notices = [limits] if limits else []
        return RequestState(ask, domain, profile, request, notices=notices, clock=clock)

    async def _shortlist(self, turn: RequestState) -> None:
        """The scorer's best of what is allowed, the first k as cards."""
        size = self._workspace.settings.shortlist_size
        domain, profile, request, k = turn.domain, turn.profile, turn.request, turn.ask.k
        turn.shortlist = await asyncio.to_thread(domain.shortlist, profile, request, size)
        turn.cards = first_cards(domain, turn.shortlist, k)
        if turn.ask.request is None:  # a conversation says itself what can be let go
            turn.notices += notices_for(domain, request, profile, len(turn.shortlist), k)
        turn.clock.mark("shortlist")

    async def _lend_engine(self, turn: RequestState) -> None:
        """The engine, if there is something to write about."""
        if turn.shortlist:
            turn.engine = await self._host.get()
            if turn.engine is None and self._host.wanted:
                turn.tell("no_engine", why=self._host.notice)

    async def _pick(self, turn: RequestState) -> None:
        """The fused order, arranged by the shop's rules, with the evidence for each pick."""
        if turn.lent.notice:
            turn.notices.append(turn.lent.notice)
        turn.result = await self._fused(turn)
        slate = _arranged(turn, turn.result, turn.domain.rules)
        shares = np.exp(turn.result.log_probabilities).tolist()
        turn.cards = await asyncio.to_thread(
            picked_cards,
            turn.domain,
            turn.profile,
            turn.request,
            turn.shortlist,
            slate.order,
            shares,
        )
        for card in turn.cards[: slate.pinned]:
            turn.tell("pinned", title=card.item.title)
        if turn.domain.rules.log_shown:
            await asyncio.to_thread(self._workspace.impressions.extend, _shown(turn, slate))
        turn.clock.mark("pick")

    async def _describe(self, turn: RequestState) -> AsyncGenerator[Update, None]:
        """Write all cards at the same time; `turn.cards` becomes the described ones."""
        deadline = time.monotonic() + self._workspace.settings.budgets.describe_seconds
        free = contextlib.nullcontext(deadline)
        async with (
            self._writers.place(deadline) if turn.engine else free as until,
            contextlib.aclosing(self._written(turn, until)) as updates,
        ):
            async for update in updates:
                yield update
        turn.clock.mark("describe")

    async def _written(self, turn: RequestState, deadline: float) -> AsyncGenerator[Update, None]:
        """The cards of an answer whose turn it is."""
        writing = Writing(
            Describer(
                turn.engine,
                folders=self._workspace.prompt_folders(turn.domain.name),
                cache=self.texts,
            ),
            past=turn.domain.past(turn.profile),
            request=turn.request,
            adapter=turn.lent.parts.describe,
            seed=turn.ask.seed,
            deadline=deadline,
        )
        done: dict[int, Card] = {}
        async with contextlib.aclosing(writing.described(turn.cards)) as updates:
            async for update in updates:
                if isinstance(update, Checked):
                    done[update.card.rank] = update.card
                turn.clock.first("first_sentence")
                yield update
        turn.cards = tuple(done[rank] for rank in sorted(done))
        if turn.engine is not None and time.monotonic() > deadline:
            turn.tell("text_late")
        if turn.engine is not None and not turn.engine.alive():
            turn.tell("stopped")

    @cached_property
    def _writers(self) -> Writers:
        return Writers(self._workspace.settings.budgets.writers or writers_here())

    # -- what the stages use ----------------------------------------------------------------

    async def _fused(self, turn: RequestState) -> PickResult:
        """The pick; the scorer's where the LLM has no weight, is not there, or takes too long."""
        domain, shortlist = turn.domain, turn.shortlist

        def picking(engine: Engine | None) -> Awaitable[PickResult]:
            return pick(
                engine,
                [domain.catalog[scored.item_id] for scored in shortlist],
                [scored.logit for scored in shortlist],
                domain.popularity_of(shortlist),
                asked_for=domain.asked_for(turn.profile, turn.request, shortlist),
                k=turn.ask.k,
                history_lines=domain.history_lines(turn.profile),
                request_text=turn.request.text,
                weights=turn.lent.weights,
                language=turn.request.language,
                folders=self._workspace.prompt_folders(domain.name),
                adapter=turn.lent.parts.pick,
            )

        engine = turn.engine if turn.lent.weights.llm and len(shortlist) > 1 else None
        if engine is None:
            return await picking(None)
        try:
            budget = self._workspace.settings.budgets.pick_seconds
            result = await asyncio.wait_for(picking(engine), budget)
        except TimeoutError:
            turn.tell("pick_late")
            return await picking(None)
        if result.reason:
            turn.tell("scorer", why=result.reason)
        return result


class Clock:
    """Milliseconds of each stage, in order, and the total."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._marks: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._marks[stage] = (now - self._last) * 1000
        self._last = now

    def first(self, stage: str) -> None:
        """Time from the start to the first call."""
        self._marks.setdefault(stage, (time.perf_counter() - self._start) * 1000)

    def timings(self) -> dict[str, float]:
        """Milliseconds by stage."""
        return {**self._marks, "total": (time.perf_counter() - self._start) * 1000}


def _arranged(turn: RequestState, result: PickResult, rules: Rules) -> Slate:
    items = [turn.domain.catalog[scored.item_id] for scored in turn.shortlist]
    pinned = turn.domain.pinned(turn.shortlist)
    return arrange(items, result.log_probabilities, turn.ask.k, rules, pinned=pinned)


def _shown(turn: RequestState, slate: Slate) -> list[Impression]:
    now, domain = time.time(), turn.domain
    return [
        Impression(
            time=now,
            domain=domain.name,
            user=turn.ask.user,
            item=card.item.id,
            rank=card.rank,
            propensity=propensity,
            probability=card.probability,
            scorer=domain.scorer_version,
            adapter=turn.lent.name,
        )
        for card, propensity in zip(turn.cards, slate.propensities, strict=True)
    ]


def _answer(turn: RequestState) -> Answer:
    request = turn.request
    return Answer(
        domain=turn.domain.name,
        user=turn.ask.user,
        request={**asdict(request), "filters": [asdict(f) for f in request.filters]},
        engine=turn.engine.name if turn.engine else "none",
        adapter=turn.lent.name,
        scorer=turn.domain.scorer_version,
        cards=turn.cards,
        pick=turn.result.source if turn.result else "scorer",
        shortlist=tuple(turn.shortlist),
        notices=tuple(turn.notices),
        timings_ms=turn.clock.timings(),
    )
