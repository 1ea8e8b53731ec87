"""Which filter to let go when too little fits, and what that would bring."""

from dataclasses import replace

from shelftalker.conversation.state import Relaxation
from shelftalker.conversation.taste import Taste
from shelftalker.data.filters import Filter, relaxations
from shelftalker.data.profile import Profile
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

MOST = 3


def relaxed(
    profile: Profile, domain: Domain, taste: Taste, request: Request
) -> tuple[Relaxation, ...]:
    """The single filters whose end brings most, each with the item that would then come first."""
    chips = {chip.condition: chip for chip in taste.of("filter") if chip.condition}
    found = relaxations(domain.catalog, taste.filters, profile.seen)
    return tuple(
        Relaxation(chips[condition], count, _first(profile, domain, taste, request, condition))
        for condition, count in [pair for pair in found if pair[0] in chips][:MOST]
    )


def _first(
    profile: Profile, domain: Domain, taste: Taste, request: Request, dropped: Filter
) -> str:
    kept = tuple(condition for condition in taste.filters if condition != dropped)
    best = domain.shortlist(replace(profile, filters=kept), replace(request, filters=()), 1)
    return domain.catalog[best[0].item_id].title if best else ""
