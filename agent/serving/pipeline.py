"""The stages of one request, in order: understand, shortlist, pick, describe.

Each stage reads and extends the `RequestState`, which belongs to this request alone. Whatever
fails, the visitor still gets cards: in the scorer's order, with template texts and a notice.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from shelftalker.data.filters import Filter
from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine
from shelftalker.engine.concurrency import DEAL, PICK, TEXTS, computed
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import PickQuestion, PickResult, ShortlistScores, pick
from shelftalker.serving.adapter_leases import AdapterService
from shelftalker.serving.cards import arranged, deal, first_cards, impressions_of, notices_for
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import EngineHost
from shelftalker.serving.engine_queue import EngineQueues, places_here
from shelftalker.serving.options import GenerateCall
from shelftalker.serving.request_id import in_request, request_id
from shelftalker.serving.request_state import RequestState, StageClock
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
from shelftalker.understanding.turn import TurnContext
from shelftalker.writing.describe import Describer
from shelftalker.writing.hooks import HookStore
from shelftalker.writing.streaming import Writing
from shelftalker.writing.style import read_voice
from shelftalker.writing.text_cache import TextCache

MAX_TAKEN = 3
"""Items of the history that are named as what was asked for and is left out."""


class Pipeline:
    """Answers requests on one workspace; they share the cache of texts, the cores and the LLM."""

    def __init__(self, workspace: Workspace, domains: DomainStore, host: EngineHost) -> None:
        self.workspace, self._domains, self._host = workspace, domains, host
        self.adapters = AdapterService(workspace)
        self._hooks: dict[str, HookStore] = {}
        self._erasures = 0
        self.engine_failures = 0
        """How often the engine was missing or failed, so that a request went on without it."""
        settings = workspace.settings
        self.texts = TextCache(settings.text_cache_size, settings.text_cache_hours * 3600)
        self.queues = EngineQueues(settings.budgets.writers or places_here())

    def answer(self, call: GenerateCall) -> AsyncGenerator[Update, None]:
        """Shortlisted, Picked, Token…, Checked…, Done; all stages under one request id."""
        return in_request(self._answer(call))

    async def _answer(self, call: GenerateCall) -> AsyncGenerator[Update, None]:
        if self.workspace.current(self.workspace.domain_name(call.domain)).scorer is not None:
            self._host.begin()  # it is loaded while the domain is
        with self.queues.under_way():
            state = await self._understand(call)
            await self._shortlist(state)
            yield Shortlisted(state.cards)
            await self._engine_for(state)
            async with self.adapters.lease(state.engine, state.domain, call.adapter) as state.lease:
                await self._pick(state)
                yield Picked(state.cards)
                async with contextlib.aclosing(self._describe(state)) as updates:
                    async for update in updates:
                        yield update
            yield Done(state.answer())

    async def pick_only(
        self, domain: Domain, user: str, shortlist: list[Scored], k: int
    ) -> list[tuple[str, float]]:
        """Item and share of the k picks out of a shortlist, without message, text or chance."""
        profile = self.profile(domain, user)
        call = GenerateCall(user, k=k)
        state = RequestState(call, domain, profile, Request(), shortlist=shortlist)
        with request_id():
            if domain.weights.llm:
                await self._engine_for(state)
            async with self.adapters.lease(state.engine, domain) as state.lease:
                result = await self._fused(state)
        slate = arranged(state, result, domain.rules.without_chance())
        shares = np.exp(result.log_probabilities)
        return [(shortlist[place].item_id, float(shares[place])) for place in slate.order]

    def profile(self, domain: Domain, user: str, filters: Sequence[Filter] = ()) -> Profile:
        """A user's events in a domain, and the filters of this request."""
        events = self.workspace.events.of_user(domain.name, user)
        return Profile(user, Profile.of(user, events).history, tuple(filters), now=True)

    async def _understand(self, call: GenerateCall) -> RequestState:
        """Read the user's history and the message."""
        clock, begun = StageClock(self.workspace.settings.budgets), time.monotonic()
        self._drop_texts_of_erased()
        domain, profile, call = await computed(self._opened, call)
        request, notices = call.request, []
        if request is None:
            reading = await domain.read(call.message, TurnContext(call.language))
            request, notices = reading.request(), list(reading.notices)
        profile = profile.without(request.ignore)
        until = begun + call.seconds if call.seconds is not None else math.inf
        return RequestState(
            call, domain, profile, request, notices=notices, clock=clock, until=until
        )

    def _opened(self, call: GenerateCall) -> tuple[Domain, Profile, GenerateCall]:
        """The domain and the profile of a call, and the call without personal data and with the
        language of a message without words."""
        domain = self._domains.get(call.domain).for_user(call.user)
        profile = self.profile(domain, call.user, call.filters)
        message, language = domain.cleaned(call.message), call.language
        if call.request is None and not language and not any(map(str.isalpha, message)):
            language = domain.language_for(profile)
        return domain, profile, replace(call, message=message, language=language)

    async def _shortlist(self, state: RequestState) -> None:
        """The scorer's best of the allowed items, the first k as cards."""
        size = self.workspace.settings.shortlist_size
        domain, profile, request, k = state.domain, state.profile, state.request, state.call.k
        state.shortlist = await computed(domain.shortlist, profile, request, size)
        state.cards = first_cards(domain, state.shortlist, k)
        for title in (await computed(domain.taken, profile, request))[:MAX_TAKEN]:
            state.notify("taken", title=title)
        if state.call.request is None:  # a conversation itself says which filters can go
            state.notices += await computed(
                notices_for, domain, request, profile, len(state.shortlist), k
            )
        state.clock.mark("shortlist")

    async def _engine_for(self, state: RequestState) -> None:
        """Take the engine where there is something to write about."""
        if state.shortlist:
            state.engine = await self._host.get()
            if state.engine is None and self._host.wanted:
                self.engine_failures += 1
                state.notify("no_engine", why=self._host.notice)

    async def _pick(self, state: RequestState) -> None:
        """The fused order, arranged by the shop's rules, with the evidence for each pick."""
        if state.lease.notice:
            state.notices.append(state.lease.notice)
        state.result = await self._fused(state)
        slate = await computed(deal, state, state.result, after=DEAL)
        for card in state.cards[: slate.pinned]:
            state.notify("pinned", title=card.item.title)
        if state.domain.rules.log_shown or state.domain.experiment:
            self.workspace.impressions.add(impressions_of(state, slate))
        state.clock.mark("pick")

    async def _describe(self, state: RequestState) -> AsyncGenerator[Update, None]:
        """Write all cards; `state.cards` become the described ones."""
        begun, done = time.monotonic(), dict[int, Card]()
        async with contextlib.aclosing(self._texts(state)) as updates:
            async for update in updates:
                if isinstance(update, Checked):
                    done[update.card.rank] = update.card
                state.clock.first("first_sentence")
                yield update
        state.cards = tuple(done[rank] for rank in sorted(done))
        state.set_text()
        if all(card.source not in ("model", "retry") for card in state.cards):
            self.queues.composing.add(time.monotonic() - begun)
        if state.engine is not None and not state.engine.alive():
            state.notify("stopped")
        state.clock.mark("describe")

    async def _texts(self, state: RequestState) -> AsyncGenerator[Update, None]:
        """The cards that need no model, then the others at the same time: by the model where it is
        expected to be in time, else composed."""
        within = state.within(self.workspace.settings.budgets.describe_seconds)
        deadline = time.monotonic() + within
        writing = self.writing(state, deadline)
        ready, left = await computed(writing.ready, state.cards, after=TEXTS)
        for update in ready:
            yield update
        if not left:
            return
        async with self.queues.place("describe", deadline, len(left)) as admitted:
            if admitted:
                async with contextlib.aclosing(writing.described(left)) as updates:
                    async for update in updates:
                        yield update
        self.engine_failures += writing.describer.failures
        for update in [] if admitted else await computed(writing.composed, left, after=TEXTS):
            yield update
        if not admitted or time.monotonic() > deadline:
            state.notify("text_late")

    def writing(self, state: RequestState, deadline: float = math.inf) -> Writing:
        """What writes the cards of an answer."""
        folders = self.workspace.prompt_folders(state.domain.name)
        voice = read_voice(self.workspace.domain_path(state.domain.name))
        return Writing(
            Describer(state.writer(voice), folders=folders, cache=self.texts),
            history=state.history,
            request=state.request,
            adapter=state.lease.parts.describe,
            seed=state.call.seed,
            deadline=deadline,
            style=state.call.style,
            voice=voice,
            hooks=self.hooks(state.domain.name) if state.domain.hooks else None,
        )

    def _drop_texts_of_erased(self) -> None:
        """Empty the cache of texts where a person was erased, by whichever process."""
        erasures = self.workspace.events.forgotten()
        if erasures != self._erasures:
            self.texts.clear()
            self._erasures = erasures

    def hooks(self, domain: str) -> HookStore:
        """The prepared texts of a domain."""
        folder = self.workspace.domain_path(domain) / "hooks"
        return self._hooks.setdefault(domain, HookStore(folder))

    async def _fused(self, state: RequestState) -> PickResult:
        """The pick; by the scorer alone where the LLM has no weight, is missing or is too slow."""
        picking = await computed(self.picking, state, after=PICK)
        engine = state.engine if state.lease.weights.llm and len(state.shortlist) > 1 else None
        if engine is None:
            return await picking(None)
        within = state.within(self.workspace.settings.budgets.pick_seconds)
        deadline = time.monotonic() + within - self.queues.composing.expected()
        async with self.queues.place("pick", deadline) as admitted:
            result = None
            with contextlib.suppress(TimeoutError):
                if admitted:
                    result = await asyncio.wait_for(picking(engine), deadline - time.monotonic())
        if result is None:
            state.notify("pick_late")
            return await picking(None)
        if result.reason:
            self.engine_failures += 1
            state.notify("scorer", why=result.reason)
        return result

    def picking(self, state: RequestState) -> Callable[[Engine | None], Awaitable[PickResult]]:
        """The pick of this request, for an engine or none."""
        domain, shortlist = state.domain, state.shortlist
        items = [domain.catalog[scored.item_id] for scored in shortlist]
        question = PickQuestion(items)
        if state.engine is not None:
            prompts = PromptSet(self.workspace.prompt_folders(domain.name), state.request.language)
            lines = domain.history_lines(state.profile)
            question = PickQuestion(items, lines, state.request.text, prompts)
        scores = ShortlistScores(
            [scored.logit for scored in shortlist],
            domain.popularity_of(shortlist),
            domain.asked_for(state.profile, state.request, shortlist),
        )
        weights = state.lease.weights
        if weights is domain.weights:
            weights = domain.with_new_names(state.profile, shortlist)
        return partial(
            pick,
            question=question,
            scores=scores,
            k=state.call.k,
            weights=weights,
            adapter=state.lease.parts.pick,
        )


async def last_answer(updates: AsyncGenerator[Update, None]) -> Answer:
    """The answer that a stream of updates ends with."""
    async with contextlib.aclosing(updates):
        async for update in updates:
            if isinstance(update, Done):
                return update.answer
    raise AssertionError("a stream ends with Done")
