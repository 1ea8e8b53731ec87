"""A request in the words of a card."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.types import Nearness, Request
from shelftalker.writing.compose.asked import asked_of
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.compose.phrases import wish_phrase
from shelftalker.writing.evidence import choose_evidence
from tests.unit.writing.test_compose import CAN


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("a gift for a teacher", "a gift for a teacher"),
        ("Show me something to organise my desk, please", "something to organise your desk"),
        ("gift for a teacher", "a gift for a teacher"),
        ("looking for envelopes for invitations", "envelopes for invitations"),
        ("slow quiet film about growing old", "a slow quiet film about growing old"),
        ("for a rainy sunday", "something for a rainy sunday"),
        ("ink for my printer", "ink for your printer"),
        ("nothing from Halden", "nothing from Halden"),
        ("cosy and warm", ""),  # names no thing
        ("I want to laugh", ""),
        ("is there a good film", ""),
        ("it's a comedy for kids", ""),
        ("space, but not violent", ""),
        ("I paint with my sister", ""),
        ("a kid's birthday gift", "a kid's birthday gift"),
        ("a film that I can watch with us", ""),  # the speaker would change
    ],
)
def test_a_request_is_put_as_a_thing_or_not_at_all(said: str, phrase: str) -> None:
    assert wish_phrase(said) == phrase


def test_a_noun_of_the_catalogue_names_a_thing() -> None:
    assert wish_phrase("stapler for a small office") == ""
    assert wish_phrase("stapler for a small office", {"stapler"}) == "a stapler for a small office"


@pytest.mark.parametrize(
    ("text", "message", "sure"),
    [
        ("A salve for dry skin.", "something for dry skin", True),
        ("It is dry by noon. Kind to your skin.", "something for dry skin", False),
        ("A salve from an old town.", "an old salve", False),
    ],
)
def test_what_was_asked_for_is_met_by_one_sentence(text: str, message: str, sure: bool) -> None:
    towel = Item("t", "Caldbeck Waffle Salve", text, {"brand": "Caldbeck"})
    words = message.removeprefix("something for ").removeprefix("an ")
    assert bool(asked_of(towel, Request(message, words)).near) == sure


@pytest.mark.parametrize("nearness", ["close", "near", "far"])
def test_a_request_told_at_length_is_not_repeated(nearness: Nearness) -> None:
    request = Request("we have so much to plant and are fond of tulips", "plant tulips")
    evidence = choose_evidence(CAN, [], [], request, nearness=nearness)
    text = compose(CAN, evidence, request=request)
    assert "so much" not in text
    assert "what you asked for" not in text
    assert "one option" not in text
