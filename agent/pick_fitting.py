"""Fit a domain's pick weights: how much the LLM's choice may move the scorer's order.

The last event of some users is held out, a scorer is trained on the rest, and its shortlists are
shown to the LLM. Where the LLM's reading of the titles says nothing beyond the scorer's, its weight
comes out as 0 and the scorer's order stands.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.domain import PICK_FILE, pick_lines
from shelftalker.engine.base import Engine
from shelftalker.errors import InputError
from shelftalker.events import Event
from shelftalker.pick import Weights, fit_weights, preference
from shelftalker.scorer.base import Progress
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.storage import replace_file
from shelftalker.workspace import Workspace

SHORTEST_HISTORY = 3


@dataclass(frozen=True)
class PickFit:
    """The weights, and what they rest on: users asked, and how many shortlists held the target."""

    weights: Weights
    users: int
    hits: int

    def as_dict(self) -> dict[str, Any]:
        """For reports and for `pick.json`."""
        return {"weights": asdict(self.weights), "users": self.users, "hits": self.hits}


async def fit_pick(
    workspace: Workspace,
    name: str,
    engine: Engine,
    *,
    users: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> PickFit:
    """Fit the weights on held-out last events and write them to the domain's `pick.json`.

    Raises `InputError` where no user has more than `SHORTEST_HISTORY` events.
    """
    catalog = workspace.catalog(name)
    histories, targets, rest = _held_out(workspace.events.all(name), users, seed)
    if not histories:
        raise InputError(
            f"domain {name!r} has no user with more than {SHORTEST_HISTORY} events to fit on"
        )
    encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
    scorer = TwoTowerScorer.fit(catalog, rest, encoder, seed=seed)
    size = workspace.settings.shortlist_size
    table = np.full((3, len(histories), size), -np.inf)
    target_columns: npt.NDArray[np.int64] = np.full(len(histories), -1)
    popularity = scorer.popularity()
    for row, (history, target) in enumerate(zip(histories, targets, strict=True)):
        shortlist = scorer.shortlist(history, n=size)
        ids = [scored.item_id for scored in shortlist]
        if target in ids:
            target_columns[row] = ids.index(target)
            table[:, row, : len(ids)] = [
                [scored.logit for scored in shortlist],
                await preference(
                    engine,
                    [catalog[item_id] for item_id in ids],
                    history_lines=pick_lines(catalog, history),
                    folders=workspace.prompt_folders(name),
                ),
                popularity[catalog.rows(ids)],
            ]
        if progress:
            progress(row + 1, len(histories), "pick examples")
    found = PickFit(
        fit_weights(table[0], table[1], table[2], target_columns),
        users=len(histories),
        hits=int((target_columns >= 0).sum()),
    )
    replace_file(workspace.domain_path(name) / PICK_FILE, json.dumps(found.as_dict()).encode())
    return found


def _held_out(
    events: Sequence[Event], users: int, seed: int
) -> tuple[list[list[Event]], list[str], list[Event]]:
    """Histories and last items of a random choice of users, and the log without those events."""
    by_user: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.time):
        by_user[event.user].append(event)
    able = sorted(user for user, history in by_user.items() if len(history) > SHORTEST_HISTORY)
    chosen = np.random.default_rng(seed).permutation(len(able))[:users]
    asked = [able[index] for index in chosen]
    histories = [by_user[user][:-1] for user in asked]
    targets = [by_user[user][-1].item for user in asked]
    held = set(asked)
    rest = [
        event
        for user, history in by_user.items()
        for event in (history[:-1] if user in held else history)
    ]
    return histories, targets, rest
