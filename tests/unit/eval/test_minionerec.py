"""MiniOneRec's rows and what is trained on; tasks over public data sets, seen items kept."""

import asyncio
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from shelftalker.errors import InputError
from shelftalker.eval.datasets import published_split
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.runs import ranking
from shelftalker.eval.splits import HeldOut, hold_out
from shelftalker.eval.task_setup import TaskSetup
from tests.unit.eval.conftest import CATALOG, crowd, event, task_of

SEQUENCES = {"a": "012345", "b": "34", "c": "678"}
VALID, TEST = [("a", "0123", "4")], [("a", "01234", "5"), ("b", "3", "4"), ("c", "67", "8")]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Of user a four events are of the training part, of b none, of c two."""
    folder = tmp_path / "ecom-amazon-office"
    folder.mkdir()
    for name, rows in (("valid", VALID), ("test", TEST)):
        lines = [f'{user},"[{", ".join(history)}]",{item}' for user, history, item in rows]
        text = "\n".join(["user_id,history_item_id,item_id", *lines])
        (folder / f"{name}.csv").write_text(text)
    events = [f"{u},{item},{at}" for u, own in SEQUENCES.items() for at, item in enumerate(own)]
    (folder / "sequences.csv").write_text("\n".join(["user_id,item_id,position", *events]))
    item = {"title": "Pen", "description": "", "brand": "Bic"}
    with gzip.open(folder / "Office_Products.item.json.gz", "wt") as file:
        json.dump({str(n): item for n in range(10)}, file)
    return folder


def test_no_event_from_after_the_cut_is_trained_on(office: Path) -> None:
    catalog, held = published_split(office)
    trained = {(e.user, e.item) for e in held.train}
    assert trained == {("a", "0"), ("a", "1"), ("a", "2"), ("a", "3"), ("c", "6"), ("c", "7")}
    assert len(catalog) == 10  # an item without events is ranked too


def test_each_row_is_tested_with_its_own_history(office: Path) -> None:
    _, held = published_split(office)
    rows = [
        (targets[0].user, "".join(e.item for e in history), targets[0].item)
        for history, targets in zip(held.histories, held.targets, strict=True)
    ]
    assert rows == TEST


def test_a_log_of_its_own_has_no_published_split() -> None:
    with pytest.raises(InputError, match="name the data set that has one"):
        hold_out(crowd(), "published")


def test_the_task_ranks_the_public_set_and_shows_the_published_figures(
    setup: TaskSetup, office: Path
) -> None:
    setup.data = office.parent
    task = task_of("minionerec", systems=["popularity"])
    figures = asyncio.run(ranking.run(task, setup))  # type: ignore[arg-type]
    assert figures.n == len(TEST)
    assert figures.facts["data"].startswith("ecom-amazon-office: 10 items")
    published = figures.row("SASRec, as published")
    assert published is not None
    assert published.values == {"ndcg@10": 0.0858}
    assert "not measured here" in published.note


def test_a_seen_item_keeps_its_place_only_where_a_protocol_keeps_it() -> None:
    again = [event("a", "i1", 1), event("a", "i2", 2)]
    held = HeldOut("published", [], [again], [[event("a", "i1", 3)]])
    scores = np.zeros((1, len(CATALOG)), np.float32)
    scores[0, CATALOG.row("i1")] = 1.0
    ranks = [
        rank_all(lambda own: scores, held, CATALOG, keep_seen=kept).ranks[0]
        for kept in (True, False)
    ]
    assert ranks == [0, len(CATALOG)]


def test_warm_and_cold_items_are_ranked_among_themselves(setup: TaskSetup) -> None:
    log = [e for e in crowd() if int(e.item[1:]) < 50 or e.time >= 4000]
    other = setup.on("crowd", CATALOG, log)
    held = hold_out(log, "global-time", 0.4)
    trained = {e.item for e in held.train}
    cold = np.array([item not in trained for item in CATALOG.ids])
    last = np.where(cold, -1000.0, 0.0) - np.arange(len(CATALOG))
    scores = {"ours": lambda own: np.tile(last, (len(own), 1)).astype(np.float32)}
    rows, _ = ranking._apart(scores, other, held, seed=0)
    found = {row.segment: row.metrics["recall@10"].mean for row in rows}
    among_all = rank_all(scores["ours"], held.of_items(set(CATALOG.ids) - trained), CATALOG)
    assert set(found) == {"warm items", "cold items"}
    assert found["cold items"] > 0
    assert among_all.ranks.min() >= 10  # every warm item would come first


def test_a_peer_that_reads_texts_uses_the_vectors_of_the_workspace(
    setup: TaskSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("shelftalker.eval.baselines.open_encoder")  # which would keep no vectors
    held = setup.split()
    scores = ranking._score("text", held, setup, 0)(held.histories[:2])
    assert scores.shape == (2, len(setup.catalog))
