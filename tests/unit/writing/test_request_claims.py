"""`You asked for X, and this fits`: the catalogue must show every word of X that is stated."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.types import Request
from tests.support.verdicts import check

RONIN = Item(
    "r", "Ronin", "Former agents chase a case through the streets of Nice.",
    {"genres": ("Action", "Thriller"), "year": 1998, "director": ("John Frankenheimer",)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "asked", "true"),
    [
        ("You asked for a tense thriller, and this is exactly that.", "a tense thriller", False),
        ("You asked for a tense thriller, and this is it.", "a tense thriller", False),
        ("You asked for a tense thriller, and this is one.", "a tense thriller", False),
        ('You wanted "a tense thriller", and this fits.', "a tense thriller", False),
        ("This film fits your request for a tense thriller.", "a tense thriller", False),
        (
            "This film from 1998 fits your request for a film from 1999.",
            "a film from 1999",
            False,
        ),
        ("你想要紧张的惊悚片，这部正好符合。", "紧张的惊悚片", False),
        ("You asked for a thriller, and this is exactly that.", "a tense thriller", True),
        ("You asked for a thriller, and this is one.", "a tense thriller", True),
        ('You wanted "an action thriller", and this fits.', "an action thriller", True),
        ("You asked for agents, and this fits.", "agents", True),
        ("A thriller without horror, just as you asked.", "a thriller, no horror", True),
        ("A thriller with horror, just as you asked.", "a thriller, no horror", False),
        ("This film fits your request for a thriller.", "a tense thriller", True),
        (
            "This film from 1998 fits your request for a film from 1998.",
            "a film from 1998",
            True,
        ),
        ("You asked for a tense thriller, and this is a thriller.", "a tense thriller", False),
    ],
)
def test_an_item_fits_only_what_the_catalogue_shows(sentence: str, asked: str, true: bool) -> None:
    assert check(sentence, [], RONIN, [], Request(asked, asked)).ok is true


def test_what_the_request_rules_out_is_no_wish_to_fit() -> None:
    asked = Request("a thriller, not violent", "a thriller, not violent")
    assert check('You wanted "a thriller, not violent", and this fits.', [], RONIN, [], asked)
