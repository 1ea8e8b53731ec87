"""Answers without an LLM for many users: few queries, and no task or thread for each user."""

from collections.abc import Sequence

from shelftalker.data.profile import Profile
from shelftalker.serving.cards import deal, impressions_of
from shelftalker.serving.domain import Domain
from shelftalker.serving.options import GenerateCall
from shelftalker.serving.pipeline import Pipeline
from shelftalker.serving.request_state import RequestState
from shelftalker.types import Answer, Checked, Request


async def composed_answers(
    pipeline: Pipeline, domain: Domain, calls: Sequence[GenerateCall]
) -> list[Answer]:
    """What `Pipeline.answer` answers to each of some calls without a message where no engine is
    loaded, without its notices. All calls are on one domain."""
    for state in (domain, *domain.arms.values()):
        state.scorer.side = state.scorer.side.for_many()
    events = pipeline.workspace.events.of_users(domain.name, [call.user for call in calls])
    size, shown, answers = pipeline.workspace.settings.shortlist_size, [], []
    for call in calls:
        state = _opened(domain, call, Profile(call.user, tuple(events[call.user])), size)
        async with pipeline.adapters.lease(None, state.domain, state.call.adapter) as state.lease:
            state.result = await pipeline.picking(state)(None)
        slate = deal(state, state.result)
        if state.domain.rules.log_shown or state.domain.experiment:
            shown += impressions_of(state, slate)
        writing = pipeline.writing(state)
        texts = writing.composed(state.cards)
        state.cards = tuple(text.card for text in texts if isinstance(text, Checked))
        state.set_text()
        answers.append(state.answer())
    if shown:
        pipeline.workspace.impressions.extend(shown)
    return answers


def _opened(domain: Domain, call: GenerateCall, profile: Profile, size: int) -> RequestState:
    domain = domain.for_user(call.user)
    request = Request(language=call.language or domain.language_for(profile))
    state = RequestState(call, domain, profile, request)
    state.shortlist = domain.shortlist(profile, request, size)
    return state
