"""How turns run as tasks: how they end, stop and fail.

Run: pytest tests/unit/conversation/test_assistant.py
"""

import asyncio
import re
import time
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Turn
from shelftalker.engine import concurrency
from shelftalker.serving.domain import Domain
from shelftalker.understanding.rule_reader import RuleReader
from tests.support.fakes import FakeEngine
from tests.unit.conversation.talking import Talk


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


def test_of_many_visitors_the_first_has_cards_before_the_last_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def noted(owner: type, name: str) -> None:
        work = getattr(owner, name)

        def slow(*args: object, **options: object) -> object:
            begun.append(name)
            time.sleep(0.02)
            return work(*args, **options)

        monkeypatch.setattr(owner, name, slow)

    async def turn(assistant: Assistant) -> None:
        async for _ in assistant.say(assistant.begin(), "a thriller"):
            pass

    async def turns(assistant: Assistant) -> None:
        await asyncio.gather(*(turn(assistant) for _ in range(6)))

    monkeypatch.setattr(concurrency, "compute_threads", lambda: 1)
    concurrency._queue.cache_clear()
    with Recommender.open(place, engine="none") as recommender:
        assistant = Assistant(recommender)
        asyncio.run(turn(assistant))
        noted(RuleReader, "read")
        noted(Domain, "shortlist")
        asyncio.run(turns(assistant))
    concurrency._queue.cache_clear()
    assert begun.count("read") == begun.count("shortlist") == 6
    assert begun.index("shortlist") < 4
