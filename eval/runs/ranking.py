"""Ranking: our scorer and its peers on one split, by segment, with paired differences."""

import time
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shelftalker.errors import InputError
from shelftalker.eval.baselines import PEERS, load
from shelftalker.eval.datasets import published_split, read_data
from shelftalker.eval.full_ranking import (
    Ranking,
    Score,
    check_score,
    check_scorer,
    implausible,
    rank_all,
)
from shelftalker.eval.metrics import beyond_accuracy as beyond
from shelftalker.eval.metrics.ranking import metric
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Comparison, Figures, PerUser, ResultRow
from shelftalker.eval.runs.exposure import cost_of_shares
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import RankingTask
from shelftalker.eval.task_setup import TaskSetup

UserValues = dict[str, npt.NDArray[np.float64]]
"""By metric: one value per tested user."""
Segments = dict[str, npt.NDArray[np.bool_]]
OURS = "ours"
SEGMENT_METRICS = ("ndcg@10", "recall@10")
HISTORY_BINS = ((0, "0, new users"), (1, "1-4"), (5, "5-19"), (20, "20-99"), (100, "100 and more"))
MIN_SEGMENT_USERS = 10
SEEDED_SYSTEMS = ("ours", "random", "bpr", "ials", "sasrec", "bert4rec")
"""Systems whose figures depend on the seed; the others are fitted once."""
PUBLISHED = "another system's own figure, trained on the whole of its data; not measured here"


async def run(task: RankingTask, setup: TaskSetup) -> Figures:
    """Raises `EvaluationError` if a scorer knows its test events."""
    unknown = [name for name in task.systems if name not in (OURS, *PEERS)]
    if unknown:
        raise InputError(
            f"task {task.name!r}: unknown systems {', '.join(unknown)}; "
            f"available: {OURS}, {', '.join(PEERS)}"
        )
    setup, held = _split(task, setup)
    held = held.sample(task.users, task.seed)
    metrics = [metric(name) for name in task.metrics]
    segments = _segments(held, setup)
    rows: list[ResultRow] = []
    flags: list[str] = []
    values: dict[str, UserValues] = {}
    scores: dict[str, Score] = {}
    for system in task.systems:
        rankings, seconds, scores[system] = _rankings(system, held, setup, task)
        if note := implausible(rankings[0]):
            flags.append(f"{system}: {note}")
        per_seed = [{one.name: r.value(one) for one in metrics} for r in rankings]
        own = {m.name: np.mean([seed[m.name] for seed in per_seed], axis=0) for m in metrics}
        values[system] = own
        facts = {
            "coverage": beyond.coverage(rankings[0].lists, len(setup.catalog)),
            "gini": beyond.gini(rankings[0].lists, len(setup.catalog)),
            "fit seconds": round(seconds, 1),
        }
        for one in metrics[:2] if len(per_seed) > 1 else ():
            means = [float(seed[one.name].mean()) for seed in per_seed]
            facts[f"{one.name} sd over {len(per_seed)} seeds"] = float(np.std(means, ddof=1))
        shown = estimates(own | _list_metrics(rankings[0], held, setup), task.seed)
        rows.append(ResultRow(system=system, metrics=shown, values=facts))
        rows += _by_segment(system, own, segments, task.seed)
    first = metrics[0].name
    rows += [
        ResultRow(system=f"{name}, as published", values=figures, note=PUBLISHED)
        for name, figures in task.published.items()
    ]
    apart, compared = (
        _apart(scores, setup, held, task.seed) if task.split == "global-time" else ([], [])
    )
    rerank = OURS in task.systems and not task.data
    shared, cost = cost_of_shares(held, setup, task.k, task.seed) if rerank else ([], [])
    return Figures(
        n=len(held.targets),
        facts={
            "data": setup.data_name,
            "split": f"{task.split}, full catalogue, seen items {task.seen}",
            "scorer": f"fitted on the training part, seeds {task.seeds}",
        },
        rows=[*rows, *apart, *shared],
        comparisons=[*_comparisons(values, segments, first, task.seed), *compared, *cost],
        per_user=[PerUser.of(name, first, held.users, own[first]) for name, own in values.items()],
        flags=flags,
    )


def _split(task: RankingTask, setup: TaskSetup) -> tuple[TaskSetup, HeldOut]:
    """The task's split, and the setup over its data set, where it names one."""
    if task.split == "published":
        folder = setup.data_set(task.data, "test.csv")
        catalog, held = published_split(folder)
        return setup.on(task.data, catalog, held.train), held
    if task.data:
        setup = setup.on(task.data, *read_data((setup.data or Path()) / task.data))
    return setup, setup.split(task.split, task.share)


def _apart(
    scores: dict[str, Score], setup: TaskSetup, held: HeldOut, seed: int
) -> tuple[list[ResultRow], list[Comparison]]:
    """Warm items, those with training events, and cold ones, each ranked among themselves."""
    trained = {event.item for event in held.train}
    warm = np.array([item in trained for item in setup.catalog.ids])
    rows: list[ResultRow] = []
    compared: list[Comparison] = []
    for segment, ranked in (("warm items", warm), ("cold items", ~warm)):
        part = held.of_items({setup.catalog.ids[row] for row in np.flatnonzero(ranked)})
        if len(part.targets) < MIN_SEGMENT_USERS:
            continue
        values = {}
        for name, score in scores.items():
            ranking = rank_all(score, part, setup.catalog, among=ranked)
            values[name] = {one: ranking.value(metric(one)) for one in SEGMENT_METRICS}
        rows += [
            ResultRow(system=system, segment=segment, metrics=estimates(own, seed))
            for system, own in values.items()
        ]
        compared += _comparisons(values, {}, SEGMENT_METRICS[0], seed, segment)
    return rows, compared


def _rankings(
    system: str, held: HeldOut, setup: TaskSetup, task: RankingTask
) -> tuple[list[Ranking], float, Score]:
    """One ranking per seed, where seeds matter, the mean seconds of a fit, and the last one."""
    seeds = task.seeds if system in SEEDED_SYSTEMS else task.seeds[:1]
    rankings, seconds = [], 0.0
    for seed in seeds:
        began = time.perf_counter()
        score = _score(system, held, setup, seed)
        seconds += (time.perf_counter() - began) / len(seeds)
        keep_seen = task.seen == "kept"
        rankings.append(rank_all(score, held, setup.catalog, task.k, keep_seen=keep_seen))
    return rankings, seconds, score


def _score(system: str, held: HeldOut, setup: TaskSetup, seed: int) -> Score:
    if system != OURS:
        return load(system, setup.encoder)(setup.catalog, held.train, seed, setup.progress)
    scorer = setup.scorer(held, seed)
    score = partial(scorer.logits, now=held.name == "global-time")
    check_scorer(scorer, held)
    check_score(score, held)  # peers such as BPR know users by their ids
    return score


def _list_metrics(ranking: Ranking, held: HeldOut, setup: TaskSetup) -> UserValues:
    """Novelty, diversity, serendipity and popularity of each user's list."""
    pairs = Counter(event.item for event in held.train)
    counts = np.array([float(pairs[item]) for item in setup.catalog.ids])
    users = len({event.user for event in held.train})
    vectors = setup.encoder.encode([item.embedding_text() for item in setup.catalog])
    rows = [set(setup.catalog.rows([event.item for event in own])) for own in held.targets]
    hits = np.array(
        [[int(i) in own for i in shown] for shown, own in zip(ranking.lists, rows, strict=True)]
    )
    return {
        "novelty": beyond.novelty(ranking.lists, counts, users),
        "diversity": beyond.diversity(ranking.lists, vectors),
        "serendipity": beyond.serendipity(ranking.lists, hits, counts),
        "popularity": beyond.popularity(ranking.lists, counts),
    }


def _segments(held: HeldOut, setup: TaskSetup) -> Segments:
    """Which users are in each segment: by history length, and by how often their next item was
    taken before. Segments of fewer than `MIN_SEGMENT_USERS` users are left out."""
    lengths = np.array([len(history) for history in held.histories])
    place = np.searchsorted([least for least, _ in HISTORY_BINS], lengths, "right") - 1
    segments = {f"history of {label}": place == at for at, (_, label) in enumerate(HISTORY_BINS)}
    taken = Counter(event.item for event in held.train)
    counts = np.array([taken[own[0].item] for own in held.targets])
    by_count = np.sort(list(taken.values()))[::-1]
    head = by_count[len(by_count) // 5] if len(by_count) else 1
    segments |= {
        "next item in the most taken fifth": counts >= head,
        "next item in the other four fifths": (counts > 0) & (counts < head),
        "next item never taken before": counts == 0,
    }
    return {name: mask for name, mask in segments.items() if mask.sum() >= MIN_SEGMENT_USERS}


def _by_segment(system: str, values: UserValues, segments: Segments, seed: int) -> list[ResultRow]:
    shown = [name for name in SEGMENT_METRICS if name in values]
    return [
        ResultRow(
            system=system,
            segment=segment,
            metrics=estimates({name: values[name][mask] for name in shown}, seed),
        )
        for segment, mask in segments.items()
        if shown
    ]


def _comparisons(
    values: dict[str, UserValues],
    segments: Segments,
    first: str,
    seed: int,
    everywhere: str = "all",
) -> list[Comparison]:
    """Ours less every other system on the first metric; less the best one also by segment."""
    if OURS not in values or len(values) < 2:
        return []
    others = sorted((n for n in values if n != OURS), key=lambda n: -values[n][first].mean())
    everybody = np.ones(len(values[OURS][first]), bool)
    pairs = [(other, everywhere, everybody) for other in others]
    pairs += [(others[0], segment, mask) for segment, mask in segments.items()]
    own = values[OURS][first]
    return [
        Comparison.of(first, (OURS, own[mask]), (other, values[other][first][mask]), seed, segment)
        for other, segment, mask in pairs
    ]
