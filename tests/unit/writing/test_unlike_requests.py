"""What a card says where a product is not what was asked for, and what it does not deny."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import packaged
from shelftalker.types import Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence

pytestmark = pytest.mark.skipif(packaged() is None, reason="needs the packaged MiniLM")


@pytest.mark.parametrize(("asked", "title", "text", "told"), [
    ("heavy duty binder, 3 inch", "Otto Binder, 2 Inch", "The steel rings lock with a click.",
     "This one is 2 inch, not 3 inch."),
    ("to keep slugs off my lettuce", "Otto Gel Pen, Blue", "The ink dries in one second on paper.",
     "Its description says nothing of what you asked for."),
])  # fmt: skip
def test_another_size_and_silence_about_a_purpose_are_told(
    asked: str, title: str, text: str, told: str
) -> None:
    item, request = Item("1", title, text, {"brand": "Otto"}), Request(asked, asked)
    assert compose(item, choose_evidence(item, [], [], request), request=request).endswith(told)


@pytest.mark.parametrize(("asked", "title", "text"), [
    ("my back hurts", "Otto Seat Cushion", "The memory foam yields to your weight."),
    ("white out", "Otto Watercolour Pencil", "The soft lead blends with water on paper."),
    ("a rolling cart", "Otto Universal Rolling Cart", "Folds flat to three inches for the car."),
    ("a cordless phone", "Otto Cordless Phone System", "One handset is in the base unit."),
])  # fmt: skip
def test_no_product_is_denied_to_be_what_it_is_or_what_nobody_can_buy(
    asked: str, title: str, text: str
) -> None:
    item, request = Item("1", title, text, {}), Request(asked, asked.removeprefix("a "))
    assert " not " not in compose(item, choose_evidence(item, [], [], request), request=request)


def test_the_noun_of_a_request_counts_also_where_sentences_use_it_as_a_verb() -> None:
    tape = Item("1", "Otto Packing Tape, 6 Rolls", "It measures 50 yards a roll.", {})
    request = Request("a tape measure", "tape measure")
    card = compose(tape, choose_evidence(tape, [], [], request, nearness="close"), request=request)
    assert "as you asked" not in card
