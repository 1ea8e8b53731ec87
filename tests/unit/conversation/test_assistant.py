"""What a turn does, without a page: acts, chips, corrections, undo.

Run: pytest tests/test_dialogue.py
"""

import asyncio
import re
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation, Turn
from shelftalker.conversation.taste import Taste, filter_chip
from shelftalker.conversation.transition import Situation, TurnOutcome, understand
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter, allowed
from shelftalker.page.view import log
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import read_act
from shelftalker.understanding.rules.fillers import without_fillers
from tests.conftest import COMEDIES, THRILLERS
from tests.support.fakes import FakeEngine
from tests.unit.understanding.test_rule_reader import reader

SHOWN = ["Cold Harbour", "The Silent Ledger (1984)", "Night Ferry"]


@pytest.mark.parametrize(
    ("message", "act", "places"),
    [
        ("cheaper", "critique", ()),
        ("something funnier", "critique", ()),
        ("too violent", "critique", ()),
        ("the second one but in black", "critique", (1,)),
        ("die zweite, aber in schwarz", "critique", (1,)),
        ("le deuxième mais en noir", "critique", (1,)),
        ("I've seen it", "seen", ()),
        ("I have seen Cold Harbour", "seen", (0,)),
        ("hab ich schon gesehen", "seen", ()),
        ("看过了", "seen", ()),
        ("why this?", "why", ()),
        ("warum der zweite?", "why", (1,)),
        ("为什么", "why", ()),
        ("为什么推荐第一部？", "why", (0,)),
        ("why not a comedy", "ask", ()),
        ("why not the first one?", "accept", (0,)),
        ("I bought the first one", "bought", (0,)),
        ("we already ordered the second", "bought", (1,)),
        ("I bought it", "bought", ()),
        ("我买了第一个", "bought", (0,)),
        ("我已经买过第二个了", "bought", (1,)),
        ("买过了", "bought", ()),
        ("I want to buy the first one", "accept", (0,)),
        ("I've listened to the second one", "played", (1,)),
        ("听过第二首", "played", (1,)),
        ("I read the last one", "seen", (2,)),
        ("我看过第二部", "seen", (1,)),
        ("I have watched Night Ferry twice", "seen", (2,)),
        ("something I bought last year", "ask", ()),
        ("来一部喜剧", "ask", ()),
        ("有没有类似第一部的", "more_like", (0,)),
        ("the second is boring", "dislike", (1,)),
        ("I've seen the first and third", "seen", (0, 2)),
        ("is that all?", "others", ()),
        ("I watched the last one yesterday", "seen", (2,)),
        ("actually, never mind, go back", "undo", ()),
        ("is it like the second one?", "critique", (1,)),
        ("有没有喜剧", "ask", ()),
        ("换一个", "others", ()),
        ("undo", "undo", ()),
        ("Surprise me!", "surprise", ()),
        ("surprise me with a comedy", "surprise", ()),
        ("thanks", "small_talk", ()),
        ("I'd like a thriller", "ask", ()),
        ("I like thrillers", "ask", ()),
        ("I like the second one", "like", (1,)),
        ("number 2 looks good", "like", (1,)),
        ("I don't like the first one", "dislike", (0,)),
        ("not the last one", "dislike", (2,)),
        ("I like the ninth one", "like", (8,)),
        ("第六个", "accept", (5,)),
        ("the seventh seal", "ask", ()),
        ("no horror", "ask", ()),
        ("none of these", "others", ()),
        ("换一批", "others", ()),
        ("more like the second one", "more_like", (1,)),
        ("something like Heat but funnier", "critique", ()),
        ("I'll take the first", "accept", (0,)),
        ("the second one, please", "accept", (1,)),
        ("shorter than 90 minutes", "ask", ()),
        ("the second world war", "ask", ()),
        ("start over", "restart", ()),
    ],
)
def test_acts_and_what_they_point_at(message: str, act: str, places: tuple[int, ...]) -> None:
    said = read_act(message, SHOWN)
    assert (said.act, said.places) == (act, places)


LAMPS = [
    Item("a", "Arc", attributes={"category": "Lamps", "color": "Red"}, price=30.0),
    Item("b", "Bow", attributes={"category": "Lamps", "color": "Blue"}, price=20.0),
    Item("c", "Cup", attributes={"category": "Cups", "color": "Black"}, price=10.0),
    Item("d", "Dew", attributes={"category": "Lamps", "color": "Black"}, price=12.0),
    Item("e", "Elm", attributes={"category": "Lamps", "color": "Black"}, price=40.0),
]
SHOP = RuleReader(Catalog.of(LAMPS))


def move(message: str, taste: Taste | None = None, shown: str = "ab") -> TurnOutcome:
    items = tuple(item for item in LAMPS if item.id in shown)
    return understand(message, Situation(taste or Taste(), items), SHOP)


def conditions(taste: Taste) -> set[Filter]:
    return {chip.condition for chip in taste.of("filter") if chip.condition}


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
    fit = allowed(SHOP.catalog, taste.filters)
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


def test_nothing_is_promised_where_nothing_is_left(recommender: Recommender) -> None:
    talk = Talk(recommender)
    talk.say("a film")
    for _ in range(5):
        turn = talk.say("something else")
    assert not turn.cards
    assert turn.reply.startswith("Nothing in the catalogue fits")


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


# -- with a recommender ----------------------------------------------------------------------


class Talk:
    """A conversation whose turns are awaited."""

    def __init__(self, recommender: Recommender, user: str = "") -> None:
        self.assistant = Assistant(recommender)
        self.conversation: Conversation = self.assistant.begin(user)

    def say(self, message: str) -> Turn:
        return asyncio.run(self._last(self.assistant.say(self.conversation, message)))

    def press(self, button: str, value: str = "") -> Turn:
        return asyncio.run(self._last(self.assistant.press(self.conversation, button, value)))

    async def _last(self, turns):  # type: ignore[no-untyped-def]
        return [turn async for turn in turns][-1]


def titles(turn: Turn) -> set[str]:
    return {card.item.title for card in turn.cards.values()}


def test_a_turn_shows_what_it_changed_and_undo_takes_it_back(recommender: Recommender) -> None:
    talk = Talk(recommender)
    first = talk.say("a thriller")
    assert titles(first) <= set(THRILLERS)
    second = talk.say("a comedy instead")
    assert titles(second) <= set(COMEDIES)
    assert {(c.added, c.chip.label) for c in second.changes} == {
        (False, "Thriller"),
        (True, "Comedy"),
    }
    talk.say("undo")
    assert {card.item.title for card in talk.conversation.cards} == titles(first)
    assert [chip.label for chip in talk.conversation.taste.of("filter")] == ["Thriller"]


def test_undo_goes_past_what_only_explained(recommender: Recommender) -> None:
    talk = Talk(recommender)
    talk.say("a thriller")
    talk.say("a comedy instead")
    assert not talk.say("why this?").did_anything
    talk.say("undo")
    assert [chip.label for chip in talk.conversation.taste.of("filter")] == ["Thriller"]
    talk.say("undo")
    talk.say("why this?")
    assert "nothing" in talk.say("undo").reply.lower()


def test_why_tells_what_a_pick_rests_on(recommender: Recommender) -> None:
    talk = Talk(recommender)
    card = talk.say("a thriller").cards[1]
    told = talk.say("why the first one?")
    assert told.why == {card.item.id}
    assert told.reply.startswith(f"{card.item.title}: {card.evidence[0].text}")
    assert told.reply.endswith("Nothing in your history led to it.")
    known = Talk(recommender, "u0")
    first = known.say("").cards[1]
    assert first.reasons
    assert first.reasons[0].title in known.say("why the first one?").reply


def test_a_place_beyond_what_is_on_show_is_told(recommender: Recommender) -> None:
    talk = Talk(recommender)
    assert "There is nothing here yet" in talk.say("why this?").reply
    talk.say("a thriller")
    for message in ("the ninth one", "why the ninth one?", "I like the ninth one"):
        told = talk.say(message)
        assert told.reply.startswith("I'm only showing 3")
        assert not told.did_anything


def test_a_question_leaves_cards_and_wishes_and_undo_goes_past_it(
    recommender: Recommender,
) -> None:
    talk = Talk(recommender)
    shown = talk.say("a thriller")
    asked = talk.say("who directed the first one?")
    assert asked.reply.endswith("is directed by Ida Brandt.")
    assert not asked.did_anything
    assert "year" not in talk.say("and when did it come out?").reply
    assert [card.item.id for card in talk.conversation.cards] == [
        shown.cards[rank].item.id for rank in sorted(shown.cards)
    ]
    talk.say("undo")
    assert not talk.conversation.turns


def test_what_was_bought_is_a_purchase_and_does_not_come_again(recommender: Recommender) -> None:
    talk = Talk(recommender)
    card = talk.say("a thriller").cards[1]
    bought = talk.say("I bought the first one")
    assert card.item.title in bought.reply
    assert [(event.item, event.kind) for event in bought.events] == [(card.item.id, "purchase")]
    assert card.item.id not in {shown.item.id for shown in bought.cards.values()}
    assert [chip.label for chip in talk.conversation.taste.of("bought")] == [card.item.title]
    talk.say("start over")
    again = talk.say("a thriller")
    assert card.item.id not in {shown.item.id for shown in again.cards.values()}


def test_undo_takes_a_dislike_out_of_the_log(recommender: Recommender) -> None:
    talk = Talk(recommender, "u0")
    shown = talk.say("")
    item = shown.cards[1].item.id
    gone = talk.press("dislike", item)
    assert item not in {card.item.id for card in gone.cards.values()}
    assert item in recommender.profile("u0").seen
    talk.press("undo")
    assert item not in recommender.profile("u0").seen


def test_every_mark_on_a_card_changes_what_comes_next(recommender: Recommender) -> None:
    before = [s.item_id for s in recommender.shortlist("fan", n=3)]
    for button in ("like", "dislike", "seen"):
        talk = Talk(recommender, f"fan of {button}")
        first = talk.say("")
        assert [card.item.id for card in talk.conversation.cards] == before
        talk.press(button, first.cards[1].item.id)
        after = talk.say("anything")
        assert first.cards[1].item.id not in {card.item.id for card in after.cards.values()}


def test_nothing_fits_names_the_filter_to_let_go(recommender: Recommender) -> None:
    talk = Talk(recommender)
    turn = talk.say("a comedy from before 1985")
    assert turn.cards == {}
    assert "Nothing in the catalogue fits" in turn.reply
    best = {r.chip.label: r.count for r in turn.relaxations}
    assert best == {"Comedy": 4, "year up to 1984": 4}
    again = talk.press("remove", turn.relaxations[0].chip.key)
    assert len(again.cards) == 3


def test_filters_to_let_go_are_told_in_the_language_of_the_message(
    recommender: Recommender,
) -> None:
    talk = Talk(recommender)
    talk.say("a comedy from before 1985")
    english = log(talk.conversation, talk.conversation.turns)
    assert "Without “Comedy”, 4 would fit" in english
    assert "Remove “Comedy”" in english
    turn = talk.say("那有1985年之前的喜剧吗？")
    assert turn.relaxations
    chinese = log(talk.conversation, talk.conversation.turns)
    assert "去掉“类型：Comedy”会有4个符合" in chinese
    assert "Remove" not in chinese
    assert "Without" not in chinese
    key = next(r.chip.key for r in turn.relaxations if r.chip.label == "Comedy")
    assert talk.press("remove", key).reply == "去掉“类型：Comedy”。"


def test_a_button_answers_in_the_language_that_was_chosen(recommender: Recommender) -> None:
    talk = Talk(recommender)
    card = talk.say("a thriller").cards[1]
    talk.conversation.language = "zh"  # the page's picker
    assert talk.press("dislike", card.item.id).reply == f"不再推荐{card.item.title}。"


def test_others_never_repeat_and_history_can_be_left_aside(recommender: Recommender) -> None:
    talk = Talk(recommender, "u0")
    first = talk.say("")
    assert not titles(first) & titles(talk.say("something else"))
    liked = recommender.profile("u0").liked[0].item
    turn = talk.press("ignore", liked)
    reasons = {r.item_id for card in turn.cards.values() for r in card.reasons}
    assert liked not in reasons
    assert liked not in {card.item.id for card in turn.cards.values()}


def test_a_dead_engine_leaves_composed_text_and_a_notice(place: Path) -> None:
    with Recommender.open(place, engine=FakeEngine(fail=True)) as recommender:
        turn = Talk(recommender).say("a thriller")
        assert turn.progress == "done"
        assert len(turn.cards) == 3
        assert all(card.description for card in turn.cards.values())


def test_stopping_ends_the_engines_request(place: Path) -> None:
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.01)
    with Recommender.open(place, engine=engine) as recommender:
        assistant = Assistant(recommender)
        conversation = assistant.begin()

        async def stopped() -> Turn:
            last = None
            async for turn in assistant.say(conversation, "a thriller"):
                if turn.cards and engine.calls:
                    conversation.stop()
                last = turn
            for _ in range(100):
                if engine.closed_streams == engine.opened:
                    break
                await asyncio.sleep(0.05)
            assert last is not None
            return last

        turn = asyncio.run(stopped())
        assert turn.progress == "stopped"
        assert engine.opened == engine.closed_streams > 0


def test_a_new_message_ends_the_turn_before_it(place: Path) -> None:
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.01)
    with Recommender.open(place, engine=engine) as recommender:
        assistant = Assistant(recommender)
        conversation = assistant.begin()

        async def turn_of(message: str) -> Turn:
            return [turn async for turn in assistant.say(conversation, message)][-1]

        async def hasty() -> tuple[Turn, Turn]:
            first = asyncio.create_task(turn_of("a thriller"))
            while not engine.opened:
                await asyncio.sleep(0.01)
            second = await turn_of("a comedy")
            return await first, second

        first, second = asyncio.run(hasty())
    assert first.progress == "stopped"
    assert second.progress == "done"
    assert engine.opened == engine.closed_streams


async def test_who_looks_slowly_still_sees_how_a_turn_ended(recommender: Recommender) -> None:
    """The turn ends while its first state is still being shown."""
    assistant = Assistant(recommender)
    conversation = assistant.begin()
    seen = []
    async for turn in assistant.say(conversation, "a thriller"):
        seen.append((turn.progress, len(turn.texts)))
        assert conversation.task is not None
        await asyncio.wait({conversation.task})
    assert seen[0] == ("working", 0)
    assert seen[-1] == ("done", 3)


async def test_a_turn_ended_before_it_began_says_so(recommender: Recommender) -> None:
    assistant = Assistant(recommender)
    conversation = assistant.begin()
    seen = []
    async for turn in assistant.say(conversation, "a thriller"):
        seen.append(turn.progress)
        conversation.stop()
    assert seen == ["working", "stopped"]


def test_what_a_message_asks_in_vain_is_told_in_a_conversation(recommender: Recommender) -> None:
    turn = Talk(recommender).say("a thriller under $20")
    assert "This catalogue has no prices, so I ignored “under $20”." in turn.notices


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


def test_a_turn_that_breaks_says_so_and_the_log_says_where(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: str, message: str, **__: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(recommender, "astream", broken)
    turn = Talk(recommender).say("a thriller")
    assert turn.progress == "failed"
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    logged = record.getMessage()
    request = turn.error.split()[-1]
    assert re.fullmatch("[0-9a-f]{12}", request)
    assert request in logged
    assert "RuntimeError" in logged
    assert "in broken" in logged
    assert "thriller" not in logged
