"""The ablation table: every part alone, all but one, and all, as in a fit.

Run with `pytest tests/unit/eval/test_ablation.py`.
"""

from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.baselines import load
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.ablation import PartsRow, ablate, measure, without_fields
from shelftalker.eval.full_ranking import rank_all
from shelftalker.eval.splits import HeldOut, leave_last
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.parts import PARTS
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer

SETTINGS = Training(dim=16, epochs=3)
SHELVES = ("space", "cooking", "crime")


def catalog() -> Catalog:
    return Catalog.of(
        Item(f"{shelf}-{n}", f"{shelf} {n}", f"A book about {shelf}, volume {n}.")
        for shelf in SHELVES
        for n in range(8)
    )


def split(users: int = 60) -> HeldOut:
    """Each user takes six books of one shelf, the low numbers more often."""
    rng = np.random.default_rng(7)
    odds = np.arange(8, 0, -1) / 36
    return leave_last(
        [
            Event(
                f"u{user}", f"{SHELVES[user % 3]}-{n}", "rating", 1.0 + 4 * (n % 3 > 0), float(step)
            )
            for user in range(users)
            for step, n in enumerate(rng.choice(8, 6, replace=False, p=odds))
        ]
    )


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return open_encoder()


@pytest.fixture(scope="module")
def rows(encoder: SentenceEncoder) -> dict[str, PartsRow]:
    return {row.name: row for row in ablate(catalog(), split(), encoder, SETTINGS, 0)}


def test_there_is_a_row_for_all_for_each_left_out_and_for_each_alone(
    rows: dict[str, PartsRow],
) -> None:
    assert len(rows) == 1 + 2 * len(PARTS) + 1
    assert list(rows["all"].weights) == list(PARTS)
    for part in PARTS:
        assert set(rows[f"without {part}"].weights) == set(PARTS) - {part}
        assert list(rows[f"{part} alone"].weights) == [part]


def test_all_parts_rank_as_the_fitted_scorer_does(
    rows: dict[str, PartsRow], encoder: SentenceEncoder
) -> None:
    fitted = TwoTowerScorer.fit(catalog(), split().train, encoder, settings=SETTINGS)
    served = rank_all(fitted.logits, split(), catalog()).ranks
    np.testing.assert_array_equal(rows["all"].ranks, served)


def test_popularity_alone_ranks_as_the_popularity_baseline(rows: dict[str, PartsRow]) -> None:
    baseline = load("popularity")(catalog(), split().train)
    expected = rank_all(baseline, split(), catalog()).ranks
    np.testing.assert_array_equal(rows["popularity alone"].ranks, expected)


def test_a_part_left_out_has_no_influence(rows: dict[str, PartsRow]) -> None:
    """Content alone knows the shelf, so every target is among the items left on it."""
    assert (rows["content alone"].ranks < 3).all()
    assert (rows["popularity alone"].ranks > 3).any()


def test_a_log_too_small_for_weights_is_refused(encoder: SentenceEncoder) -> None:
    with pytest.raises(InputError, match="too few users"):
        ablate(catalog(), split(10), encoder, SETTINGS, 0)


def test_a_field_that_alone_tells_the_shelves_apart_is_missed(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """Titles are numbers of no order. The shelf comes from a graph, and new books are known by
    it."""
    rng = np.random.default_rng(3)
    numbers = rng.permutation(180)
    bare = Catalog.of(
        Item(f"{n}", f"No. {number}", attributes={"pages": 100 + int(number)})
        for n, number in enumerate(numbers)
    )
    log = [
        Event(f"u{user}", str(60 * (user % 3) + n), "like", time=float(step))
        for user in range(90)
        for step, n in enumerate(rng.choice(60, 8, replace=False))
    ]
    lines = [f"{n},subject,{SHELVES[n // 60]} stories" for n in range(180)]
    graph = tmp_path / "graph.csv"
    graph.write_text("\n".join(["item,relation,entity", *lines]), encoding="utf-8")
    data = harness.DataSet("books", bare, log, encoder, 0, "test")
    rows = measure(data, fields="subject", graph=graph).figures["rows"]
    lost = rows["without subject"]["less all, paired"]
    assert lost["recall@10 of cold items"]["high"] < 0
    assert without_fields(bare, ["subject"])["7"].attributes == {"pages": 100 + int(numbers[7])}
    assert not without_fields(catalog(), ["text"])["space-1"].text


def test_the_order_of_histories_is_missed_where_the_next_book_follows_the_last(
    encoder: SentenceEncoder,
) -> None:
    """Everybody reads the 24 books in one order, from any of them on."""
    ids = catalog().ids
    read = [
        Event(f"u{user}", ids[(user + step) % 24], "like", time=float(step))
        for user in range(72)
        for step in range(6)
    ]
    whole, *_, mixed_up = ablate(catalog(), leave_last(read), encoder, SETTINGS, 0)
    assert whole.ranks.mean() < mixed_up.ranks.mean()
