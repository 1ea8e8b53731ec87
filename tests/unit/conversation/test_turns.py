"""What a turn shows, records and undoes.

Run: pytest tests/unit/conversation/test_turns.py
"""

from shelftalker import Recommender
from shelftalker.page.view import log
from tests.conftest import COMEDIES, THRILLERS
from tests.unit.conversation.talking import Talk, titles


def test_nothing_is_promised_where_nothing_is_left(recommender: Recommender) -> None:
    talk = Talk(recommender)
    talk.say("a film")
    for _ in range(5):
        turn = talk.say("something else")
    assert not turn.cards
    assert turn.reply.startswith("Nothing here has everything you asked for.")


def test_a_turn_shows_what_it_changed_and_undo_takes_it_back(recommender: Recommender) -> None:
    talk = Talk(recommender)
    first = talk.say("a thriller")
    assert len(first.cards) == 3
    assert titles(first) <= set(THRILLERS)
    second = talk.say("a comedy instead")
    assert len(second.cards) == 3
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
    asked, behind = "You asked for: Thriller.", f"{card.item.title}: {card.evidence[0].text}"
    assert told.reply.startswith(f"{asked} {behind}")
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
    assert "Nothing here has everything you asked for." in turn.reply
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


def test_a_range_takes_the_place_of_an_end(recommender: Recommender) -> None:
    talk = Talk(recommender)
    assert len(talk.say("the oldest film").cards) == 1
    turn = talk.say("from 1990 to 1992")
    years = {card.item.attributes["year"] for card in turn.cards.values()}
    assert years == {1990, 1991, 1992}


def test_others_give_up_the_oldest_wish_where_none_is_left(recommender: Recommender) -> None:
    talk = Talk(recommender)
    talk.say("a thriller")
    talk.say("from before 1992")
    assert titles(talk.say("something else")) < set(THRILLERS)
    turn = talk.say("something else")
    assert turn.reply.startswith("Nothing else fits with “Thriller”, so I left it out.")
    assert [(c.added, c.chip.label) for c in turn.changes] == [(False, "Thriller")]
    assert titles(turn) == set(COMEDIES[:2])
    talk.say("undo")
    assert "Thriller" in [chip.label for chip in talk.conversation.taste.of("filter")]


def test_what_a_message_asks_in_vain_is_told_in_a_conversation(recommender: Recommender) -> None:
    turn = Talk(recommender).say("a thriller under $20")
    assert "This catalogue has no prices, so I ignored “under $20”." in turn.notices


def test_what_cannot_be_excluded_for_certain_is_said(recommender: Recommender) -> None:
    turn = Talk(recommender).say("a thriller, not gloomy")
    notice = "I can't rule out “gloomy” for certain, so similar items are ranked lower."
    assert turn.notices == (notice,)
