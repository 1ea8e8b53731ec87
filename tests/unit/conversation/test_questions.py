"""Comparisons, superlatives, other questions, and what is no question.

Run: pytest tests/unit/conversation/test_questions.py
"""

from dataclasses import replace

import pytest

from shelftalker.conversation.taste import Chip, Taste, filter_chip
from shelftalker.conversation.transition import Situation, understand
from shelftalker.data.filters import Filter
from shelftalker.understanding.rules.acts import read_act
from tests.unit.conversation.shelves import FILMS, KEPT, READERS, ask


def test_a_comparison_tells_what_differs_and_what_does_not() -> None:
    told = ask("compare the first and the third")
    assert told == (
        "Cold Harbour: from 1981, thriller and crime, 95 minutes, with Otto Lund and Mira Sol in "
        "the cast.\nWinter: from 1983, thriller, 120 minutes.\nBoth: directed by Ida Brandt."
    )
    assert ask("what's the difference between the first and third?") == told
    assert ask("compare 1 and 3") == told
    assert "The Wedding Goat" in ask("compare them")
    assert "《Halden Kettle》：价格30" in ask("比较一下前两个", "wares")


def test_which_has_most_of_something() -> None:
    cheapest = ask("which one is the cheapest?", "wares")
    assert cheapest.startswith("Of these, Halden Mug is the cheapest.")
    heavy = ask("which is heaviest?", "wares")
    assert heavy.startswith("As far as the catalogue says, Orly Pan is the heaviest of these.")
    assert heavy.endswith("The catalogue doesn't say what Halden Mug weighs.")


@pytest.mark.parametrize(
    ("message", "start"),
    [
        (
            "between the first and the third, which is older?",
            "Of these, Cold Harbour is the oldest.",
        ),
        ("the first and third, how long are they?", "Cold Harbour runs 95 minutes. Winter runs"),
        ("第一部长不长？", "《Cold Harbour》的片长95分钟。"),
        ("the third or the first?", "Winter: from 1983"),
        ("is the third one better than the second?", "Going by your taste so far, The Wedding"),
        (
            "is the third suitable for a ten year old?",
            "The catalogue doesn't say whether Winter is",
        ),
        ("who's the lead in the first?", "Cold Harbour has Otto Lund and Mira Sol"),
        ("does the first one star Mira Sol?", "Yes: Cold Harbour has"),
        ("which one's the funniest?", "I find nothing in the catalogue that says"),
        ("which would you pick?", "Going by your taste so far, Cold Harbour comes first."),
        ("what's the runtime of all three?", "Cold Harbour runs 95 minutes."),
        ("where can I watch the third one?", "The catalogue doesn't say that about Winter."),
        ("could you tell me a bit about the third?", "Winter is a 1983 thriller"),
    ],
)
def test_questions_in_other_words(message: str, start: str) -> None:
    assert ask(message).startswith(start)


def test_it_is_what_was_spoken_of_and_else_all_of_them() -> None:
    assert ask("when did it come out?", focus="w") == "Winter was released in 1983."
    assert ask("how long is this?", focus="w") == "Winter runs 120 minutes."
    assert ask("what is its runtime?", focus="w") == "Winter runs 120 minutes."
    assert "Cold Harbour runs" in ask("how long are these?", focus="w")
    all_of_them = ask("when did it come out?")
    assert [str(year) in all_of_them for year in (1981, 1990, 1983)] == [True] * 3


def test_without_a_subject_it_is_still_a_question() -> None:
    assert ask("是什么类型的？", focus="g") == "《The Wedding Goat》属于喜剧类型。"
    assert ask("多长？", focus="w") == "《Winter》的片长120分钟。"
    assert ask("适合孩子看吗？", focus="w") == "目录里没有写《Winter》的这一点。"
    assert ask("how long?", focus="w") == "Winter runs 120 minutes."


def test_a_question_goes_on_to_another_card() -> None:
    here = Situation(shown=tuple(FILMS))
    first = understand("who directed the first one?", here, READERS["films"])
    then = replace(here, focus=first.focus, question=first.question)
    answer = "The Wedding Goat is directed by Otto Lund."
    for message in ("and the second one?", "what about the second?", "第二部呢？"):
        told = understand(message, then, READERS["films"]).reply
        assert told in (answer, "《The Wedding Goat》由Otto Lund执导。")


def test_what_was_asked_for_is_told() -> None:
    taste = KEPT.adding([Chip("avoid", "sad", "less sad"), Chip("bought", "w", "Winter")])
    for message in ("what did I ask for?", "remind me what I asked for"):
        assert ask(message, taste=taste) == "You asked for: cosy. Less of: sad. You bought: Winter."
    assert ask("我刚才要了什么？", taste=taste).startswith("你想要：cosy。")
    assert ask("what did I buy?", taste=taste) == "You bought: Winter."
    assert ask("what have I seen?", taste=taste) == "None so far."
    assert "haven't asked for anything" in ask("what did I ask for?", taste=Taste())


def test_chinese_names_conditions_in_chinese() -> None:
    wanted = (
        Filter("genres", "contains", "Comedy"),
        Filter("genres", "excludes", "Horror"),
        Filter("release_year", "at_least", 1990),
        Filter("price", "below", 7.25),
        Filter("year", "highest", 1),
        Filter("brand", "any_of", ("Acme", "Oak & Co")),
        Filter("mood", "contains", "calm"),
    )
    taste = Taste(tuple(filter_chip(condition) for condition in wanted))
    assert ask("我刚才要了什么？", taste=taste) == (
        "你想要：类型：Comedy、类型不是Horror、年份不早于1990、价格低于7.25、年份最晚、"
        "品牌：Acme或Oak & Co、mood：calm。"
    )
    assert ask("what did I ask for?", taste=Taste(taste.chips[2:4])) == (
        "You asked for: release year from 1990, price under 7.25."
    )


def test_what_is_not_on_show_can_be_asked_about_by_its_title() -> None:
    assert (
        ask("who directed Winter?", shown=tuple(FILMS[:2])) == "Winter is directed by Ida Brandt."
    )
    assert ask("how long is Winter?", shown=()) == "Winter runs 120 minutes."
    both = ask("compare Cold Harbour and Winter", shown=tuple(FILMS[:2]))
    assert "Winter" in both
    assert "Goat" not in both
    seen = understand("I've seen Winter", Situation(shown=tuple(FILMS[:2])), READERS["films"])
    assert seen.events == (("w", "view"),)
    liked = understand("something like Winter", Situation(shown=()), READERS["films"])
    assert [chip.value for chip in liked.taste.of("example")] == ["w"]


def test_a_card_that_is_not_there_is_told() -> None:
    assert ask("who directed the ninth one?").startswith("I'm only showing 3")
    assert ask("who directed the first one?", shown=()).startswith("There is nothing here yet")


@pytest.mark.parametrize(
    "message",
    [
        "a film about a lighthouse",
        "is there a shorter one?",
        "do you have it in black?",
        "can I see the second one in black?",
        "can it be cheaper?",
        "could it be in black?",
        "how about a comedy?",
        "what about the second one but funnier?",
        "which comedies are under 90 minutes?",
        "what's a good thriller?",
        "what films did Otto Lund make?",
        "who knows, maybe a drama",
        "a film in which nobody dies",
        "the second one but longer",
        "the first one is too long",
        "something like the first one",
        "why the first one?",
        "is it too much to ask for a comedy?",
        "thanks for reminding me about that movie",
        "it came out a year ago",
        "有没有更短的",
        "有没有类似第一部的",
        "比较便宜的",
        "来一部喜剧",
        "什么都行",
        "第二个，但要黑色的",
    ],
)
def test_a_wish_is_no_question(message: str) -> None:
    titles = [item.title for item in FILMS]
    assert read_act(message, titles, ("title", "genres", "year", "director")).act != "question"
