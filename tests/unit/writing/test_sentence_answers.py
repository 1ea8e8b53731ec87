"""Which sentence answers a wish, and the marks from which that was learned."""

import pytest

from shelftalker.adapters.data.product_requests import marked_requests
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


def test_every_mark_is_of_a_sentence_that_its_product_has() -> None:
    marked = marked_requests()
    assert len(marked) > 2_000  # of made-up products alone
    assert {one.kept for one in marked} == {True, False}
    read = [one for one in marked if one.sentences]
    assert {mark for one in read for mark in one.sentences.values()} == {1, 0, -1}
    assert {one.fit for one in marked} == {"is", "related", "not", ""}
    assert all(one.thing in one.request for one in marked)
