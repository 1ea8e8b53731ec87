"""Make the cards of an answer from a shortlist, and the notices that go with them."""

from collections.abc import Sequence

from shelftalker.data.filter_labels import said_in
from shelftalker.data.filters import relaxations
from shelftalker.data.profile import Profile
from shelftalker.language.notices import notice
from shelftalker.serving.domain import Domain
from shelftalker.types import Card, CardReason, Request, Scored


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
    request: Request,
    shortlist: Sequence[Scored],
    order: Sequence[int],
    shares: Sequence[float],
) -> tuple[Card, ...]:
    """The picks with their evidence and reasons. `order`: places in the shortlist, `shares`: the
    probability of every item of the shortlist."""
    items = [domain.catalog[shortlist[place].item_id] for place in order]
    past = domain.past(profile)
    found = domain.reasons(profile, request, items)
    return tuple(
        Card(
            item=item,
            rank=rank,
            score=shortlist[place].probability,
            probability=shares[place],
            evidence=domain.evidence(item, past, request, reasons),
            reasons=tuple(
                CardReason(r.item_id, domain.catalog[r.item_id].title, r.weight) for r in reasons
            ),
        )
        for rank, (place, item, reasons) in enumerate(zip(order, items, found, strict=True), 1)
    )


def notices_for(
    domain: Domain, request: Request, profile: Profile, found: int, k: int
) -> list[str]:
    """What to tell a person whose wishes could not all be held, or left fewer than k items."""
    notices = []
    if request.avoid:
        notices.append(notice("unstated", request.language, what=request.avoid))
    if found >= k:
        return notices
    notices.append(notice("few", request.language, found=found, k=k))
    filters = [*request.filters, *profile.filters]
    found_without = relaxations(domain.catalog, filters, profile.seen)
    helpful = [pair for pair in found_without if pair[0].field != "id"]
    for condition, count in helpful[:2]:
        items = str(count)
        if request.language != "zh":
            items += " item" if count == 1 else " items"
        notices.append(
            notice(
                "without",
                request.language,
                condition=said_in(condition, request.language),
                items=items,
            )
        )
    return notices
