"""Sentences that count what the visitor did, and that compare without `than`."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds


def film(key: str, title: str, genres: tuple[str, ...], runtime: int, **rest: object) -> Item:
    values = {"genres": genres, "runtime": runtime, "year": 1990, **rest}
    return Item(key, title, "", values, called="film")  # type: ignore[arg-type]


PICK = film(
    "1", "Night Ferry", ("Comedy",), 88, cast=("Ada Brook", "Tom Vale"), director="Ira Moss"
)
SEEN = [
    film("2", "Cold Ledger", ("Thriller",), 95, cast=("Tom Vale",)),
    film("3", "Salt Road", ("Comedy", "Drama"), 120),
    film("4", "The Wide Bay", ("Western",), 101),
]
STARS = (4.0, 2.0, 3.0)
HISTORY = [
    Past(Event("u", item.id, "rating", stars), item)
    for item, stars in zip(SEEN, STARS, strict=True)
]


def passes(sentence: str) -> bool:
    return bool(Grounds([], PICK, HISTORY, Request()).check(sentence))


@pytest.mark.parametrize(("true", "false"), [
    ("Of the three films you've rated, this is the first with Ada Brook.",
     "Of the four films you've rated, this is the first with Ada Brook."),
    ("It has the same genre as Salt Road, which you gave two stars.",
     "It has the same runtime as Salt Road, which you gave two stars."),
    ("You gave Cold Ledger four stars; Tom Vale is here too.",
     "You just gave Cold Ledger four stars; Tom Vale is here too."),
    ("You gave Cold Ledger four stars; this comedy brings Tom Vale back.",
     "You gave Cold Ledger four stars; this comedy brings Ada Brook back."),
    ("None of the three films you've rated is animated.",
     "None of the three films you've rated is a western."),
    ("You gave Cold Ledger four stars and Salt Road two.",
     "You gave Cold Ledger four stars and Salt Road three."),
    ("You gave Cold Ledger four stars; this comedy runs seven minutes shorter.",
     "You gave Cold Ledger four stars; this comedy runs nine minutes shorter."),
    ("You gave Cold Ledger four stars; this comedy runs seven minutes shorter.",
     "You gave Cold Ledger four stars; this comedy runs seven minutes longer."),
    ("Among your 3 ratings there is a single western, and no horror.",
     "Among your 3 ratings there isn't a single western."),
    ("Tom Vale was in Cold Ledger, which you gave four stars, and is in this comedy.",
     "Ada Brook was in Cold Ledger, which you gave four stars, and is in this comedy."),
    ("Tom Vale, whose Cold Ledger you gave four stars, is in it.",
     "Ada Brook, whose Cold Ledger you gave four stars, is in it."),
    ("All in 88 comic minutes.", "All in 98 comic minutes."),
    ("Ira Moss directs nearly an hour and a half of comedy.",
     "Ira Moss directs nearly two and a half hours of comedy."),
])  # fmt: skip
def test_of_two_sentences_the_true_one_passes(true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


PENS = Item("5", "Otto Felt Pens, Blue, 12 Count", "Non-porous surfaces take the ink. "
            "The pack weighs 24 lb.", {"brand": "Otto"}, price=9.0)  # fmt: skip
FOUR = Item("6", "Otto Felt Pens, Red, 4 Count", "The pack weighs 65 lb.", {"brand": "Otto"},
            price=4.0)  # fmt: skip


@pytest.mark.parametrize(("true", "false"), [
    ("Three times as many as the Otto Felt Pens, Red you bought.",
     "Twice as many as the Otto Felt Pens, Red you bought."),
    ("It weighs 24 lb, instead of 65 for the Otto Felt Pens, Red you bought.",
     "It weighs 24 lb, instead of 45 for the Otto Felt Pens, Red you bought."),
    ("More felt pens, after the Otto Felt Pens, Red you bought.",
     "More gel pens, after the Otto Felt Pens, Red you bought."),
    ("From the maker of the Otto Felt Pens, Red you bought.",
     "From the maker of the Otto Felt Pens, Red you viewed."),
    ("Non-porous surfaces take the ink.", "Porous surfaces take the ink."),
    ("You asked for a lamp; these are felt pens.", "You asked for a lamp, and this is one."),
])  # fmt: skip
def test_packs_and_requests_are_held_against_both_rows(true: str, false: str) -> None:
    grounds = Grounds(
        [], PENS, [Past(Event("u", "6", "purchase"), FOUR)], Request("a lamp", "lamp")
    )
    assert grounds.check(true)
    assert not grounds.check(false)


@pytest.mark.parametrize(("asked", "true", "false"), [
    ("something funny", "A comedy, as you asked.", "A thriller, as you asked."),
    ("a heist story", "You asked for a heist; this is a comedy.", "Here is your heist story."),
    ("a costume comedy", "A comedy from 1990.", "A costume comedy, as you wanted, from 1990."),
    ("a comedy", "Here is your comedy.", "A western comedy, as you wished."),
    ("a comedy", "A comedy, as requested.", "A western comedy, as requested."),
])  # fmt: skip
def test_a_request_is_not_said_to_be_met_in_other_words(asked: str, true: str, false: str) -> None:
    grounds = Grounds([], PICK, HISTORY, Request(asked, asked.removeprefix("a ")))
    assert grounds.check(true)
    assert not grounds.check(false)


TEA = Item("7", "云上单层杯", "细长壶嘴，壶盖带温度计。", {"品牌": "云上"}, price=20.0)


@pytest.mark.parametrize(("true", "false"), [
    ("云上单层杯，壶盖带温度计。", "云上双层杯，壶盖带温度计。"),
    ("细长壶嘴，壶盖上就带温度计。", "细长壶嘴，壶身上就带温度计。"),
])  # fmt: skip
def test_one_sign_in_the_place_of_another_is_seen(true: str, false: str) -> None:
    grounds = Grounds([], TEA, [], Request(language="zh"))
    assert grounds.check(true)
    assert not grounds.check(false)


@pytest.mark.parametrize("sentence", [
    "Ada Brook plays a ferry, with Tom Vale.",
    "Tom Vale stars as the ferry.",
    "Ada Brook and Tom Vale take a night ferry.",
    "You will like your Cold Ledger again.",
])  # fmt: skip
def test_what_no_row_has_is_refused(sentence: str) -> None:
    viewed = [Past(Event("u", "2", "view"), SEEN[0])]
    assert not Grounds([], PICK, viewed, Request()).check(sentence)


@pytest.mark.parametrize("sentence", [
    "A pair of felt pens.", "A single felt pen.", "For your lamp, these are felt pens.",
    "It fits your desk lamp.",
])  # fmt: skip
def test_a_set_and_a_use_need_the_row(sentence: str) -> None:
    assert not Grounds([], PENS, [], Request("a desk lamp", "desk lamp")).check(sentence)


@pytest.mark.parametrize(("true", "false"), [
    ("出自云上，壶盖带温度计。", "出自广州，壶盖带温度计。"),
    ("细长壶嘴，好看。", "红色壶嘴，好看。"),
    ("壶盖带温度计。", "壶盖带警报器温度计。"),
])  # fmt: skip
def test_a_colour_and_an_origin_are_those_of_the_row(true: str, false: str) -> None:
    grounds = Grounds([], TEA, [], Request(language="zh"))
    assert grounds.check(true)
    assert not grounds.check(false)
