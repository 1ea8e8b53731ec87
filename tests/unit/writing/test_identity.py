"""What a sentence may say that an item is."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.types import Request
from shelftalker.writing.verifier.grounds import Grounds

PILLOW = Item(
    "1", "Somna Buckwheat Pillow, adjustable",
    "A zip along one end: take hulls out until the height is right.", {"category": "pillows"},
)  # fmt: skip
MELODRAMA = Item(
    "2", "Gone with the Wind",
    "A spoiled Southern belle loses her world. A lavish, long melodrama of 1939.",
    {"genres": ("Drama",), "director": "Victor Fleming"}, called="film",
)  # fmt: skip


@pytest.mark.parametrize(
    ("item", "sentence", "passes"),
    [
        (PILLOW, "The Buckwheat Pillow is a pillow with a zip along one end.", True),
        (PILLOW, "The Buckwheat Pillow is a zip along one end.", False),
        (MELODRAMA, "Gone with the Wind is a lavish, long melodrama of 1939.", True),
        (MELODRAMA, "Gone with the Wind, a lavish drama, is directed by Victor Fleming.", True),
        (MELODRAMA, "Gone with the Wind, a spoiled Southern belle, loses her world.", False),
        (MELODRAMA, "It is a Southern belle.", False),
    ],
)
def test_an_item_is_of_a_kind_that_its_row_gives(item: Item, sentence: str, passes: bool) -> None:
    verdict = Grounds([], item, request=Request(language="en")).check(sentence)
    said_to_be = [claim for claim in verdict.claims if claim.kind == "identity"]
    assert not said_to_be if passes else [claim.problem for claim in said_to_be]


def test_a_sentence_does_not_repeat_its_own_words() -> None:
    twice = "A lavish melodrama, a lavish melodrama of 1939."
    grounds = Grounds([], MELODRAMA, request=Request(language="en"))
    assert grounds.check(twice).rule == "repetitions"
