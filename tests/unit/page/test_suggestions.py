"""Sessions of the page, and what it offers to click. Run: pytest tests/page/test_suggestions.py"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.transition import Situation
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.page.controller import Sessions
from shelftalker.page.suggestions import corrections, suggestions
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine


@pytest.fixture(scope="module")
def recommender(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recommender]:
    place = shutil.copytree(world, tmp_path_factory.mktemp("page") / "ws")
    with Recommender.open(place, engine=FakeEngine(["It is a film."])) as opened:
        yield opened


def test_idle_sessions_end_and_another_user_begins_anew(recommender: Recommender) -> None:
    now = [0.0]
    sessions = Sessions(Assistant(recommender), ttl=60, most=2, clock=lambda: now[0])
    first = sessions.of("a", "u1")
    assert sessions.of("a") is first
    assert sessions.of("a", "u2") is not first
    assert sessions.of("b").user != sessions.of("c").user
    assert sessions.get("a") is None  # no more than `most`
    now[0] = 61
    assert sessions.get("c") is None


def test_dropping_a_session_stops_its_answer(world: Path) -> None:
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.01)
    with Recommender.open(world, engine=engine) as recommender:
        sessions = Sessions(Assistant(recommender), ttl=60)

        async def closed() -> None:
            conversation = sessions.of("tab")
            async for _ in Assistant(recommender).say(conversation, "a thriller"):
                if engine.opened:
                    sessions.drop("tab")
            until = time.monotonic() + 5
            while engine.closed_streams < engine.opened and time.monotonic() < until:
                await asyncio.sleep(0.05)

        asyncio.run(closed())
    assert engine.opened == engine.closed_streams > 0


async def test_offered_corrections_bring_other_cards(recommender: Recommender) -> None:
    assistant, domain = Assistant(recommender), recommender.domain()
    conversation = assistant.begin()

    async def say(message: str) -> set[str]:
        async for turn in assistant.say(conversation, message):
            last = turn
        return {card.item.title for card in last.cards.values()}

    before = await say("a film")
    offered = corrections(domain, conversation.situation())
    assert offered
    for text in offered:
        found = await say(text)
        assert len(found) == 3
        assert found != before
        await say("undo")


def test_suggested_requests_really_find_something(recommender: Recommender) -> None:
    offered = suggestions(recommender.domain())
    assert offered
    for text in offered:
        assert len(recommender.generate("new", text).cards) == 3


def test_a_shop_of_titles_and_brands_has_requests_and_corrections_to_offer(
    world: Path, tmp_path: Path
) -> None:
    kinds = ("Gel Pens, Blue", "Desk Stapler")
    items = [
        Item(f"{kind}{n}", f"{brand} {n} {kind}", attributes={"brand": brand})
        for kind in kinds
        for brand in ("Halden", "Orly")
        for n in range(7)
    ]
    place = shutil.copytree(world, tmp_path / "ws")
    workspace = Workspace.open(place)
    workspace.add_domain("shop")
    numbered = [replace(item, id=str(n)) for n, item in enumerate(items)]
    workspace.write_catalog("shop", Catalog.of(numbered))
    for user in range(6):
        for n in range(3):
            workspace.events.append("shop", Event(f"u{user}", str((user * 3 + n) % 28), "view"))
    fit(workspace, "shop")
    with Recommender(workspace, engine="none") as recommender:
        domain = recommender.domain("shop")
        offered = suggestions(domain)
        assert offered[:2] == ["gel pens from Halden", "desk stapler, but nothing from Halden"]
        assert not any("funnier" in text for text in offered)
        shown = tuple(domain.catalog[str(n)] for n in range(3))
        assert corrections(domain, Situation(shown=shown)) == ["nothing from Halden"]
