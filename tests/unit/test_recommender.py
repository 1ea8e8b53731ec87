"""`Recommender` on the tiny world: real encoder and scorer, a scripted engine where one is used."""

import asyncio
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker import Filter, Item, Recommender
from shelftalker.data.catalog import Catalog
from shelftalker.language.stems import has_chinese
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer, Checked, Done, Picked, Shortlisted
from tests.conftest import COMEDIES, SPACE, THRILLERS
from tests.support.fakes import FakeEngine


def titles(answer: Answer) -> set[str]:
    return {card.item.title for card in answer.cards}


def content(answer: Answer) -> tuple[object, ...]:
    """What an answer says to its user, whatever user it names."""
    return answer.request["message"], *(
        (card.item.id, card.description, card.evidence) for card in answer.cards
    )


def test_the_first_pick_is_the_item_the_users_group_likes(recommender: Recommender) -> None:
    answer = recommender.generate("u0")
    assert answer.cards[0].item.id == "f1"  # the thriller u0 has not seen
    assert [card.rank for card in answer.cards] == [1, 2, 3]


def test_without_an_engine_texts_are_composed_and_say_so(recommender: Recommender) -> None:
    answer = recommender.generate("u0")
    assert answer.engine == "none"
    for card in answer.cards:
        assert card.source == "template"
        assert card.item.title in card.description


async def test_without_a_message_the_titles_tell_the_language(place: Path) -> None:
    with Workspace.open(place) as workspace:
        known = list(workspace.catalog("films"))
        chinese = [replace(film, title=f"第{n}号影片") for n, film in enumerate(known)]
        english = [*known[:4], *chinese[4:]]  # what u0 has seen, and a new visitor has not
        workspace.write_catalog("films", Catalog.of(english))
    with Recommender.open(place, engine="none") as opened:
        cards = [opened.generate(user).cards[0].description for user in ("u0", "nobody")]
        assert [has_chinese(text.replace("号影片", "")) for text in cards] == [False, True]
        for user, message, language, spoken in [
            ("nobody", "a thriller", None, "en"),
            ("nobody", "", "en", "en"),
            ("nobody", "?", None, "zh"),
            ("u0", "惊悚片", None, "zh"),
        ]:
            answer = opened.generate(user, message, language=language)
            assert answer.request["language"] == spoken
            told = [card.description.replace(card.item.title, "") for card in answer.cards]
            assert all(has_chinese(text) == (spoken == "zh") for text in told)


def test_notices_speak_the_language_of_the_request(recommender: Recommender) -> None:
    for message, said in [
        ("a thriller, not gloomy", "I can't rule out “gloomy” for certain"),
        ("惊悚片，不要血腥的", "无法完全排除“血腥”"),
    ]:
        answer = recommender.generate("u0", message, k=12)
        unstated, few = answer.notices[:2]
        assert said in unstated
        assert ("12" in few, has_chinese(few)) == (True, has_chinese(message))


def test_every_evidence_entry_is_true_to_catalogue_or_history(recommender: Recommender) -> None:
    answer = recommender.generate("u0", "a thriller from the eighties")
    assert recommender.profile("u0").now  # who asks a service is here now
    seen = {recommender.item(i).title for i in recommender.profile("u0").seen}
    sources = {entry.source for card in answer.cards for entry in card.evidence}
    assert sources == {"catalog", "history"}
    for card in answer.cards:
        assert card.evidence
        for entry in card.evidence:
            if entry.source == "catalog":
                assert entry.value in str(card.item.facts()[entry.field])
            elif entry.source == "history":
                assert entry.value in seen


def test_filters_in_the_message_and_in_the_call_are_never_broken(recommender: Recommender) -> None:
    assert titles(recommender.generate("u0", "a comedy", k=11)) == set(COMEDIES)
    no_comedy = [Filter("genres", "excludes", "Comedy")]
    assert titles(recommender.generate("u1", k=11, filters=no_comedy)) == {*THRILLERS, *SPACE}


def test_a_superlative_is_of_what_the_user_has_not_seen(recommender: Recommender) -> None:
    for user, newest in (("new", "Monday Again"), ("u1", "The Wedding Goat")):  # u1 saw the other
        answer = recommender.generate(user, "the newest comedy")
        assert [card.item.title for card in answer.cards] == [newest]


def test_what_the_catalogue_cannot_rule_out_is_said(recommender: Recommender) -> None:
    answer = recommender.generate("u0", "a thriller, not violent")
    assert any("violent" in notice for notice in answer.notices)


def test_filters_that_leave_too_little_say_what_to_relax(recommender: Recommender) -> None:
    filters = [Filter("genres", "equals", "Comedy"), Filter("year", "at_most", 1985)]
    answer = recommender.generate("new", filters=filters)
    assert answer.cards == ()
    assert any("year" in notice for notice in answer.notices)


def test_a_request_counts_in_full_however_little_the_scorer_does(
    recommender: Recommender, place: Path
) -> None:
    """Pick weights are fitted on logs, which hold no requests."""
    weights = {"weights": {"scorer": 0.001}}
    (place / "domains" / "films" / "pick.json").write_text(json.dumps(weights))
    recommender.add_items([Item("n1", "Harbour of Knives", attributes={"genres": ("Thriller",)})])

    def odds(message: str) -> tuple[str, float]:
        first, *_, last = recommender.generate("u0", message).cards
        return first.item.id, first.probability / last.probability

    assert odds("")[1] == pytest.approx(1, abs=0.01)
    found, times = odds("Harbour of Knives")
    assert (found, times > 1.3) == ("n1", True)
    assert odds("something like Cold Harbour")[1] > 1.3  # an example counts as a like


def test_a_new_visitor_with_a_message_gets_what_it_names(recommender: Recommender) -> None:
    assert titles(recommender.generate("nobody", "thriller", k=4)) == set(THRILLERS)


def test_feedback_is_known_to_the_next_call(recommender: Recommender) -> None:
    first = recommender.generate("fresh").cards[0].item.id
    recommender.feedback("fresh", first, "dislike")
    assert first not in [card.item.id for card in recommender.generate("fresh", k=10).cards]
    recommender.feedback("fan", "f5", "like")
    assert recommender.shortlist("fan", n=1)[0].item_id in {"f6", "f7", "f8"}


def test_forgetting_a_user_leaves_no_event(recommender: Recommender) -> None:
    assert recommender.forget("u0") == 3
    assert recommender.profile("u0").history == ()


def test_items_come_and_go_without_training(recommender: Recommender) -> None:
    new = Item("n1", "Harbour of Knives", attributes={"genres": ("Thriller",), "year": 1984})
    recommender.add_items([new])
    found = [scored.item_id for scored in recommender.shortlist("zz", "Harbour of Knives", n=3)]
    assert "n1" in found
    recommender.remove_items(["n1"])
    assert "n1" not in [s.item_id for s in recommender.shortlist("zz", n=20)]


def test_batch_ranks_every_user_without_seen_items(recommender: Recommender) -> None:
    frame = recommender.recommend(["u0", "u1"], k=2)
    assert frame.columns == ["user", "item", "rank", "score"]
    assert frame["rank"].to_list() == [1, 2, 1, 2]
    assert frame.filter(frame["user"] == "u0")["item"][0] == "f1"


def test_the_stream_ends_with_done_and_shows_cards_first(recommender: Recommender) -> None:
    updates = list(recommender.stream("u0"))
    assert isinstance(updates[0], Shortlisted)
    assert isinstance(updates[1], Picked)
    assert isinstance(updates[-1], Done)
    assert sum(isinstance(update, Checked) for update in updates) == 3


def test_callers_in_threads_and_in_asyncio_get_their_own_answers(recommender: Recommender) -> None:
    asked = {f"u{n}": ("a thriller", "")[n % 2] for n in range(6)}
    alone = {user: content(recommender.generate(user, text)) for user, text in asked.items()}
    assert len(set(alone.values())) == 6  # so that a crossed answer shows
    answers: dict[str, Answer] = {}

    def ask(user: str) -> None:
        answers[user] = recommender.generate(user, asked[user])

    threads = [threading.Thread(target=ask, args=(user,)) for user in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {user: content(answer) for user, answer in answers.items()} == alone

    async def together() -> list[Answer]:
        calls = (recommender.agenerate(user, text) for user, text in asked.items())
        return await asyncio.gather(*calls)

    assert [content(answer) for answer in asyncio.run(together())] == list(alone.values())


def test_a_false_sentence_of_the_engine_is_never_shown(place: Path) -> None:
    engine = FakeEngine(texts=["It won nine Oscars and you loved Titanic."])
    with Recommender.open(place, engine=engine) as recommender:
        answer = recommender.generate("u0")
    assert engine.calls.count("stream") == 2 * len(answer.cards) > 0
    assert [card.source for card in answer.cards] == ["template"] * 3
    for card in answer.cards:
        assert "Oscars" not in card.description
        assert "Titanic" not in card.description
        assert card.source == "template"


def test_the_oldest_of_a_kind_is_taken_among_the_titles_that_name_it(
    recommender: Recommender,
) -> None:
    for message, title in [("the oldest ferry", "Night Ferry"), ("the oldest", "Cold Harbour")]:
        cards = recommender.generate("nobody", message).cards
        assert [card.item.title for card in cards] == [title]
