"""Requests are compared without what all short texts have in common."""

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.request_vectors import RequestVectors

FILMS = Catalog.of([
    Item("told", "Orvane", "Two forgers plan a theft at a bank, and one of them is a liar.",
         {"genres": ("Crime",), "director": "Ida Marsh"}),
    Item("bare", "Velm", "", {"genres": ("Comedy",), "director": "Ida Marsh"}),
    Item("other", "Sund", "A gardener grows old among her roses and talks to no one.",
         {"genres": ("Drama",), "director": "Ida Marsh"}),
])  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return open_encoder()


def test_an_item_without_a_text_is_no_nearer_to_a_request_than_one_that_answers_it(
    encoder: SentenceEncoder,
) -> None:
    texts = encoder.encode(["film. Crime. Two forgers plan a theft at a bank, and one of them is a "
                            "liar.", "film. Comedy"])  # fmt: skip
    [asked] = RequestVectors(FILMS).of(["robbery"], encoder)
    told, bare = texts @ asked
    plain_told, plain_bare = texts @ encoder.encode(["robbery"])[0]
    assert told - bare > plain_told - plain_bare


def test_empty_requests_have_no_vector_and_the_common_part_stays_after_a_change(
    encoder: SentenceEncoder,
) -> None:
    vectors = RequestVectors(FILMS)
    changed = Catalog.of([*FILMS, Item("new", "Kost", "Penguins dance.", {})])
    assert vectors.over(changed) is not vectors  # nothing is computed yet
    found = vectors.of(["", "a theft"], encoder)
    assert not found[0].any()
    assert np.linalg.norm(found[1]) > 0
    assert vectors.over(changed) is vectors
