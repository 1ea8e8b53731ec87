"""The titles by which an answer names its items."""

from shelftalker.conversation.answers.fields import ItemAnswers
from shelftalker.data.catalog import Catalog, Item
from shelftalker.understanding.rule_reader import RuleReader


def test_products_that_begin_alike_get_the_part_of_the_title_that_differs() -> None:
    black, green = (
        Item(colour, f"Inkwell Felt Markers, {colour}, 4 Count", "", {"brand": "Inkwell"})
        for colour in ("Black", "Green")
    )
    reader = RuleReader(Catalog.of([black, green]))
    assert ItemAnswers(reader, "en", (black,)).title(black) == "Inkwell Felt Markers"
    assert ItemAnswers(reader, "en", (black, green)).title(black) == "Inkwell Felt Markers, Black"
    assert (
        ItemAnswers(reader, "en", (black,), (green,)).title(black) == "Inkwell Felt Markers, Black"
    )
