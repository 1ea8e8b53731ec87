"""False sentences made from true ones. Run: pytest tests/unit/eval/test_falsehoods.py"""

import numpy as np
import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.eval.falsehoods import falsehoods
from shelftalker.writing.verifier.tokenizer import Past

FILM = Item("1", "12 Bells (1994)", "", {"genres": ("Crime",), "director": "Anna Kessler",
                                         "year": 1994})  # fmt: skip
SEEN = Item("2", "Cold Ledger", "", {"genres": ("Crime",), "director": "Anna Kessler"})
OTHERS = [Item("3", "Slow Rivers", "", {"genres": ("Comedy",), "director": "Tom Vale"})]
HISTORY = [Past(Event("u", "2", "rating", 5.0), SEEN)]


def made(sentence: str) -> dict[str, str]:
    false_sentences = falsehoods(sentence, FILM, HISTORY, OTHERS, np.random.default_rng(0))
    return {one.kind: one.text for one in false_sentences}


@pytest.mark.parametrize(
    ("sentence", "name", "denial"),
    [
        ("12 Bells is a crime film.", "12 Bells is a comedy film.",
         "12 Bells is not a crime film."),
        ("It was directed by Anna Kessler.", "It was directed by Tom Vale.",
         "It was not directed by Anna Kessler."),
        ("Since you gave Cold Ledger 5 stars, here is a crime film.",
         "Since you gave Cold Ledger 5 stars, here is a comedy film.",
         "Since you gave Cold Ledger 5 stars, here is not a crime film."),
    ],
)  # fmt: skip
def test_names_and_denials(sentence: str, name: str, denial: str) -> None:
    false_sentences = made(sentence)
    assert false_sentences["name"] == name
    assert false_sentences["denial"] == denial


def test_numbers_in_titles_stay_and_new_numbers_are_false() -> None:
    assert "number" not in made("12 Bells is a crime film.")
    invented = made("12 Bells was released in 1994.")["number"]
    assert invented.startswith("12 Bells was released in ")
    assert "1994" not in invented
    assert "5 stars" not in made("You gave Cold Ledger 5 stars.")["number"]


def test_the_invented_history_is_not_the_users() -> None:
    for seed in range(20):
        false_sentences = falsehoods(
            "It is a film.", FILM, HISTORY, OTHERS, np.random.default_rng(seed)
        )
        (invented,) = (one.text for one in false_sentences if one.kind == "history")
        assert invented != "You gave Cold Ledger 5 stars."
        assert any(
            invented.startswith(start)
            for start in ("You gave Slow Rivers", "You liked Slow Rivers",
                          "You have already bought 12 Bells", "You disliked Cold Ledger")
        )  # fmt: skip
