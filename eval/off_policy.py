"""What a scorer version would earn, from what was shown by others: `experiment DIR off-policy`.

The policy that is valued serves the version under the rules in service, without an LLM's pick. The
reward is that of `experiment_status.rewarded`, of each item shown.
"""

import asyncio
from dataclasses import asdict, replace
from typing import Any

from shelftalker.errors import InputError
from shelftalker.eval.metrics.off_policy import ESTIMATORS, difference, value
from shelftalker.ranking.exposure import Floats
from shelftalker.ranking.pick import PickQuestion, ShortlistScores, pick
from shelftalker.scorer.loading import load_scorer
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.replay import Replay, logged_answers, logged_under
from shelftalker.store.versions import check_exists
from shelftalker.store.workspace import Workspace

MOST = 20_000
"""Answers that are replayed; each takes some milliseconds."""


def policy_value(
    workspace: Workspace, domain: str, version: str, hours: float = 24.0
) -> dict[str, Any]:
    """Estimates of the mean reward by the newest answers: of first places, and of whole answers by
    `cascade`. Raises `InputError` where the log says too little of first places, `WorkspaceError`
    where there is no such version."""
    check_exists(workspace.domain_path(domain), "scorer", version)
    serving = DomainStore(workspace).get(domain)
    scorer = load_scorer(workspace, domain, serving.catalog, version=version, like=serving.scorer)
    valued = replace(serving, scorer=scorer, scorer_version=version)
    answers = logged_answers(workspace, domain, hours)[-MOST:]
    if not answers:
        raise InputError(f"nothing of {domain!r} is logged; set log_shown = true in its rules.toml")
    replays = [Replay.of(workspace, valued, answer) for answer in answers]
    logged = logged_under(replays, asyncio.run(_shares(replays)))
    found: dict[str, Any] = {"scorer": version, "rows": len(answers)}
    for name in ESTIMATORS:
        try:
            found[name] = asdict(value(logged, name))
        except InputError as error:
            if name != "cascade":
                raise
            found[name] = {"refused": str(error)}
    return found | {"more_than_what_was_shown": asdict(difference(logged.first()))}


async def _shares(replays: list[Replay]) -> list[Floats]:
    shares = []
    for one in replays:
        domain, shortlist = one.domain, one.shortlist
        scores = ShortlistScores([s.logit for s in shortlist], domain.popularity_of(shortlist))
        question = PickQuestion([domain.catalog[s.item_id] for s in shortlist])
        picked = await pick(None, question, scores, weights=domain.weights)
        shares.append(one.shares(picked.log_probabilities))
    return shares
