"""Cold start: items and users unseen in training, against plain text similarity.

python -m shelftalker.eval.bench.cold_start \
    --data ../shared/data/ecom-amazon-office --out eval/results

A tenth of the items and a tenth of the users are drawn, and their events are removed from the log
before the fit. Cold items: the last event of each other user with a cold item, given the warm
events before it, ranked among the cold items only. Cold users: their last warm event, given the
last 0, 1, 3 or 5 warm events before it, or no event but a request with its attributes, ranked among
all items.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval import baselines
from shelftalker.eval.baselines import Context
from shelftalker.eval.bench import harness
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.metrics.ranking import Ranks, ndcg, recall
from shelftalker.eval.metrics.statistics import estimate
from shelftalker.eval.splits import HeldOut, by_user
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.two_tower import TwoTowerScorer

COLD_SHARE = 0.1
HISTORY_LENGTHS = (0, 1, 3, 5)
DECAYS = (1.0, 3.0, 10.0, 1e9)  # of the text similarity, which gets the best on the test itself

Logits = Callable[[Sequence[Sequence[Event]], Sequence[str]], Floats]


class ColdStartSplit(NamedTuple):
    """The tests on cold items and on cold users, with one training log without both. `cold`: rows
    of the cold items."""

    cold: list[int]
    on_items: HeldOut
    on_users: HeldOut


class Case(NamedTuple):
    """One question: tests with the text of each one's request, and the rows that are ranked."""

    name: str
    held: HeldOut
    texts: list[str]
    ranked: list[int] | slice = slice(None)


def measure(data: harness.DataSet) -> harness.Report:
    """Recall@10 and NDCG@10 by case, of our scorer and of text similarity."""
    catalog, encoder = data.catalog, data.encoder
    split = split_cold(catalog, data.events, data.seed)
    ours = TwoTowerScorer.fit(
        catalog, split.on_items.train, encoder, seed=data.seed, progress=harness.show
    )
    context = Context(catalog, encoder=encoder)
    scorers: dict[str, list[Logits]] = {
        "shelftalker": [ours.logits],
        "text similarity": [text_similarity(context, encoder, decay) for decay in DECAYS],
    }
    rows: dict[str, dict[str, float]] = {}
    for case in cases(catalog, split):
        for name, variants in scorers.items():
            every = [ranks_of(logits, catalog, case) for logits in variants]
            ranks = max(every, key=lambda ranks: recall(ranks).mean())
            rows[f"{case.name} recall@10 {name}"] = asdict(estimate(recall(ranks)))
            rows[f"{case.name} ndcg@10 {name}"] = asdict(estimate(ndcg(ranks)))
    figures = {
        "version": 1,
        "n": {"items": len(split.on_items.targets), "users": len(split.on_users.targets)},
        "cold_items": len(split.cold),
        "rows": rows,
    }
    return data.report("cold", "cold start", figures)


def split_cold(catalog: Catalog, events: Sequence[Event], seed: int) -> ColdStartSplit:
    """Draw the cold items and users."""
    rng = np.random.default_rng(seed)
    users = by_user(events)
    cold = sorted(rng.choice(len(catalog), int(COLD_SHARE * len(catalog)), replace=False).tolist())
    cold_ids = {catalog.ids[row] for row in cold}
    names = list(users)
    new = {names[n] for n in rng.choice(len(names), int(COLD_SHARE * len(names)), replace=False)}
    train: list[Event] = []
    items, people = (HeldOut("leave-one-out", train, [], []) for _ in range(2))
    for user, own in users.items():
        warm = [event for event in own if event.item not in cold_ids]
        if user in new:
            if len(warm) > max(HISTORY_LENGTHS):
                people.histories.append(warm[:-1])
                people.targets.append(warm[-1:])
            continue
        train.extend(warm)
        last = max((n for n, event in enumerate(own) if event.item in cold_ids), default=0)
        before = [event for event in own[:last] if event.item not in cold_ids]
        if before:
            items.histories.append(before)
            items.targets.append([own[last]])
    return ColdStartSplit(cold, items, people)


def text_similarity(context: Context, encoder: Encoder, decay: float) -> Logits:
    """Cosine to the mean text vector of the history, plus that to the request."""
    by_history = baselines.text_similarity(context, (), decay)

    def logits(histories: Sequence[Sequence[Event]], texts: Sequence[str]) -> Floats:
        scores = by_history(histories)
        return scores + encoder.encode(texts) @ context.vectors.T if any(texts) else scores

    return logits


def cases(catalog: Catalog, split: ColdStartSplit) -> Iterator[Case]:
    """Cold items, cold users by the length of their known history, and by a request alone."""
    nothing = [""] * len(split.on_items.targets)
    yield Case("cold items", split.on_items, nothing, split.cold)
    users = split.on_users
    nothing = [""] * len(users.targets)
    for known in HISTORY_LENGTHS:
        histories = [own[len(own) - known :] for own in users.histories]
        yield Case(f"{known} events", replace(users, histories=histories), nothing)
    requests = [
        ", ".join(map(str, catalog[own[0].item].attributes.values())) or "anything"
        for own in users.targets
    ]
    yield Case("request only", replace(users, histories=[[] for _ in nothing]), requests)


def ranks_of(logits: Logits, catalog: Catalog, case: Case) -> Ranks:
    """Rank of each target among the ranked rows, without the history's items."""
    waiting = iter(case.texts)

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        return logits(histories, [next(waiting) for _ in histories])

    return rank_all(score, case.held, catalog, among=case.ranked).ranks


if __name__ == "__main__":
    harness.run(measure)
