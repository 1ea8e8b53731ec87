"""What the shares of attention that a domain's rules ask for change, and what they cost: the same
shortlists, ordered with and without them."""

from dataclasses import replace

import numpy as np

from shelftalker.data.profile import Profile
from shelftalker.eval.metrics.beyond_accuracy import Lists, attention_share
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.eval.metrics.statistics import Values, estimates
from shelftalker.eval.result import Comparison, ResultRow
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.exposure import group_rows
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.slate import Places
from shelftalker.serving.domain import Domain
from shelftalker.types import Request

WITH, WITHOUT = "ours, with shares of attention", "ours, without them"


def cost_of_shares(
    held: HeldOut, setup: TaskSetup, k: int, seed: int
) -> tuple[list[ResultRow], list[Comparison]]:
    """NDCG@k and each group's share of the attention in both orders, and the paired difference of
    NDCG; nothing where the rules ask for no shares."""
    serving = setup.serving(held, seed)
    rules = Rules(exposure=serving.rules.exposure)
    if not rules.exposure:
        return [], []
    lists = _lists(replace(serving, rules=rules), held, setup, k)
    name = f"ndcg@{k}"
    gains = {system: _gains(own, held, setup, k) for system, own in lists.items()}
    groups = {
        f"attention, {rule.group}": group_rows(rule, setup.catalog) for rule in rules.exposure
    }
    rows = [
        ResultRow(
            system=system,
            metrics=estimates(
                {name: gains[system]}
                | {group: attention_share(own, mask) for group, mask in groups.items()},
                seed,
            ),
        )
        for system, own in lists.items()
    ]
    cost = Comparison.of(name, (WITH, gains[WITH]), (WITHOUT, gains[WITHOUT]), seed)
    return rows, [cost]


def _lists(domain: Domain, held: HeldOut, setup: TaskSetup, k: int) -> dict[str, Lists]:
    """The first k of each user's shortlist, by order: int64 [users, k] rows, -1 as padding."""
    size = max(setup.workspace.settings.shortlist_size, k)
    lists = {name: np.full((len(held.users), k), -1) for name in (WITH, WITHOUT)}
    for at, (user, history) in enumerate(zip(held.users, held.histories, strict=True)):
        shortlist = domain.shortlist(Profile(user, tuple(history)), Request(), size)
        items = [domain.catalog[scored.item_id] for scored in shortlist]
        logits = np.array([scored.logit for scored in shortlist])
        for name, rules in ((WITH, domain.rules), (WITHOUT, Rules())):
            order = Places(items, logits, k, rules, visitor=user).arranged().order
            lists[name][at, : len(order)] = setup.catalog.rows([items[i].id for i in order])
    return lists


def _gains(lists: Lists, held: HeldOut, setup: TaskSetup, k: int) -> Values:
    """NDCG@k of each user's held-out items, float64 [users]; an item that is not shown counts 0."""
    pairs = [(at, setup.catalog.row(e.item)) for at, own in enumerate(held.targets) for e in own]
    users, targets = np.array(pairs).T
    hits = lists[users] == targets[:, None]
    return ndcg(np.where(hits.any(1), hits.argmax(1), np.inf), k, users)
