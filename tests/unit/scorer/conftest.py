"""One scorer for all tests of this room, fitted on the world of three shelves."""

import pytest

from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.support.shelf_world import SETTINGS, log, world


@pytest.fixture(scope="package")
def encoder() -> SentenceEncoder:
    return open_encoder()


@pytest.fixture(scope="package")
def scorer(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(world(), log(), encoder, settings=SETTINGS)


@pytest.fixture(scope="package")
def untrained(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(world(), [], encoder)
