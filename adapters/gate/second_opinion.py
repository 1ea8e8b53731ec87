"""The gate's second opinion: how much more the candidate's order would have earned than that in
service, by the log of what was shown (Δ-OPE, see `metrics.off_policy`).

Each logged answer is replayed with the scorer version that served it, and both systems order its
shortlist under the rules in service. First places count.
"""

from collections.abc import Callable
from dataclasses import replace

from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.gate.ranking_trials import RankingTrials, System
from shelftalker.errors import InputError
from shelftalker.eval.metrics.off_policy import Logged, difference
from shelftalker.scorer.loading import load_scorer
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.replay import LoggedAnswer, Replay, logged_answers, logged_under
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.workspace import Workspace

NOTHING = "no answer newer than the training data is logged with its propensity"


async def second_opinion(
    workspace: Workspace,
    domain: str,
    systems: tuple[System, System],
    trials_of: Callable[[list[PickExample]], RankingTrials],
    *,
    since: float,
    most: int,
) -> tuple[MeasuredMetric | None, str]:
    """The difference of rewards an answer, candidate less current, over at most `most` of the
    newest answers; or None, and why there is none."""
    logs = workspace.has("shown.db") and workspace.current(domain).scorer is not None
    answers = logged_answers(workspace, domain, since=since) if logs else []
    known = workspace.versions(domain, "scorer")
    replays = _replays(workspace, domain, [one for one in answers if one.scorer in known][-most:])
    if not replays:
        return None, NOTHING
    trials = trials_of([_example(one) for one in replays])
    candidate, current = [await _logged(trials, system, replays) for system in systems]
    try:
        found = difference(candidate, current.target)
    except InputError as error:
        return None, str(error)
    return MeasuredMetric(value=found.mean, low=found.low, high=found.high, n=len(replays)), ""


def _replays(workspace: Workspace, domain: str, answers: list[LoggedAnswer]) -> list[Replay]:
    """The answers that have a shortlist, on the state of the domain with their own scorer."""
    if not answers:
        return []
    serving = DomainStore(workspace).get(domain)
    states = {
        version: replace(
            serving,
            scorer=load_scorer(
                workspace, domain, serving.catalog, version=version, like=serving.scorer
            ),
            scorer_version=version,
        )
        for version in {answer.scorer for answer in answers}
    }
    replays = [Replay.of(workspace, states[answer.scorer], answer) for answer in answers]
    return [replay for replay in replays if replay.shortlist]


def _example(replay: Replay) -> PickExample:
    domain, shortlist = replay.domain, replay.shortlist
    return PickExample(
        user=replay.answer.user,
        moment=replay.answer.time,
        history=tuple(domain.history_lines(replay.profile)),
        candidates=tuple(scored.item_id for scored in shortlist),
        logits=tuple(scored.logit for scored in shortlist),
        popularity=tuple(float(own) for own in domain.popularity_of(shortlist)),
        target=-1,
    )


async def _logged(trials: RankingTrials, system: System, replays: list[Replay]) -> Logged:
    """First places, with the probabilities of one system."""
    shares = [one.shares(await trials.scores(system, at)) for at, one in enumerate(replays)]
    return logged_under(replays, shares).first()
