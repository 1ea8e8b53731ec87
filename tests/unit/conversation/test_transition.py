"""What a message changes of the taste, without a recommender.

Run: pytest tests/unit/conversation/test_transition.py
"""

import pytest

from shelftalker.conversation.taste import Taste, filter_chip
from shelftalker.conversation.transition import Situation, understand
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import read_act, without_fillers
from tests.support.annotated import reader
from tests.unit.conversation.shop import SHOP, conditions, move


def test_cheaper_is_below_everything_on_show() -> None:
    assert conditions(move("cheaper").taste) == {Filter("price", "below", 20.0)}


def test_cheaper_than_an_item_that_is_named() -> None:
    assert conditions(move("something like Bow but cheaper", shown="").taste) == {
        Filter("price", "below", 20.0)
    }


def test_cheaper_goes_as_far_as_something_is_left() -> None:
    wanted = Taste((filter_chip(Filter("color", "contains", "Blue")),))
    assert Filter("price", "below", 30.0) in conditions(move("cheaper", wanted).taste)


def test_a_second_cheaper_replaces_the_first() -> None:
    first = move("cheaper").taste
    assert conditions(move("cheaper", first, "d").taste) == {Filter("price", "below", 12.0)}


def test_a_step_the_other_way_leaves_the_first_behind() -> None:
    cheap = move("cheaper", shown="abe").taste
    assert conditions(cheap) == {Filter("price", "below", 20.0)}
    assert conditions(move("more expensive", cheap, "cd").taste) == {Filter("price", "above", 12.0)}
    dear = move("more expensive", shown="c").taste
    assert conditions(move("cheaper", dear, "be").taste) == {Filter("price", "below", 20.0)}


def test_a_step_keeps_to_what_was_asked_in_numbers() -> None:
    asked = move("under 25 dollars").taste
    assert conditions(move("more expensive", asked, "c").taste) == {
        Filter("price", "below", 25.0),
        Filter("price", "above", 10.0),
    }
    same = move("under 20 dollars", move("cheaper").taste).taste
    assert [chip.condition for chip in same.of("filter")] == [Filter("price", "below", 20.0)]


def test_a_comparative_without_such_a_field_is_said() -> None:
    outcome = move("newer")
    assert outcome.reply == "This catalogue has no years, so I can't compare by that."
    assert outcome.taste == Taste()
    assert move("新一点的").reply == "目录里没有年份，无法按它比较。"


def test_the_second_one_but_in_black_keeps_the_kind_and_changes_the_colour() -> None:
    taste = move("the second one but in black").taste
    assert conditions(taste) == {
        Filter("category", "contains", "Lamps"),
        Filter("color", "contains", "Black"),
    }
    assert [chip.value for chip in taste.of("example")] == ["b"]
    fit = allowed_items(SHOP.catalog, taste.filters)
    assert [SHOP.catalog.ids[row] for row in fit.nonzero()[0]] == ["d", "e"]


def test_a_card_that_is_not_there_is_asked_for() -> None:
    found = move("the third one but in black")
    assert "I'm only showing 2" in found.reply
    assert not found.picks
    assert found.taste == Taste()


def test_what_was_ruled_out_stays_until_it_is_asked_for() -> None:
    taste = move("no lamps").taste
    assert Filter("category", "excludes", "Lamps") in conditions(move("in red", taste).taste)
    again = conditions(move("a lamp", taste).taste)
    assert Filter("category", "excludes", "Lamps") not in again
    assert Filter("category", "contains", "Lamps") in again


def test_a_pinned_chip_outlives_contradiction_and_a_new_start() -> None:
    taste = move("no lamps").taste
    pinned = taste.pinning(taste.chips[0].key)
    for message in ("a lamp", "start over"):
        assert Filter("category", "excludes", "Lamps") in conditions(move(message, pinned).taste)
    assert conditions(pinned.removed(pinned.chips[0].key)) == set()


def test_a_new_search_drops_the_old_wishes_and_a_correction_keeps_them() -> None:
    taste = move("a cosy lamp").taste
    wished = [chip.value for chip in move("more elegant", taste).taste.of("wish")]
    assert wished == ["cosy", "elegant"]
    anew = move("a sturdy cup", taste).taste
    assert [chip.value for chip in anew.of("wish")] == ["sturdy"]
    assert conditions(anew) == {Filter("category", "contains", "Cups")}


def test_less_is_avoided_and_never_a_hard_filter() -> None:
    taste = move("less red").taste
    assert [chip.value for chip in taste.of("avoid")] == ["red"]
    assert conditions(taste) == set()


@pytest.mark.parametrize(
    ("message", "wishes"),
    [
        ("actually, a cosy lamp", ["cosy"]),
        ("sorry, a cosy lamp", ["cosy"]),
        ("well, hmm, ok, a cosy lamp then", ["cosy"]),
        ("a cosy lamp, actually", ["cosy"]),
        ("actually ok hmm a cosy lamp", ["cosy"]),
        ("Oh, I mean something cosy instead", ["cosy"]),
        ("how about something cosy", ["cosy"]),
        ("got anything cosy?", ["cosy"]),
        ("能便宜点吗", []),
        ("最好便宜一点", []),
        ("最好是黑色的", []),
        ("那个，黑色的", []),
        ("嗯，其实想要舒适的", ["舒适"]),
        ("那个舒适的", ["舒适"]),
        ("a well lit lamp", ["well lit"]),
        ("well lit", ["well lit"]),
    ],
)
def test_a_chip_shows_what_is_wished_without_fillers(message: str, wishes: list[str]) -> None:
    assert [chip.value for chip in move(message).taste.of("wish")] == wishes


@pytest.mark.parametrize("message", ["a lamp instead of a cup", "instead of a cup, a lamp"])
def test_instead_of_rules_out(message: str) -> None:
    assert conditions(move(message).taste) == {
        Filter("category", "contains", "Lamps"),
        Filter("category", "excludes", "Cups"),
    }


def test_is_there_one_asks_for_it() -> None:
    assert conditions(move("有没有黑色的").taste) == {Filter("color", "contains", "Black")}


@pytest.mark.parametrize(
    ("message", "step", "rest"),
    [
        ("有没有不太长的喜剧", ("length", -1), "的喜剧"),
        ("最好不要太长的喜剧", ("length", -1), "的喜剧"),
        ("不要喜剧，太长", ("length", -1), "不要喜剧，"),
        ("a comedy that is not too old", ("year", 1), "a comedy that"),
        ("no comedy, too old", ("year", 1), "no comedy"),
    ],
)
def test_not_too_long_denies_no_more_than_that(
    message: str, step: tuple[str, int], rest: str
) -> None:
    said = read_act(message)
    assert (said.steps, said.rest.strip(" ,")) == ((step,), rest)


def test_the_best_of_something_is_no_filler() -> None:
    assert without_fillers("最好看的") == "最好看的"


def test_why_not_proposes_and_says_what_stood_against_it() -> None:
    cups = move("a cup").taste
    for message in ("why not a lamp?", "why no lamps?", "为什么没有 lamps"):
        found = move(message, cups)
        assert conditions(found.taste) == {Filter("category", "contains", "Lamps")}
        assert found.picks
        assert "Cups" in found.reply
        assert "Lamps" in found.reply
    ruled_out = move("why not a lamp?", move("no lamps").taste)
    assert conditions(ruled_out.taste) == {Filter("category", "contains", "Lamps")}
    assert "no Lamps" in ruled_out.reply


def test_what_is_said_of_a_card_one_had_is_no_wish() -> None:
    found = move("I bought the first one yesterday and love it, something in black now")
    assert found.events == (("a", "purchase"), ("a", "like"))
    assert conditions(found.taste) == {Filter("color", "contains", "Black")}
    assert not found.taste.of("wish")
    assert move("I bought the second one but it is terrible").events[-1] == ("b", "dislike")
    like = move("I've seen the first one, something like Cup")
    assert like.events == (("a", "view"),)


def test_what_was_bought_is_kept_from_coming_again() -> None:
    assert Filter("id", "excludes", ("a",)) in move("I bought the first one").taste.filters


def test_a_mark_and_a_question_are_both_answered() -> None:
    found = move("the second one sounds good, what colour is it?")
    assert found.act == "like"
    assert found.reply.endswith("The color of Bow is Blue.")
    assert not found.taste.of("wish")


def test_more_like_one_but_cheaper_is_cheaper() -> None:
    taste = move("something like the first one but cheaper").taste
    assert Filter("price", "below", 30.0) in conditions(taste)
    assert [chip.value for chip in taste.of("example")] == ["a"]


def test_a_new_start_says_what_stays() -> None:
    assert move("start over", move("cheaper").taste).reply == "Starting over."
    marked = move("not the first one", move("cheaper").taste).taste
    left = move("forget everything", marked)
    assert [(chip.kind, chip.label) for chip in left.taste.chips] == [("dislike", "Arc")]
    assert left.reply == "Starting over. What you told me about these stays too: Arc."
    ruled_out = move("no lamps").taste
    pinned = ruled_out.pinning(ruled_out.chips[0].key)
    assert move("start over", pinned).reply == "Starting over. What you pinned stays."


def test_the_same_message_makes_the_same_move() -> None:
    assert move("the second one but in black") == move("the second one but in black")


def test_bounds_by_date_that_clash_give_way_to_the_later_one() -> None:
    items = [Item(str(y), f"S{y}", attributes={"published": f"{y}-05-01"}) for y in (2018, 2024)]
    reads = RuleReader(Catalog.of(items))
    early = understand("before 2020", Situation(), reads).taste
    late = understand("after April 2024", Situation(taste=early), reads).taste
    assert late.filters == (Filter("published", "at_least", "2024-05-01"),)
    again = understand("before 2020", Situation(taste=late), reads).taste
    assert again.filters == early.filters


def test_all_annotated_requests_can_be_said_in_a_conversation() -> None:
    films = reader("films")
    shown = tuple(films.catalog[i] for i in ("f1", "f2", "f3"))
    for message in (
        "",
        "?",
        "the",
        "a" * 3000,
        "😀",
        "no no no",
        "the second one " * 200,
        ", " * 9000,
    ):
        assert understand(message, Situation(shown=shown), films).taste is not None


def test_a_filter_is_named_in_the_language_of_the_conversation() -> None:
    chip = filter_chip(Filter("year", "at_least", 1980.0))
    labels = [chip.label_in(language) for language in ("en", "de", "zh", "fr")]
    assert labels == ["year from 1980", "Jahr ab 1980", "年份不早于1980", "year from 1980"]
