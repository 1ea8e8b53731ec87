"""The cards of an answer, made from a shortlist, and the notices about its filters."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shelftalker.data.filter_labels import label_in
from shelftalker.data.filters import relaxations
from shelftalker.data.impressions import Impression
from shelftalker.data.profile import Profile
from shelftalker.language.notices import notice
from shelftalker.language.sentences import listed
from shelftalker.ranking.pick import PickResult
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.slate import Places, Slate
from shelftalker.serving.domain import Domain
from shelftalker.serving.request_state import RequestState
from shelftalker.types import Card, CardReason, Request, Scored
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past

MAX_RELAXATIONS = 2
"""Filters named in a notice as those that could go."""


def first_cards(domain: Domain, shortlist: Sequence[Scored], k: int) -> tuple[Card, ...]:
    """The first k of the shortlist, at once; probabilities are a softmax over the shortlist."""
    shares = domain.shares(shortlist)
    return tuple(
        Card(domain.catalog[scored.item_id], rank, scored.probability, share)
        for rank, (scored, share) in enumerate(zip(shortlist[:k], shares, strict=False), 1)
    )


def picked_cards(
    domain: Domain,
    profile: Profile,
    history: Sequence[Past],
    request: Request,
    shortlist: Sequence[Scored],
    order: Sequence[int],
    shares: Sequence[float],
) -> tuple[Card, ...]:
    """The picks with their evidence and reasons. `order`: indexes into the shortlist; `shares`: the
    probability of every item of the shortlist."""
    items = [domain.catalog[shortlist[place].item_id] for place in order]
    reasons_by_item = domain.reasons(profile, request, items)
    rows = domain.catalog.rows([item.id for item in items])
    near = domain.shortlister.nearness(request.text, rows)
    picks = zip(order, items, reasons_by_item, near, strict=True)
    return tuple(
        Card(
            item=item,
            rank=rank,
            score=shortlist[place].probability,
            probability=shares[place],
            evidence=tuple(choose_evidence(item, reasons, history, request, nearness=nearness)),
            reasons=tuple(
                CardReason(r.item_id, domain.catalog[r.item_id].title, r.weight) for r in reasons
            ),
        )
        for rank, (place, item, reasons, nearness) in enumerate(picks, 1)
    )


def notices_for(domain: Domain, request: Request, profile: Profile, left: int, k: int) -> list[str]:
    """What to say where an avoided wish could not be checked, or fewer than k items were left."""
    notices = []
    if request.avoid:
        notices.append(notice("unstated", request.language, what=request.avoid))
    if left >= k:
        return notices
    filters = [*request.filters, *profile.filters]
    asked = [label_in(one, request.language) for one in filters if one.field != "id"]
    what = listed(asked, request.language)
    name = "few" if asked else "few_left"
    notices.append(notice(name, request.language, what=what, found=left, k=k))
    relaxed = relaxations(domain.catalog, filters, profile.seen)
    helpful = [pair for pair in relaxed if pair[0].field != "id"]
    for condition, count in helpful[:MAX_RELAXATIONS]:
        label = label_in(condition, request.language)
        notices.append(notice("without", request.language, condition=label, items=count))
    return notices


def deal(state: RequestState, result: PickResult) -> Slate:
    """Set the cards of a pick, with the history that their texts share."""
    slate = arranged(state, result, state.domain.rules)
    offered = {state.shortlist[place].item_id for place in slate.order}  # no reason for themselves
    state.history = state.domain.past(state.profile.without(offered), state.request)
    state.cards = picked_cards(
        state.domain, state.profile, state.history, state.request, state.shortlist, slate.order,
        np.exp(result.log_probabilities).tolist(),
    )  # fmt: skip
    return slate


def arranged(state: RequestState, result: PickResult, rules: Rules) -> Slate:
    """The places of an answer, filled from its shortlist by the shop's rules."""
    items = [state.domain.catalog[scored.item_id] for scored in state.shortlist]
    pinned = state.domain.shortlister.pinned(state.shortlist)
    return Places(
        items, result.log_probabilities, state.call.k, rules, pinned=pinned,
        visitor=state.call.user, new=state.domain.untaken(state.shortlist),
    ).arranged()  # fmt: skip


def impressions_of(state: RequestState, slate: Slate) -> list[Impression]:
    """What an answer shows, as it is logged."""
    now, domain, request = time.time(), state.domain, state.request
    asked = bool(state.profile.filters or replace(request, message="", language="en") != Request())
    experiment = domain.experiment.name if domain.experiment else None
    return [
        Impression(
            time=now,
            domain=domain.name,
            user=state.call.user,
            item=card.item.id,
            rank=card.rank,
            propensity=propensity,
            probability=card.probability,
            scorer=domain.scorer_version,
            adapter=state.lease.name,
            experiment=experiment,
            arm=domain.arm,
            asked=asked,
        )
        for card, propensity in zip(state.cards, slate.propensities, strict=True)
    ]
