"""Select the LLM scoring method of a domain and fit its weight in the score fusion.

The last event of some users is held out, a scorer is trained on the rest, and the LLM scores its
shortlists: the first ones by each method, the others by the method whose fusion has the lowest
log-loss. Where the LLM adds nothing to the scorer, or the fusion does not rank significantly
better, the scorer's order is kept.
"""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.engine.base import Engine
from shelftalker.errors import InputError
from shelftalker.prompts import PACKAGE_PROMPTS, PromptSet
from shelftalker.ranking.fusion import (
    ChoiceTables,
    fit_weights,
    log_loss,
    order_gains,
    significantly_better,
)
from shelftalker.ranking.pick import (
    LETTERS,
    METHODS,
    Floats,
    PickQuestion,
    ShortlistScores,
    pick_lines,
    preference,
)
from shelftalker.ranking.pick_weights import PICK_FILE, PickWeights, ZeroShotMethod
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace
from shelftalker.types import Scored

SHORTEST_HISTORY = 3
METHOD_USERS = 40
"""Users whose shortlists are scored by each method; the best method scores the others too."""


@dataclass(frozen=True)
class Choice:
    """One user's shortlist, best first; `target`: the place of the held-out item, -1 if missed."""

    items: list[Item]
    logits: Floats
    popularity: Floats
    history: list[str]
    target: int

    def question(self, prompts: PromptSet) -> PickQuestion:
        """What the LLM is asked."""
        return PickQuestion(self.items, self.history, prompts=prompts)

    @property
    def scores(self) -> ShortlistScores:
        """What its answer is fused with."""
        return ShortlistScores(self.logits, self.popularity)

    def turned(self) -> "Choice":
        """The same shortlist in reverse order."""
        return replace(
            self,
            items=self.items[::-1],
            logits=self.logits[::-1],
            popularity=self.popularity[::-1],
            target=len(self.items) - 1 - self.target if self.target >= 0 else -1,
        )


@dataclass(frozen=True)
class MethodFit:
    """One method on the users that all methods scored: the fusion's mean log-loss (nats, lower is
    better), the LLM's weight in it, the NDCG@10 of the LLM alone, and the median time a user."""

    method: ZeroShotMethod
    log_loss: float
    llm: float
    ndcg: float
    milliseconds: float


@dataclass(frozen=True)
class PickFit:
    """The weights and how they were fitted: number of users, number of shortlists that held the
    target (`hits`), and the result of each method. `log_loss`: the rescaled scorer's alone."""

    weights: PickWeights
    users: int
    hits: int
    ways: tuple[MethodFit, ...] = ()
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
    """Fit the base model's weights on the last events of `users` random users and write the
    domain's `pick.json`. An adapter has its own weights, fitted when it is trained.

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
        choice_of(scorer, history, target, scorer.shortlist(history, n=size))
        for history, target in zip(histories, targets, strict=True)
    ]
    prompts = PromptSet(workspace.prompt_folders(name))
    fit = await fit_choices(engine, choices, prompts=prompts, progress=progress)
    replace_file(workspace.domain_path(name) / PICK_FILE, json.dumps(fit.as_dict()).encode())
    return fit


def choice_of(
    scorer: TwoTowerScorer, history: Sequence[Event], target: str, shortlist: Sequence[Scored]
) -> Choice:
    """A shortlist made after a history, and the target's place in it."""
    catalog, ids = scorer.catalog, [scored.item_id for scored in shortlist]
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
    prompts: PromptSet = PACKAGE_PROMPTS,
    progress: Progress | None = None,
) -> PickFit:
    """Select the method and fit the fusion. It is kept where it ranks significantly better than the
    scorer. Choices whose target was missed are left out."""
    hits = [choice for choice in choices if choice.target >= 0]
    if not hits:
        return PickFit(PickWeights(), users=len(choices), hits=0)
    seconds: defaultdict[str, list[float]] = defaultdict(list)

    async def llm_scores(method: ZeroShotMethod, choice: Choice) -> Floats:
        began = time.perf_counter()
        scores = await preference(engine, choice.question(prompts), method=method)
        seconds[method].append(time.perf_counter() - began)
        if progress:
            progress(len(seconds[method]), len(hits), f"pick examples by {method}")
        return scores

    first, rest = hits[:METHOD_USERS], hits[METHOD_USERS:]
    longest = max(len(choice.items) for choice in hits)
    methods = [m for m in METHODS if m != "letters" or longest <= len(LETTERS)]
    scores = {method: [await llm_scores(method, choice) for choice in first] for method in methods}
    ways = tuple(
        _method_fit(method, _tables(first, scores[method]), seconds[method]) for method in methods
    )
    best = min(ways, key=lambda way: way.log_loss).method
    tables = _tables(hits, scores[best] + [await llm_scores(best, choice) for choice in rest])
    weights, baseline = _best_weights(tables)
    return PickFit(
        replace(weights, method=best),
        users=len(choices),
        hits=len(hits),
        ways=ways,
        log_loss=log_loss(baseline, tables),
    )


def _best_weights(tables: ChoiceTables) -> tuple[PickWeights, PickWeights]:
    """The weights to use, and those without the LLM. Where no fusion ranks significantly better,
    the scorer's order is kept and only rescaled."""
    fused, baseline = fit_weights(tables), fit_weights(tables, use_llm=False)
    for weights in (fused, baseline):
        if significantly_better(weights, tables):
            return weights, baseline
    unknown = tables._replace(popularity=np.zeros_like(tables.popularity))
    scaled = fit_weights(unknown, use_llm=False)
    return scaled if scaled.scorer else PickWeights(), baseline


def _method_fit(method: ZeroShotMethod, tables: ChoiceTables, seconds: list[float]) -> MethodFit:
    weights = fit_weights(tables)
    return MethodFit(
        method,
        log_loss=log_loss(weights, tables),
        llm=weights.llm,
        ndcg=float(order_gains(PickWeights(0.0, 1.0), tables).mean()),
        milliseconds=1000 * float(np.median(seconds)),
    )


def _tables(choices: Sequence[Choice], llm_scores: Sequence[Floats]) -> ChoiceTables:
    scores = [
        (choice.logits, llm, choice.popularity)
        for choice, llm in zip(choices, llm_scores, strict=True)
    ]
    return ChoiceTables.of(scores, [choice.target for choice in choices])


def _held_out(
    events: Sequence[Event], users: int, seed: int
) -> tuple[list[list[Event]], list[str], list[Event]]:
    """Histories and last items of random users, and the log without those last events."""
    by_user: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.time):
        by_user[event.user].append(event)
    usable = sorted(user for user, history in by_user.items() if len(history) > SHORTEST_HISTORY)
    chosen = np.random.default_rng(seed).permutation(len(usable))[:users]
    sampled = [usable[index] for index in chosen]
    histories = [by_user[user][:-1] for user in sampled]
    targets = [by_user[user][-1].item for user in sampled]
    held_out = set(sampled)
    rest = [
        event
        for user, history in by_user.items()
        for event in (history[:-1] if user in held_out else history)
    ]
    return histories, targets, rest
