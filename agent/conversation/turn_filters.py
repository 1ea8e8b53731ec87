"""Filters of one turn beyond the taste: which to remove when too few items fit, and what each would
bring; the few items of a surprise, or of a picture that the cards should be like.
"""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from shelftalker.conversation.sentences import say
from shelftalker.conversation.state import Relaxation, Turn
from shelftalker.conversation.taste import Chip, Taste
from shelftalker.data.filters import Filter, relaxations
from shelftalker.data.profile import Profile
from shelftalker.language.sentences import joined
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

MAX_RELAXATIONS = 3
SURPRISE_RANKS = slice(5, 60)
"""Ranks from which a surprise is drawn."""


def relaxed(
    profile: Profile, domain: Domain, taste: Taste, request: Request
) -> tuple[Relaxation, ...]:
    """The filters whose removal brings most items, each with the item that would come first."""
    chips = {chip.condition: chip for chip in taste.of("filter") if chip.condition}
    options = relaxations(domain.catalog, taste.filters, profile.seen)
    return tuple(
        Relaxation(chips[condition], count, _first(profile, domain, taste, request, condition))
        for condition, count in [pair for pair in options if pair[0] in chips][:MAX_RELAXATIONS]
    )


def _first(
    profile: Profile, domain: Domain, taste: Taste, request: Request, dropped: Filter
) -> str:
    kept = tuple(condition for condition in taste.filters if condition != dropped)
    best = domain.shortlist(replace(profile, filters=kept), replace(request, filters=()), 1)
    return domain.catalog[best[0].item_id].title if best else ""


def loosened(options: Iterable[Relaxation], taste: Taste) -> Chip | None:
    """The condition to give up where others are asked for and none is left: the oldest that is
    wanted and helps. What is ruled out or pinned stays, and so does what was asked for last."""
    helpful = {option.chip.key for option in options}
    wanted = [
        chip
        for chip in taste.of("filter")
        if chip.condition and chip.condition.op not in ("excludes", "outside")
    ]
    return next((chip for chip in wanted[:-1] if chip.key in helpful and not chip.pinned), None)


def too_few(turn: Turn, language: str) -> str:
    """The reply where fewer items fit than were asked for."""
    count = len(turn.cards)
    promised = turn.act in ("others", "surprise", "more_like") and not count
    lines = [turn.reply] if turn.reply and not promised else []
    lines.append(say("few", language, count=count) if count else say("nothing", language))
    if not turn.relaxations and not count:
        lines.append(say("relax_many", language))
    return joined(lines, language)


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
