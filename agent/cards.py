"""Make the cards of an answer from a shortlist, and the notices that go with them."""

from collections.abc import Sequence
from math import exp

from shelftalker.answer import Card, CardReason
from shelftalker.domain import Domain
from shelftalker.filters import Filter
from shelftalker.pick import Picked as PickResult
from shelftalker.profile import Profile
from shelftalker.request import Request, relaxations
from shelftalker.scorer.base import Scored


def first_cards(
    domain: Domain,
    profile: Profile,
    request: Request,
    shortlist: Sequence[Scored],
    k: int,
) -> tuple[Card, ...]:
    """The first k of the shortlist as cards; probabilities are a softmax over the shortlist."""
    shares = domain.shares(shortlist)
    return tuple(
        _card(domain, profile, request, scored, rank, share)
        for rank, (scored, share) in enumerate(zip(shortlist[:k], shares, strict=False), 1)
    )


def picked_cards(
    domain: Domain,
    profile: Profile,
    request: Request,
    shortlist: Sequence[Scored],
    result: PickResult,
    k: int,
) -> tuple[Card, ...]:
    return tuple(
        _card(domain, profile, request, shortlist[i], rank, exp(result.log_probabilities[i]))
        for rank, i in enumerate(result.order[:k], 1)
    )


def _card(
    domain: Domain,
    profile: Profile,
    request: Request,
    scored: Scored,
    rank: int,
    probability: float,
) -> Card:
    item = domain.catalog[scored.item_id]
    reasons = domain.reasons(profile, request, item)
    return Card(
        item=item,
        rank=rank,
        score=scored.probability,
        probability=probability,
        evidence=domain.evidence(item, domain.past(profile), request, reasons),
        reasons=tuple(
            CardReason(r.item_id, domain.catalog[r.item_id].title, r.weight) for r in reasons
        ),
    )


def notices_for(
    domain: Domain, request: Request, profile: Profile, found: int, k: int
) -> list[str]:
    """What to tell a person whose wishes could not all be held, or left fewer than k items."""
    notices = []
    if request.avoid:
        notices.append(
            f"The catalogue cannot rule out '{request.avoid}'; what resembles it was ranked lower."
        )
    if found >= k:
        return notices
    notices.append(f"{found} of the {k} items asked for fit; nothing that was ruled out is shown.")
    filters = [*request.filters, *profile.filters]
    for condition, count in relaxations(domain.catalog, filters)[:2]:
        notices.append(f"Without '{_said(condition)}' {count} items would fit.")
    return notices


def _said(condition: Filter) -> str:
    value = condition.value
    if isinstance(value, tuple):
        value = " or ".join(map(str, value))
    shown = f"{value:g}" if isinstance(value, float) else value
    return f"{condition.field} {condition.op.replace('_', ' ')} {shown}"
