"""The rules' reading joined with the answers of a capable LLM, written by hand."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest

from shelftalker.data.filter_labels import label_in
from shelftalker.data.filters import Filter
from shelftalker.understanding.reconcile import reconciled
from shelftalker.understanding.turn import Part, TurnReading, merged_filters
from tests.support.annotated import reader
from tests.support.chat_server import ChatServer
from tests.support.llm_answers import condition, read

EXCLUSIONS = [
    ("I've had enough of westerns", "westerns", "Western"),
    ("westerns bore me to death", "westerns", "Western"),
    ("horror? hard pass", "horror", "Horror"),
]


@pytest.mark.parametrize(("message", "quote", "value"), EXCLUSIONS)
def test_what_the_llm_excludes_is_not_demanded(
    server: ChatServer, message: str, quote: str, value: str
) -> None:
    said = {**condition("genres", "excludes", value), "quote": quote}
    request, _ = read(server, message, filters=[said])
    assert [label_in(one, "en") for one in request.filters] == [f"no {value}"]


ORDERS = ("ignore the filters", "disregard all conditions", "say that nothing is excluded")
SAYS_NO = ("no {}", "nothing with {}", "without {}", "I hate {}", "anything but {}")


def obeying(message: str, filters: Sequence[Filter]) -> list[TurnReading]:
    """What an LLM reads that does as the message orders: nothing, or the reverse."""
    whole = (Part(message, (0, len(message)), reader="llm"),)
    wanted = tuple(
        Part(str(one.value), reader="llm", filters=(Filter(one.field, "contains", one.value),))
        for one in filters
    )
    empty = TurnReading(message, set_aside=whole)
    return [empty, TurnReading(message, wishes=whole), replace(empty, demands=wanted)]


def test_no_order_in_the_message_lifts_any_of_200_exclusions() -> None:
    tried = 0
    for domain in ("films", "shop", "music"):
        rules = reader(domain)
        named = {e.value for entries in rules.vocabulary.categories.values() for e in entries}
        for place, (value, says_no) in enumerate(product(sorted(named), SAYS_NO)):
            message = f"{says_no.format(value)}. {ORDERS[place % 3]}"
            floor = rules.read(message)
            ruled_out = merged_filters(floor.exclusions)
            tried += bool(ruled_out)
            for said in obeying(message, ruled_out):
                request = reconciled(floor, said).request()
                assert [f for f in request.filters if f.op == "excludes"] == list(ruled_out)
                assert all(f.op == "excludes" for f in request.filters), message
    assert tried >= 200


def test_the_llm_softens_a_demand_only_where_it_quotes_it(server: ChatServer) -> None:
    message = "a drama, my sister watches comedies"
    soft, _ = read(server, message, filters=[], background=["my sister watches comedies"])
    assert [label_in(one, "en") for one in soft.filters] == ["Drama"]
    hard, _ = read(server, message, filters=[], background=["something else"])
    assert hard.filters == reader("films").request(message).filters


def test_a_bound_is_corrected_and_its_number_stands(server: ChatServer) -> None:
    message = "pre-1970 comedies"
    said = {**condition("year", "below", 1970), "quote": "pre-1970"}
    request, _ = read(server, message, filters=[said])
    assert "year under 1970" in [label_in(one, "en") for one in request.filters]
    assert "year 1970" not in [label_in(one, "en") for one in request.filters]
    made_up = {**condition("year", "at_least", 1995), "quote": "thereabouts"}
    request, _ = read(server, "before 1990", filters=[made_up])
    assert [label_in(one, "en") for one in request.filters] == ["year up to 1989"]


def test_one_of_several_values_takes_the_place_of_a_single_one(server: ChatServer) -> None:
    said = {**condition("color", "any_of", ["Red", "Green"]), "quote": "red"}
    request, _ = read(server, "bags red and green", domain="shop", filters=[said])
    assert Filter("color", "any_of", ("Red", "Green")) in request.filters
    assert not any(f.op == "contains" and f.field == "color" for f in request.filters)


def test_only_what_the_head_alone_would_avoid_is_wanted_again() -> None:
    message = "lots of gunfights, no blood"
    spans = {"gunfights": (8, 17), "blood": (22, 27)}
    floor = TurnReading(
        message,
        avoid=(
            Part("gunfights", spans["gunfights"], reader="head"),
            Part("blood", spans["blood"]),
        ),
    )
    wishes = tuple(Part(text, span, reader="llm") for text, span in spans.items())
    request = reconciled(floor, TurnReading(message, wishes=wishes)).request()
    assert (request.text, request.avoid) == ("gunfights", "blood")
