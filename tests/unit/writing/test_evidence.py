"""Which evidence is chosen for a pick."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Reason, Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from shelftalker.writing.own_sentences import presentable_sentences
from tests.support.harbour import EVIDENCE, HISTORY, ITEM, REASONS, REQUEST
from tests.support.verdicts import check


def test_evidence_starts_with_history_request_and_what_matches_them() -> None:
    assert [(e.source, e.field) for e in EVIDENCE[:4]] == [
        ("history", "director"), ("request", "text"),
        ("catalog", "country"), ("catalog", "director"),
    ]  # fmt: skip
    assert 3 <= len(EVIDENCE) <= 6


@pytest.mark.parametrize(
    ("asked", "quoted"),
    [
        ("a thief in France", ["a thief in France"]),
        ("a thief in France, with a funny dog", ["a thief in France"]),
        ("a funny thief in France", []),
        ("not long after 1994", []),
        ("more than 121 minutes", []),
        ("法国的", []),
    ],
)
def test_only_what_the_item_meets_is_quoted(asked: str, quoted: list[str]) -> None:
    found = choose_evidence(ITEM, [], [], Request(asked, asked))
    assert [e.value for e in found if e.source == "request"] == quoted


def test_evidence_is_true_and_readable() -> None:
    for fact in EVIDENCE:
        assert check(fact.text, EVIDENCE, ITEM, HISTORY, REQUEST).ok, fact


def test_an_example_of_the_request_explains_a_pick_before_anything_liked() -> None:
    example = Item("5", "Grey Pier", "", {"director": "Anna Kessler", "country": "Italy"})
    history = [Past(Event("u", "5", "like"), example, named=True), *HISTORY]
    request = Request("like Grey Pier", like=("5",))
    found = choose_evidence(ITEM, REASONS, history, request)
    assert [e.value for e in found if e.source == "history"] == ["Grey Pier"]
    composed = compose(ITEM, found, history=history, request=request)
    assert "Grey Pier" in composed
    assert "liked" not in composed


def test_that_both_are_dramas_explains_no_pick() -> None:
    drama = Item("6", "Low Water", "", {"genres": ("Drama",), "director": "B", "cast": "C"})
    found = choose_evidence(drama, [Reason("3", 1.0)], HISTORY[1:2], Request("a film"))
    assert not [e for e in found if e.source == "history"]


def test_disliked_items_are_no_evidence() -> None:
    found = choose_evidence(ITEM, [Reason("4", 9.0)], HISTORY[2:], Request())
    assert all(e.source == "catalog" for e in found)


def test_a_catalogue_sentence_that_denies_something_is_not_evidence() -> None:
    texts = [e.value for e in EVIDENCE if (e.source, e.field) == ("catalog", "text")]
    assert texts == ["A retired thief robs the harbour bank."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The pens of this set write in black and blue.", True),
        ("Mark Kessler drew the steel clip that holds the pen.", True),
        ("Heavily weighted for one-handed work.", True),
        ("A hard cover, a sewn binding.", True),
        ("Inkwell 4512, 4513 and 4520 printers.", False),
        ("TRUSTED QUALITY FOR OFFICES.", False),
        ("The set includes twelve colours!", False),  # but without the mark,
        ("This supplier is closed in May.", False),
        ("100 200 300 400 500.", False),
    ],
)
def test_only_plain_statements_of_the_catalogue_are_shown(text: str, told: bool) -> None:
    pens = Item("9", "Sharp Liner Set", text, {"brand": "Sharp"})
    shown = [e.text for e in choose_evidence(pens, [], [], Request("pens", "pens"))]
    assert (text in shown) is told


def test_a_sentence_that_leans_on_another_does_not_stand_alone() -> None:
    text = "A banker learns to survive a prison. From a cell he writes. It was shot in Ohio."
    shown = presentable_sentences(replace(ITEM, text=text))
    assert sorted(shown) == ["A banker learns to survive a prison.", "It was shot in Ohio."]


def test_a_short_request_is_quoted_in_a_sentence_too() -> None:
    notes = Item("1", "Corner Sticky Notes, 3 x 3 in", "Sticky notes in six colours.")
    found = choose_evidence(notes, [], [], Request("sticky notes", "sticky notes"))
    quoted = [e.text for e in found if e.source == "request"]
    assert quoted == ['You asked for "sticky notes".']
    assert check(quoted[0], [], notes, [], Request("sticky notes", "sticky notes"))
