"""Which sentence answers a wish, and the marks from which that was learned."""

import csv

import pytest

from shelftalker.adapters.train.sentence_answers import MARKED
from shelftalker.commands.demo_shop import shop_catalog
from shelftalker.language.sentences import sentences_of
from shelftalker.writing.sentence_answers import ANSWERS, answer_probabilities, wish_in


@pytest.mark.parametrize(("request_", "title", "wish"), [
    ("a stapler for thick stacks", "Otto Stapler, Red", "for thick stacks"),
    ("the notebook that lies flat", "Otto Wirebound Notebook", "that lies flat"),
    ("gel pens", "Otto Gel Pens, Blue", ""),  # nothing else is asked for
    ("a desk fan", "Otto Desk Mat", ""),
])  # fmt: skip
def test_a_wish_is_what_the_title_does_not_have(request_: str, title: str, wish: str) -> None:
    assert wish_in(request_, title) == wish


def test_the_sentence_that_answers_is_the_likeliest() -> None:
    told = ["The felt pad comes off for washing.", "Screws are in the box.", "Made in Porto."]
    found = answer_probabilities("that is easy to clean", told)
    assert max(found) == found[0] >= ANSWERS
    assert answer_probabilities("", told) == [0.0, 0.0, 0.0]


def test_every_sentence_of_a_marked_product_has_a_mark() -> None:
    shop = shop_catalog()
    with MARKED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 420
    for row in rows:
        marks = row["marks"].split()
        assert len(marks) == len(sentences_of(shop[row["item"]].text))
        assert set(marks) <= {"0", "1", "2"}
