"""Answers without an LLM for many users: few queries, one product of matrices for the logits of
some hundred users, and no task or thread for each."""

from collections.abc import Sequence
from dataclasses import replace

from shelftalker.data.profile import Profile
from shelftalker.scorer.base import Floats
from shelftalker.serving.cards import deal, impressions_of
from shelftalker.serving.domain import Domain
from shelftalker.serving.options import GenerateCall
from shelftalker.serving.pipeline import Pipeline
from shelftalker.serving.request_state import RequestState
from shelftalker.types import Answer, Checked, Request
from shelftalker.writing.streaming import Writing

LOGITS = 4_000_000
"""Logits computed at once: 16 MB."""


async def composed_answers(
    pipeline: Pipeline, domain: Domain, calls: Sequence[GenerateCall]
) -> list[Answer]:
    """What `Pipeline.answer` answers to each of some calls without a message where no engine is
    loaded, without its notices. All calls are on one domain."""
    step = max(LOGITS // max(len(domain.catalog), 1), 1)
    answers, shown = [], []
    writings: dict[str | None, Writing] = {}
    for start in range(0, len(calls), step):
        for state in _opened(pipeline, domain, calls[start : start + step]):
            async with pipeline.adapters.lease(
                None, state.domain, state.call.adapter
            ) as state.lease:
                state.result = await pipeline.picking(state)(None)
            slate = deal(state, state.result)
            if state.domain.rules.log_shown or state.domain.experiment:
                shown += impressions_of(state, slate)
            if state.domain.arm not in writings:
                writings[state.domain.arm] = pipeline.writing(state)
            writing = replace(
                writings[state.domain.arm], history=state.history, request=state.request,
                seed=state.call.seed, style=state.call.style,
            )  # fmt: skip
            texts = writing.composed(state.cards)
            state.cards = tuple(text.card for text in texts if isinstance(text, Checked))
            state.set_text()
            answers.append(state.answer())
    if shown:
        pipeline.workspace.impressions.extend(shown)
    return answers


def _opened(
    pipeline: Pipeline, domain: Domain, calls: Sequence[GenerateCall]
) -> list[RequestState]:
    """Each call with its history and shortlist."""
    events = pipeline.workspace.events.of_users(domain.name, [call.user for call in calls])
    profiles = [Profile(call.user, tuple(events[call.user]), now=True) for call in calls]
    logits: Sequence[Floats | None] = [None] * len(calls)
    if not domain.arms and not domain.scorer.indexed:
        logits = list(domain.scorer.logits([profile.history for profile in profiles], now=True))
    states, size = [], pipeline.workspace.settings.shortlist_size
    for call, profile, own in zip(calls, profiles, logits, strict=True):
        arm = domain.for_user(call.user)
        request = Request(language=call.language or arm.language_for(profile))
        state = RequestState(call, arm, profile, request)
        state.shortlist = arm.shortlist(profile, request, size, logits=own)
        states.append(state)
    return states
