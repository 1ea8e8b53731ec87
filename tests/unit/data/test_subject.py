"""What requests in free words are compared with."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.subject import is_named_work, subject_of

CREW = {"director": "Ada Moor", "cast": ("Ben Lark",), "runtime": 90, "genres": ("Comedy",)}
FILM = Item("f", "The Evening Shore", "Two sisters mend a boat.", CREW)


def test_a_film_is_about_its_genres_and_text_and_not_its_title_or_people() -> None:
    assert subject_of(FILM) == "film. Comedy. Two sisters mend a boat."


@pytest.mark.parametrize(
    "item",
    [
        Item("p", "Steel Bread Knife", "For crusts.", {"brand": "Moor", "material": "steel"}),
        Item("b", "Untold", "", {"author": "Ada Moor", "pages": 90}),
    ],
)
def test_a_product_and_a_book_of_which_only_the_title_is_known_are_about_all_they_have(
    item: Item,
) -> None:
    assert not is_named_work(item)
    assert subject_of(item) == item.embedding_text()
