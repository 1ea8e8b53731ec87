"""What is drawn again while an answer is written. Run: pytest tests/page/test_redraw.py"""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shelftalker import Recommender
from shelftalker.page import redraw
from shelftalker.page.redraw import Redraw
from tests.support.fakes import FakeEngine

if TYPE_CHECKING:
    from shelftalker.page.controller import PageController

TEXT = "It was released in 1984. It is a thriller. It is directed by Ida Brandt. " * 4


def controller_of(recommender: Recommender) -> "PageController":
    from shelftalker.page.controller import PageController  # loads gradio

    return PageController(recommender)


@pytest.fixture
def recommender(place: Path) -> Iterator[Recommender]:
    with Recommender.open(place, engine=FakeEngine([TEXT], pause=0.002)) as opened:
        yield opened


@pytest.fixture
def history_reads(recommender: Recommender, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each read of the history for the page: was it on the event loop's thread?"""
    reads: list[bool] = []
    profile = recommender.profile

    def counted(user: str, *, domain: str | None = None) -> object:
        reads.append(threading.current_thread() is threading.main_thread())
        return profile(user, domain=domain)

    monkeypatch.setattr(recommender, "profile", counted)
    return reads


async def test_an_answer_draws_the_turn_many_times_and_everything_else_once(
    recommender: Recommender, history_reads: list[bool]
) -> None:
    controller = controller_of(recommender)
    conversation = controller.assistant.begin("u1")
    drawn = [parts async for parts in controller.say(conversation, "a film")]
    counts = Counter(name for parts in drawn for name in parts)
    assert counts["latest"] > 5
    assert history_reads == [False]
    assert counts["taste"] == 1
    assert counts["earlier"] == 2  # its cards fold up when the new ones come
    assert counts["details"] == 2  # none yet, then the answer's
    assert counts["offers"] == 2  # the old ones go at once, the new ones come last
    assert drawn[-1].keys() == {"offers"}
    assert "st-example" in drawn[-1]["offers"]


async def test_offers_are_tried_once_off_the_event_loop(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_loop: list[bool] = []
    corrections = redraw.corrections

    def watched(*args: object) -> list[str]:
        on_loop.append(threading.current_thread() is threading.main_thread())
        return corrections(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(redraw, "corrections", watched)
    controller = controller_of(recommender)
    async for _ in controller.say(controller.assistant.begin("u1"), "a film"):
        pass
    assert on_loop == [False]


@pytest.mark.parametrize(
    "messages", [["a thriller", "I don't like the first one", "why the second one?", "undo"]]
)
async def test_what_was_sent_piece_by_piece_is_the_page_drawn_anew(
    recommender: Recommender, messages: list[str]
) -> None:
    controller = controller_of(recommender)
    conversation = controller.assistant.begin("u1")
    for message in messages:
        page: dict[str, object] = {}
        async for parts in controller.say(conversation, message):
            page |= parts
        whole = await controller.draw(conversation)
        assert whole.pop("labels") == "en"
        if message == "undo":  # its turn is shown and not kept
            assert "Undone" in str(page["latest"])
            assert page["taste"] == whole["taste"]
        else:
            assert {**page, "status": ""} == whole
    assert page["working"] is False


async def test_offers_of_a_conversation_that_went_on_are_not_sent(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = controller_of(recommender)
    conversation = controller.assistant.begin("u1")
    async for _ in controller.say(conversation, "a thriller"):
        pass

    def overtaken(*_: object) -> list[str]:
        conversation.turns.pop()
        return ["cheaper"]

    monkeypatch.setattr(redraw, "corrections", overtaken)
    assert await Redraw(recommender, conversation).offers() == {}
