"""Composed texts that answer a request: met, open, or missed.

Run: pytest tests/unit/writing/test_answers.py
"""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from tests.unit.writing.test_compose import CAN, FILM, LEDGER


def test_a_work_is_told_in_the_words_of_its_text() -> None:
    told = "A retired thief robs the harbour bank and hides in a lighthouse with a boy."
    mood = "A calm, rainy thriller about trust and the sea, for long evenings."
    film = replace(FILM, text=f"{told} {mood}")
    other = replace(LEDGER, attributes={"genres": ("Crime", "Thriller")})
    past = [Past(Event("u", "5", "rating", 5.0), other)]
    text = compose(film, choose_evidence(film, [], past, Request()), history=past)
    tie = text.removeprefix(f"{told} {mood} ")
    assert "rime thriller" in tie
    assert "Cold Ledger, which you gave five stars." in tie
    asked = Request("a thriller about trust", "thriller trust")
    text = compose(film, choose_evidence(film, [], [], asked), request=asked)
    assert "a thriller about trust" in text.split(".")[0].casefold()
    assert f". {told} " in text
    assert text.endswith(mood)


def test_an_old_film_is_told_with_its_year() -> None:
    asked = Request("an old crime film", "old crime")
    text = compose(FILM, choose_evidence(FILM, [], [], asked), request=asked)
    assert text.startswith("Not quite an old crime film: it is from 1994. ")
    older = replace(FILM, attributes={**FILM.attributes, "year": 1954})
    text = compose(older, choose_evidence(older, [], [], asked), request=asked)
    assert text.startswith("An old crime film, as you asked, from 1954. ")


@pytest.mark.parametrize(
    ("message", "opening"),
    [
        (
            "a film set in Paris",
            "Perhaps not exactly a film set in Paris, but a 1994 crime thriller.",
        ),
        ("a film my parents would like", "Perhaps a film your parents would like."),
        ("a film about a daughter", "A film about a daughter, as you asked."),
    ],
)
def test_a_word_of_the_request_alone_meets_neither_a_place_nor_a_liking(
    message: str, opening: str
) -> None:
    text = "A quiet daughter comes home from Paris to her parents, whom the neighbours like."
    film = replace(FILM, text=text)
    asked = Request(message, message.removeprefix("a "))
    told = {compose(film, choose_evidence(film, [], [], asked), request=asked, seed=n).split(".")[0]
            for n in range(9)}  # fmt: skip
    assert opening.rstrip(".") in told
    assert (len(told) > 1) == ("as you asked" in opening)


def test_the_request_leads_where_the_item_is_close_to_it() -> None:
    request = Request("a gift for a gardener", "gardener")
    for nearness, openings in (
        (
            "close",
            {
                "A gift for a gardener, as you asked",
                "A gift for a gardener, as you wished",
            },
        ),
        ("near", {"Perhaps a gift for a gardener"}),
        ("far", {"Not quite a gift for a gardener"}),
    ):
        evidence = choose_evidence(CAN, [], [], request, nearness=nearness)
        texts = {compose(CAN, evidence, request=request, seed=n) for n in range(9)}
        assert {text.split(".")[0] for text in texts} == openings


def test_a_room_is_no_kind_of_product() -> None:
    mug = Item("84", "Enamel Mug", "", {"category": "kitchen"})
    request = Request("kitchen, please", "kitchen")
    text = compose(mug, choose_evidence(mug, [], [], request), request=request)
    assert "a kitchen" not in text.casefold()
    text = compose(
        mug, choose_evidence(mug, [], [], asked := Request("mugs", "mugs")), request=asked
    )
    assert text.startswith("Mugs, as you")


def test_a_quality_that_the_row_is_silent_of_is_left_open() -> None:
    asked = Request("tense, but not violent", "tense", avoid="violent")
    tense = "A tense thriller about a harbour at night, told in long silences."
    for text, said in ((tense, True), ("A calm film about a harbour at night.", False)):
        film = replace(FILM, text=text)
        evidence = choose_evidence(film, [], [], asked)
        told = {compose(film, evidence, request=asked, seed=n).split(". ")[0] for n in range(9)}
        assert (told == {
            "Tense, as you asked, though it may be violent", "Tense it is; violent it may be"
        }) == said, told  # fmt: skip
