"""pytest tests/unit/scorer/test_leave_one_out.py"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from shelftalker.data.events import Event
from shelftalker.scorer.history import read
from shelftalker.scorer.leave_one_out import leave_one_out
from shelftalker.scorer.parts import ItemSide
from shelftalker.scorer.two_tower import TwoTowerScorer

MIXED = [
    Event("me", item, kind, value, float(time))  # type: ignore[arg-type]
    for time, (item, kind, value) in enumerate(
        [
            ("space-orbit", "like", None),
            ("cooking-soup", "dislike", None),
            ("space-comet", "view", None),
            ("crime-heist", "rating", 1.0),
            ("space-orbit", "like", None),
            ("cooking-soup", "like", None),
        ]
    )
]


def without_towers(side: ItemSide) -> ItemSide:
    return replace(side, towers=None, vectors=None, item_item=csr_matrix(side.item_item.shape))


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("window", [2, 50])
@pytest.mark.parametrize("history", [MIXED, MIXED[:1], MIXED[1:2]])
def test_it_equals_the_logits_of_a_history_each(
    scorer: TwoTowerScorer, history: list[Event], window: int, asked: bool
) -> None:
    """A window shorter than the history moves with what is left out, and an item that was taken
    twice counts once; without its only event a user is ranked by popularity."""
    reading, mix = read(history, scorer.catalog), replace(scorer.weights.mix, popularity=0.3)
    rows, columns = np.unique(reading.rows), np.arange(len(scorer.catalog))
    query = scorer.encoder.encode(["a comet"])[0] * asked
    dense = scorer.side.for_many()
    assert dense.links is not None
    for side in (replace(scorer.side, window=window), dense, without_towers(scorer.side)):
        found = leave_one_out(side, reading, rows, query, mix, columns)
        readings = [reading, *map(reading.without, rows.tolist())]
        wanted = side.logits(readings, mix, np.tile(query, (len(readings), 1)), columns)
        np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_a_history_that_is_read_twice_follows_the_log(scorer: TwoTowerScorer) -> None:
    """A list may be changed between two calls; a tuple is another one then."""
    history = [MIXED[0]]
    before = scorer.shortlist(history, n=6)
    history.append(MIXED[5])
    assert scorer.shortlist(history, n=6) != before
    assert scorer.shortlist(tuple(history), n=6) == scorer.shortlist(history, n=6)
    assert scorer.shortlist((MIXED[0],), n=6) == before


def test_links_for_many_users_change_no_logit(scorer: TwoTowerScorer) -> None:
    readings, columns = [read(MIXED, scorer.catalog), read(MIXED[:1], scorer.catalog)], slice(None)
    sparse, dense = scorer.side, scorer.side.for_many()
    found = dense.related(readings, scorer.weights.mix, columns)
    assert found.any()
    np.testing.assert_allclose(found, sparse.related(readings, scorer.weights.mix), atol=1e-5)
    assert without_towers(sparse).for_many().links is None


def test_a_shortlist_of_given_logits(scorer: TwoTowerScorer) -> None:
    history = tuple(MIXED)
    [own] = scorer.logits([history])
    assert scorer.shortlist(history, logits=own) == scorer.shortlist(history)
    assert scorer.shortlist(history, logits=-own) != scorer.shortlist(history)
