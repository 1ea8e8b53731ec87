"""Answers from the log of what was shown, replayed: with which probability another policy would
have given them. The shortlist is that of the visitor's history before the answer, so answers to a
message are left out: the log does not hold it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from shelftalker.data.profile import Profile
from shelftalker.eval.metrics.off_policy import Logged
from shelftalker.ranking.experiment_status import rewarded
from shelftalker.ranking.exposure import Floats
from shelftalker.ranking.slate import Places
from shelftalker.serving.domain import Domain
from shelftalker.store.workspace import Workspace
from shelftalker.types import Request, Scored


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """Items shown together, best place first, each with its propensity and reward. `scorer`: the
    version that made their shortlist."""

    user: str
    time: float
    scorer: str
    items: tuple[str, ...]
    propensities: tuple[float, ...]
    rewards: tuple[float, ...]


def logged_answers(
    workspace: Workspace, domain: str, hours: float = 24.0, since: float = -np.inf
) -> list[LoggedAnswer]:
    """The answers without a request shown after `since` (Unix seconds), oldest first. The reward of
    an item is that of `experiment_status.rewarded`, within so many hours."""
    log = workspace.impressions.frame(domain)
    shown = log.filter(pl.col("time") > since, ~pl.col("asked").fill_null(False))
    shown = shown.with_row_index("row")
    rows = rewarded(shown, workspace.events.frame(domain), hours).group_by("row").agg(
        pl.col("user", "time", "scorer", "rank", "item", "propensity").first(),
        pl.col("reward").max(),
    )  # fmt: skip
    answers = rows.sort("time", "rank").group_by("user", "time", maintain_order=True).agg(
        pl.col("scorer").first(), pl.col("item", "propensity", "reward")
    )  # fmt: skip
    return [
        LoggedAnswer(user, when, scorer, tuple(items), tuple(propensities), tuple(rewards))
        for user, when, scorer, items, propensities, rewards in answers.iter_rows()
    ]


@dataclass(frozen=True)
class Replay:
    """An answer with the shortlist that a state of a domain makes for it."""

    domain: Domain
    answer: LoggedAnswer
    profile: Profile
    shortlist: list[Scored]

    @classmethod
    def of(cls, workspace: Workspace, domain: Domain, answer: LoggedAnswer) -> "Replay":
        """Replay an answer on a state of its domain."""
        events = workspace.events.of_user(domain.name, answer.user)
        history = [event for event in events if event.time < answer.time]
        profile = Profile.of(answer.user, history)
        size = workspace.settings.shortlist_size
        return cls(domain, answer, profile, domain.shortlist(profile, Request(), size))

    def shares(self, log_probabilities: npt.ArrayLike) -> Floats:
        """The probability of each shortlisted item at each place, given the items above, where the
        pick gives the shortlist these log-probabilities, under the rules in service: float64
        [places, n]."""
        place = {scored.item_id: at for at, scored in enumerate(self.shortlist)}
        shown = [place.get(item, -1) for item in self.answer.items]
        return Places(
            [self.domain.catalog[scored.item_id] for scored in self.shortlist],
            log_probabilities,
            len(shown),
            self.domain.rules,
            pinned=self.domain.shortlister.pinned(self.shortlist),
            visitor=self.answer.user,
            new=self.domain.untaken(self.shortlist),
        ).given(shown)


def logged_under(replays: Sequence[Replay], shares: Sequence[Floats]) -> Logged:
    """The arrays of off-policy evaluation, of a policy with these `Replay.shares`."""
    places = max(len(one.answer.items) for one in replays)
    size = max(1, *(len(one.shortlist) for one in replays))
    number: dict[str, int] = {}
    users: dict[str, int] = {}
    items, offered = np.full((len(replays), places), -1), np.full((len(replays), size), -1)
    reward, propensity = np.zeros(items.shape), np.ones(items.shape)
    given = np.zeros((len(replays), places, size))
    for row, (one, own) in enumerate(zip(replays, shares, strict=True)):
        answer, n, k = one.answer, len(one.shortlist), len(one.answer.items)
        items[row, :k] = [number.setdefault(item, len(number)) for item in answer.items]
        offered[row, :n] = [number.setdefault(s.item_id, len(number)) for s in one.shortlist]
        reward[row, :k], propensity[row, :k] = answer.rewards, answer.propensities
        given[row, :k, :n] = own
    user = np.array([users.setdefault(one.answer.user, len(users)) for one in replays])
    return Logged.of(items, reward, propensity, offered, given, user)
