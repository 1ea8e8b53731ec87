"""The verifier's rules, one by one: what a sentence may claim."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.history import Past
from tests.support.verdicts import check
from tests.support.verifier_films import BOOK, HARBOUR, HISTORY, REQUEST, passes


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("这部犯罪片由Anna Kessler执导，1994年上映。", True),
        ("主演是Paul Orwin和Mia Stroud。", True),
        ("你给《Cold Ledger》打了5星，这部电影同样由Anna Kessler执导。", True),
        ("你不喜欢《Picnic Days》，这部是惊悚片。", True),
        ("片长121分钟，来自法国。", True),
        ("你给《Cold Ledger》打了4星。", False),
        ("你喜欢《Picnic Days》。", False),
        ("你看过《The Glass Harbour》。", False),
        ("这部电影由Paul Orwin执导。", False),
        ("主演是Anna Kessler。", False),
        ("片长120分钟。", False),
        ("1995年上映。", False),
        ("这是一部喜剧片。", False),
        ("这不是犯罪片。", False),
        ("这是最好的犯罪片。", False),
        ("它来自日本。", False),
        ("《Picnic Days》同样由Anna Kessler执导。", False),
    ],
)
def test_chinese(sentence: str, true: bool) -> None:
    assert passes(sentence) is true


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("Salt Roads is a history book by Ida Marsh, 320 pages long.", True),
        ("It is priced at 12.50.", True),
        ("It is priced at 9.", False),
        ("It has 300 pages.", False),
        ("It is a history film.", False),
    ],
)
def test_other_domains(sentence: str, true: bool) -> None:
    assert passes(sentence, BOOK) is true


def test_titles_that_are_ordinary_words() -> None:
    history = [
        Past(Event("u", "30", "like"), Item("30", "Crime")),
        Past(Event("u", "31", "dislike"), Item("31", "This")),
    ]
    assert check("This is a crime film.", [], HARBOUR, history).ok
    assert check("You liked Crime.", [], HARBOUR, history).ok
    assert not check('You liked "This".', [], HARBOUR, history).ok


def test_words_of_the_text_must_keep_their_order() -> None:
    assert passes("A thief robs the bank.")
    assert not passes("The bank robs a thief.")


def test_what_the_text_denies_is_not_passes() -> None:
    assert not passes("It is a love story.")


def test_a_request_is_no_fact_about_the_item() -> None:
    assert passes("You asked for something tense.")
    assert not passes("It is tense.")
    assert not passes("You asked for something tense.", request=Request())


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("It is not a love story.", True),
        ("It is not a love.", False),
        ("It is not a harbour bank.", False),
        ("You liked Slow Rivers, and it is not a love story.", True),
        ("Slow Rivers is not a love story.", False),
    ],
)
def test_a_sentence_may_deny_what_the_text_denies_word_for_word(sentence: str, true: bool) -> None:
    assert passes(sentence) is true


PENS = Item("30", "Brook Gel Pens, Blue, 12 Count", "", {"brand": "Brook"}, price=9.5)


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("These are 12 blue gel pens by Brook.", True),
        ("These are 24 blue gel pens by Brook.", False),
        ("It costs 9.50, under $10.", True),
        ("It costs 9.50, under $9.", False),
        ("You bought the Brook Ink Pad.", True),
        ("You bought the Brook Gel Pens.", False),
        ("You bought the Brook Ink Pad, which is by Brook too.", True),
    ],
)
def test_a_shop_says_much_in_its_titles(sentence: str, true: bool) -> None:
    pad = Item("31", "Brook Ink Pad, Red", "", {"brand": "Brook"})
    history = [Past(Event("u", "31", "purchase"), pad)]
    asked = Request("pens under $10", "pens under $10")
    assert check(sentence, [], PENS, history, asked).ok is true


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("Crane office thing 20 costs 25.", True),
        ("The office things are by Crane.", True),
        ("Crane's office things cost 25.", True),
        ("This office thing is from Cranes.", False),
    ],
)
def test_a_brand_is_written_as_the_row_writes_it(sentence: str, true: bool) -> None:
    thing = Item("32", "Crane office thing 20", "", {"brand": "Crane"}, price=25.0)
    assert check(sentence, [], thing).ok is true


def test_a_brand_may_be_spelled_with_its_apostrophe() -> None:
    glue = Item("33", "WARDENS Office Glue Stick, 12 Count", "", {"brand": "Warden's"})
    assert check("Warden's Office Glue Stick is listed as 12 Count.", [], glue).ok
    assert check("Wardens Office Glue Stick is listed as 12 Count.", [], glue).ok


def test_what_an_item_of_the_history_is_may_be_said_of_that_item_only() -> None:
    assert passes("You disliked Picnic Days, a comedy by Bo Hart.")
    assert not passes("You disliked Picnic Days. This is a comedy.")
    assert not passes("It is a comedy.")


def test_the_reason_names_what_is_wrong() -> None:
    verdict = check("It is directed by Paul Orwin.", [], HARBOUR, HISTORY, REQUEST)
    assert verdict.reason == "Paul Orwin is not the director"


def test_a_sequel_and_the_film_it_is_called_after_are_two() -> None:
    sequel = Item("1", "Iron Coast: With a Vengeance", "", {"director": "Anna Kessler"})
    past = [
        Past(
            Event("u", "2", "rating", 5.0),
            Item("2", "Iron Coast", "", {"director": "Anna Kessler"}),
        )
    ]
    also = "Iron Coast: With a Vengeance is also directed by Anna Kessler"
    assert check(f"You rated Iron Coast 5 stars, and {also}.", [], sequel, past)
    assert not check("You rated Iron Coast: With a Vengeance 5 stars.", [], sequel, past)


def test_a_film_of_the_history_is_not_in_this_one() -> None:
    film = Item("1", "Glass Harbour", "", {"director": "Anna Kessler"})
    past = [Past(Event("u", "2", "rating", 5.0), Item("2", "Cold Ledger", "", {}))]
    assert not check(
        "Glass Harbour is directed by Anna Kessler, with Cold Ledger 5 stars.", [], film, past
    )


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("You liked Slow Rivers.", True),
        ("You liked slow Rivers.", False),  # reads as words: `You gave up in Smoke 4 stars`
        ("Since you liked the Glass Harbour, here is The Glass Harbour.", False),  # never seen
        ("This is the Glass Harbour, a crime film from 1994.", True),
    ],
)
def test_a_title_begins_as_it_is_written_but_for_its_article(sentence: str, ok: bool) -> None:
    assert passes(sentence) is ok


def test_a_colon_does_not_run_two_sentences_together() -> None:
    assert passes("You liked Slow Rivers, so here is a crime film: The Glass Harbour.")
    assert not passes("This is a crime film: The Glass Harbour: It is from 1994.")
    assert not passes("You liked Slow Rivers, and The Glass Harbour: It is from 1994.")


def test_a_list_of_what_was_liked_goes_on_after_its_comma() -> None:
    assert passes("You liked Slow Rivers, and The Glass Harbour is a crime film.")
    assert not passes("You liked Slow Rivers, and The Glass Harbour.")


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("Since it is a crime film, it has a 121-minute runtime.", False),
        ("It is a crime film because it is directed by Anna Kessler.", False),
        ("It is a crime film, so it runs 121 minutes.", False),
        ("As it is a crime film, it stars Paul Orwin.", False),
        ("You liked Cold Ledger, and since this is a crime film, it runs 121 minutes.", False),
        ("因为这是一部犯罪片，所以片长121分钟。", False),
        ("这部犯罪片由Anna Kessler执导，因此片长121分钟。", False),
        ("Since you liked Cold Ledger, here is another crime film.", True),
        ("You asked for something tense, but here is a crime film.", True),
        ("Since it is a crime film, you may enjoy it.", True),
        ("The Glass Harbour may be worth a look, since it is a crime film.", True),
        ("As a crime film, it stars Paul Orwin.", True),
        ("因为你给《Cold Ledger》打了5星，推荐这部法国电影。", True),
    ],
)
def test_no_fact_is_the_cause_of_another(sentence: str, ok: bool) -> None:
    assert passes(sentence) is ok


def test_a_cause_that_the_catalogue_states_may_be_told() -> None:
    told = "A thief waits because the harbour is closed."
    film = Item("1", "Slow Boat", told, {"genres": ("Crime",)})
    assert check(told, [], film)
    assert not check("It is a crime film because the harbour is closed.", [], film)


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("The Glass Harbour is a 1994 crime film from 1994.", False),
        ("It is a crime film of the crime genre.", False),
        ("这部1994年的犯罪片于1994年上映。", False),
        ("The Glass Harbour is a 1994 crime film.", True),
        ("You like crime films, so try this crime film.", True),
        ("既然想看犯罪片，这部犯罪片可以考虑。", True),
        ("This crime film is from France, like Cold Ledger, also from France.", True),
    ],
)
def test_nothing_is_told_twice(sentence: str, ok: bool) -> None:
    assert passes(sentence) is ok


def test_who_directs_may_play_too() -> None:
    both = Item("1", "Slow Boat", "", {"director": "Bo Hart", "cast": ("Bo Hart",)})
    assert check("It is directed by Bo Hart and stars Bo Hart.", [], both)


@pytest.mark.parametrize("marks", [".", ",。", "…"])
def test_marks_alone_are_refused(marks: str) -> None:
    assert not check(marks, [], HARBOUR)
