"""Turns whose cards come from a few items: a surprise, or a picture that they should be like."""

import random
from dataclasses import replace
from pathlib import Path

from shelftalker.data.filters import Filter
from shelftalker.data.profile import Profile
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

SURPRISE_RANKS = slice(5, 60)
"""Ranks from which a surprise is drawn."""


def surprising(
    domain: Domain, profile: Profile, request: Request, k: int, seed: int
) -> list[Filter]:
    """A filter to k random items from further down the list; none if it is short."""
    further = domain.shortlist(profile, replace(request, filters=()), SURPRISE_RANKS.stop)
    ids = [scored.item_id for scored in further[SURPRISE_RANKS]]
    if len(ids) < k:
        return []
    return [Filter("id", "any_of", tuple(random.Random(seed).sample(ids, k)))]


def pictured(
    domain: Domain, profile: Profile, request: Request, k: int, picture: Path
) -> list[Filter]:
    """A filter to the k items whose pictures are most like a file. Raises `InputError`."""
    alike = domain.shortlist(profile, request, k, picture)
    return [Filter("id", "any_of", tuple(scored.item_id for scored in alike))]
