"""The reader that asks an LLM, in answers and conversations."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Turn
from shelftalker.errors import WorkspaceError
from shelftalker.language.notices import notice
from shelftalker.store.workspace import Workspace
from tests.conftest import COMEDIES, THRILLERS
from tests.support.chat_server import ChatServer
from tests.support.llm_answers import condition
from tests.unit.conversation.talking import titles

NOTICE = notice("rules_only", "en")


def test_it_is_off_unless_the_workspace_names_one(recommender: Recommender) -> None:
    assert recommender.domain().llm_reader is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('url = "http://host/v1"', r"reader = .*url and model are given together"),
        ('url = "host"\nmodel = "m"', r"reader\.url = 'host': .*is no address of a chat server"),
        ('api_key = "abc"', r"unknown key 'reader\.api_key'; known: url, model, seconds"),
        ("seconds = 0", r"reader\.seconds = 0"),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, lines: str, message: str) -> None:
    (tmp_path / "workspace.toml").write_text(f"[reader]\n{lines}\n")
    with pytest.raises(WorkspaceError, match=message):
        Workspace.open(tmp_path)


def test_an_answer_obeys_what_the_llm_read(place: Path, server: ChatServer) -> None:
    server.answer = lambda _: {"filters": [condition("genres", "contains", "Comedy")]}
    with Recommender.open(configured(place, server.url), engine="none") as recommender:
        answer = recommender.generate("u0", "something that makes me laugh")
        assert answer.cards
        assert {card.item.title for card in answer.cards} <= set(COMEDIES)
        assert answer.notices == ()
        server.answer = lambda _: "?"
        again = recommender.generate("u0", "a thriller, I need to laugh less")
        assert again.cards
        assert {card.item.title for card in again.cards} <= set(THRILLERS)
        assert NOTICE in again.notices


def test_one_slow_reading_keeps_nobody_else_waiting(place: Path, server: ChatServer) -> None:
    server.answer = lambda body: (
        server.hang(body) if "slow" in body["messages"][-1]["content"] else {"filters": []}
    )

    async def both(recommender: Recommender) -> bool:
        slow = asyncio.create_task(recommender.agenerate("u0", "slow"))
        while not server.asked:
            await asyncio.sleep(0.01)
        await recommender.agenerate("u1", "a comedy")
        done = slow.done()
        server.released.set()
        await slow
        return done

    with Recommender.open(configured(place, server.url), engine="none") as recommender:
        assert asyncio.run(both(recommender)) is False


def test_in_a_conversation_the_llms_filters_become_chips(place: Path, server: ChatServer) -> None:
    server.answer = lambda _: {"filters": [condition("genres", "contains", "Comedy")]}
    with Recommender.open(configured(place, server.url), engine="none") as recommender:
        assistant = Assistant(recommender)
        conversation = assistant.begin()
        first, *_, last = asyncio.run(turns(assistant, conversation, "make me laugh"))
        assert (first.message, first.progress, first.cards) == ("make me laugh", "working", {})
        assert titles(last)
        assert titles(last) <= set(COMEDIES)
        assert [chip.label for chip in conversation.taste.of("filter")] == ["Comedy"]
        asked = len(server.asked)
        for simple in ("thanks", "why?", "undo"):
            asyncio.run(turns(assistant, conversation, simple))
        assert len(server.asked) == asked
        server.answer = lambda _: "?"
        *_, last = asyncio.run(turns(assistant, conversation, "a thriller, rather tense"))
        assert titles(last)
        assert titles(last) <= set(THRILLERS)
        assert NOTICE in last.notices


def test_a_new_message_ends_the_reading_of_the_one_before(place: Path, server: ChatServer) -> None:
    server.answer = lambda body: (
        server.hang(body) if "slow" in body["messages"][-1]["content"] else {"filters": []}
    )

    async def hasty(assistant: Assistant) -> tuple[list[Turn], list[Turn], int]:
        conversation = assistant.begin()
        first = asyncio.create_task(turns(assistant, conversation, "a slow comedy"))
        while not server.asked:
            await asyncio.sleep(0.01)
        second = await turns(assistant, conversation, "a thriller")
        return await first, second, len(conversation.turns)

    with Recommender.open(configured(place, server.url), engine="none") as recommender:
        first, second, kept = asyncio.run(hasty(Assistant(recommender)))
    assert first[-1].progress == "stopped"
    assert titles(second[-1])
    assert titles(second[-1]) <= set(THRILLERS)
    assert kept == 1


def test_stopping_ends_the_reading(place: Path, server: ChatServer) -> None:
    server.answer = server.hang

    async def stopped(assistant: Assistant) -> Turn:
        conversation = assistant.begin()
        task = asyncio.create_task(turns(assistant, conversation, "a comedy"))
        while not server.asked:
            await asyncio.sleep(0.01)
        conversation.stop()
        return (await task)[-1]

    with Recommender.open(configured(place, server.url), engine="none") as recommender:
        turn = asyncio.run(stopped(Assistant(recommender)))
    assert (turn.progress, turn.cards) == ("stopped", {})


def configured(place: Path, url: str, seconds: float = 30) -> Path:
    text = (place / "workspace.toml").read_text()
    before, after = text.split("[reader]\n")
    own = after.replace("seconds = 3\n", f"seconds = {seconds}\n", 1)
    assert own != after
    own = f'[reader]\nurl = "{url}"\nmodel = "m"\n{own}'
    (place / "workspace.toml").write_text(before + own)
    return place


async def turns(assistant: Assistant, conversation: Any, message: str) -> list[Turn]:
    return [turn async for turn in assistant.say(conversation, message)]
