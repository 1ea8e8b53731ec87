"""Fit a domain's pick weights: which way of asking the LLM is best, and how much what it says may
move the scorer's order.

The last event of some users is held out, a scorer is trained on the rest, and its shortlists are
shown to the LLM: in every way at first, then in the one whose fusion foretells the choices best.
Where the LLM says nothing beyond the scorer, or the fusion does not order surely better, the
scorer's order stands.
"""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.errors import InputError
from shelftalker.ranking.fusion import fit_weights, log_loss, order_gains, proven
from shelftalker.ranking.pick import LETTERS, METHODS, Floats, pick_lines, preference
from shelftalker.ranking.pick_weights import PICK_FILE, PickWeights, ZeroShotMethod
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

SHORTEST_HISTORY = 3
TRIED = 40
"""Users whose shortlists are shown in every way; the best way goes on with the others."""


@dataclass(frozen=True)
class Choice:
    """One user's shortlist, best first; `target` is the place of the next item, -1 if missed."""

    items: list[Item]
    logits: Floats
    popularity: Floats
    history: list[str]
    target: int

    def turned(self) -> "Choice":
        """The same shortlist, last first."""
        return replace(
            self,
            items=self.items[::-1],
            logits=self.logits[::-1],
            popularity=self.popularity[::-1],
            target=len(self.items) - 1 - self.target if self.target >= 0 else -1,
        )


@dataclass(frozen=True)
class Way:
    """One way of asking, on the users that all ways were tried on: the fusion's mean log-loss (in
    nats, less is better), the LLM's weight in it, the LLM's own NDCG@10, and its time."""

    method: ZeroShotMethod
    log_loss: float
    llm: float
    ndcg: float
    milliseconds: float


@dataclass(frozen=True)
class PickFit:
    """The weights, and what they rest on: users asked, how many shortlists held the target, and
    how each way did. `log_loss` is the scorer's alone, with its fitted scale."""

    weights: PickWeights
    users: int
    hits: int
    ways: tuple[Way, ...] = ()
    log_loss: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For reports and for `pick.json`."""
        return asdict(self)


async def fit_pick(
    workspace: Workspace,
    name: str,
    engine: Engine,
    *,
    users: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> PickFit:
    """Fit the weights of the base model on held-out last events and write them to the domain's
    `pick.json`. An adapter has its own, fitted when it is trained.

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
    choices = [
        choice_of(catalog, scorer, history, target, size)
        for history, target in zip(histories, targets, strict=True)
    ]
    folders = workspace.prompt_folders(name)
    found = await fit_choices(engine, choices, folders=folders, progress=progress)
    replace_file(workspace.domain_path(name) / PICK_FILE, json.dumps(found.as_dict()).encode())
    return found


def choice_of(
    catalog: Catalog, scorer: TwoTowerScorer, history: Sequence[Event], target: str, n: int
) -> Choice:
    """The scorer's n best after a history, and where among them the target is."""
    shortlist = scorer.shortlist(history, n=n)
    ids = [scored.item_id for scored in shortlist]
    return Choice(
        items=[catalog[item_id] for item_id in ids],
        logits=np.array([scored.logit for scored in shortlist]),
        popularity=np.asarray(scorer.popularity()[catalog.rows(ids)], np.float64),
        history=pick_lines(catalog, history),
        target=ids.index(target) if target in ids else -1,
    )


async def fit_choices(
    engine: Engine,
    choices: Sequence[Choice],
    *,
    folders: Sequence[Path] = (),
    adapter: str | None = None,
    tried: int = TRIED,
    progress: Progress | None = None,
) -> PickFit:
    """Choose the way of asking and fit the fusion; it serves where it orders surely better than the
    scorer. Choices whose target was missed say nothing."""
    hits = [choice for choice in choices if choice.target >= 0]
    if not hits:
        return PickFit(PickWeights(), users=len(choices), hits=0)
    asking = _Asking(engine, folders, adapter, progress, len(hits))
    first = hits[:tried]
    fewest = max(len(choice.items) for choice in hits)
    methods = [m for m in METHODS if m != "letters" or fewest <= len(LETTERS)]
    said = {method: [await asking(method, choice) for choice in first] for method in methods}
    ways = tuple(_way(method, first, said[method], asking) for method in methods)
    best = min(ways, key=lambda way: way.log_loss).method
    llm = said[best] + [await asking(best, choice) for choice in hits[tried:]]
    tables = _tables(hits, llm)
    scorer, said_by_llm, popularity, target = tables
    alone, fused = fit_weights(*tables, heard=False), fit_weights(*tables)
    scaled = fit_weights(scorer, said_by_llm, np.zeros_like(popularity), target, heard=False)
    serving = next((one for one in (fused, alone) if proven(one, *tables)), None)
    if serving is None:
        serving = scaled if scaled.scorer else PickWeights()
    return PickFit(
        replace(serving, method=best),
        users=len(choices),
        hits=len(hits),
        ways=ways,
        log_loss=log_loss(alone, *tables),
    )


class _Asking:
    """Asks one way after the other, keeps the time that each answer takes, and reports on it."""

    def __init__(
        self,
        engine: Engine,
        folders: Sequence[Path],
        adapter: str | None,
        progress: Progress | None,
        total: int,
    ) -> None:
        self._engine, self._folders, self._adapter = engine, folders, adapter
        self._progress, self._total = progress, total
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    async def __call__(self, method: ZeroShotMethod, choice: Choice) -> Floats:
        began = time.perf_counter()
        found = await preference(
            self._engine,
            choice.items,
            history_lines=choice.history,
            method=method,
            folders=self._folders,
            adapter=self._adapter,
        )
        self.seconds[method].append(time.perf_counter() - began)
        if self._progress:
            self._progress(len(self.seconds[method]), self._total, f"pick examples by {method}")
        return found


def _way(
    method: ZeroShotMethod, choices: Sequence[Choice], said: Sequence[Floats], asking: _Asking
) -> Way:
    tables = _tables(choices, said)
    weights = fit_weights(*tables)
    return Way(
        method,
        log_loss=log_loss(weights, *tables),
        llm=weights.llm,
        ndcg=float(order_gains(PickWeights(0.0, 1.0), *tables).mean()),
        milliseconds=1000 * float(np.median(asking.seconds[method])),
    )


def _tables(
    choices: Sequence[Choice], said: Sequence[Floats]
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.int64]]:
    """Scorer, LLM and popularity [choices, longest], -inf beyond a list's end; and the targets."""
    table = np.full((3, len(choices), max(len(choice.items) for choice in choices)), -np.inf)
    for row, (choice, llm) in enumerate(zip(choices, said, strict=True)):
        table[:, row, : len(llm)] = choice.logits, llm, choice.popularity
    return table[0], table[1], table[2], np.array([choice.target for choice in choices])


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
