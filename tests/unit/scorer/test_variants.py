"""Variants of a product are learned as one. Run: pytest tests/unit/scorer/test_variants.py

Every book of the world of three shelves has a hardback and a paperback, and readers of one shelf
take either.
"""

from dataclasses import replace

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.history import read
from shelftalker.scorer.online import OnlineLearner
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.support.shelf_world import SETTINGS, log, world

PAPER = " (paperback)"


def editions() -> Catalog:
    hard = [replace(item, group=item.id) for item in world()]
    paper = [replace(i, id=i.id + PAPER, title=i.title + PAPER) for i in hard]
    new = [Item(f"crime-new{n}", f"Late {n}", "Crime: a bank.", group="late") for n in (1, 2)]
    return Catalog.of([*hard, *paper, *new])


def sold(users: int = 60) -> list[Event]:
    """Every other event is on the paperback."""
    return [replace(e, item=e.item + PAPER * (n % 2)) for n, e in enumerate(log(users))]


@pytest.fixture(scope="module")
def fitted(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(editions(), sold(), encoder, settings=SETTINGS)


def test_events_on_variants_are_events_on_their_product(fitted: TwoTowerScorer) -> None:
    assert len(fitted.weights.ids) == len(world())
    counts = [sum(e.item == item_id for e in log()) for item_id in world().ids]
    shown = fitted.popularity()
    np.testing.assert_allclose(shown[: len(counts)], np.log1p(counts), rtol=1e-6)
    np.testing.assert_array_equal(shown[: len(counts)], shown[len(counts) : 2 * len(counts)])


def test_a_variant_that_nobody_took_is_known_by_the_others(encoder: SentenceEncoder) -> None:
    hardbacks = TwoTowerScorer.fit(editions(), log(), encoder, settings=SETTINGS)
    paper = [Event("me", f"space-{word}{PAPER}", "like") for word in ("orbit", "comet")]
    hard = [replace(event, item=event.item.removesuffix(PAPER)) for event in paper]
    readings = [read(history, hardbacks.catalog) for history in (paper, hard)]
    by_paper, by_hard = hardbacks.side.related(readings, hardbacks.weights.mix)
    np.testing.assert_array_equal(by_paper, by_hard)
    assert by_paper.any()


def test_a_new_product_is_learned_online_as_one(fitted: TwoTowerScorer) -> None:
    learner = OnlineLearner(fitted, sold())
    learner.learn([Event("u2", "crime-new1", "like"), Event("u5", "crime-new2", "like")])
    learned = learner.scorer()
    assert learned.weights.ids[len(world()) :] == ["crime-new1"]
    assert learned.popularity()[-2:] == pytest.approx([np.log1p(2)] * 2)
