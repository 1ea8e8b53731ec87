"""Cards of products: what they begin with, and when they are called what was asked for."""

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Evidence, Request
from shelftalker.writing.compose.asked import asked_of
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from tests.unit.writing.test_compose import evidence_of


def test_two_sentences_of_its_text_tell_of_a_product_where_nothing_ties_it_to_the_visitor() -> None:
    text = "Felt strips on a rubber grid. Machine washable at 30 degrees. No dog is included."
    mat = Item("8", "Gribble Snuffle Mat, 60 cm", text, {"brand": "Gribble"})
    composed = compose(mat, choose_evidence(mat, [], [], Request()))
    assert composed == "Felt strips on a rubber grid. Machine washable at 30 degrees."


def test_two_products_that_are_called_alike_are_told_apart() -> None:
    one, other = (
        Item(str(n), f"Otto Heavy-Duty Binder with {size}-Inch Ring", "", {"brand": "Otto"})
        for n, size in enumerate("13")
    )
    past = [Past(Event("u", "1", "view"), other)]
    evidence = [Evidence("", "history", "title", other.title), *evidence_of(one)]
    text = compose(one, evidence, history=past)
    assert "3-Inch" in text  # its own size is in the title above


def test_a_product_that_only_names_what_is_asked_for_in_its_text_is_not_called_close() -> None:
    printer = Item("8", "Otto Compact Printer", "Prints with Otto ink.", {"brand": "Otto"})
    ink = Item("9", "Otto 61 Black Ink", "For the printer.", {"brand": "Otto"})
    request = Request("ink for my printer", "ink for my printer")
    near = [asked_of(item, request, nearness="close").near for item in (printer, ink)]
    assert near == ["", "ink for my printer"]
