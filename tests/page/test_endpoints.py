"""The page's named endpoints, called as a program calls them. Run: pytest tests/test_page_api.py"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.transition import Situation
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.page.app import launch
from shelftalker.page.sessions import Sessions
from shelftalker.page.suggestions import corrections, suggestions
from shelftalker.store.workspace import Workspace
from tests.conftest import COMEDIES, THRILLERS
from tests.support.fakes import FakeEngine

gradio_client = pytest.importorskip("gradio_client")


@pytest.fixture(scope="module")
def recommender(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recommender]:
    place = shutil.copytree(world, tmp_path_factory.mktemp("page") / "ws")
    with Recommender.open(place, engine=FakeEngine(["It is a film."])) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(recommender: Recommender) -> Iterator[str]:
    page = launch(recommender, wait=False)
    yield page.local_url
    page.close()


@pytest.fixture
def client(address: str) -> Any:
    return gradio_client.Client(address, verbose=False)


def titles(answer: dict[str, Any]) -> set[str]:
    return {card["title"] for card in answer["cards"]}


def test_a_message_gets_three_cards_and_the_next_one_corrects_it(client: Any) -> None:
    first = client.predict("a thriller", api_name="/chat")
    assert len(first["cards"]) == 3
    assert titles(first) <= set(THRILLERS)
    second = client.predict("a comedy instead", api_name="/chat")
    assert len(second["cards"]) == 3
    assert titles(second) <= set(COMEDIES)
    assert {"added": False, "label": "Thriller"} in second["changes"]
    client.predict("undo", api_name="/chat")
    assert [chip["label"] for chip in client.predict(api_name="/taste")] == ["Thriller"]


def test_buttons_work_by_name_and_an_unknown_one_is_refused(client: Any) -> None:
    card = client.predict("a thriller", api_name="/chat")["cards"][0]
    marked = client.predict("dislike", card["item_id"], api_name="/press")
    assert card["title"] not in titles(marked)
    with pytest.raises(Exception, match="unknown; allowed"):
        client.predict("explode", "", api_name="/press")
    with pytest.raises(Exception, match="no domain"):
        client.predict("hello", "", "nowhere", api_name="/chat")


def test_a_stream_begins_with_cards_and_ends_with_their_texts(client: Any) -> None:
    seen = list(client.submit("a thriller", api_name="/stream"))
    assert any(len(answer["cards"]) == 3 for answer in seen)
    assert seen[-1]["progress"] == "done"
    assert all(card["description"] for card in seen[-1]["cards"])


def test_nothing_that_fits_says_what_to_let_go(client: Any) -> None:
    answer = client.predict("a comedy before 1950", api_name="/chat")
    assert answer["cards"] == []
    assert [r["label"] for r in answer["relaxations"]] == ["year up to 1949"]


def test_what_one_session_says_is_in_no_other(address: str) -> None:
    def talk(number: int) -> tuple[str, str]:
        client = gradio_client.Client(address, verbose=False)
        secret = f"zanzibar{number}q"
        answers = [client.predict(f"a thriller {secret}", api_name="/chat")]
        answers += [client.predict(said, api_name="/chat") for said in ("shorter", "undo")]
        return secret, str([*answers, client.predict(api_name="/taste")])

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(talk, range(6)))
    for secret, answers in told:
        assert secret in answers
        assert not [other for other, _ in told if other != secret and other in answers]


def test_idle_sessions_end_and_another_user_begins_anew(recommender: Recommender) -> None:
    now = [0.0]
    sessions = Sessions(Assistant(recommender), ttl=60, most=2, clock=lambda: now[0])
    first = sessions.of("a", "u1")
    assert sessions.of("a") is first
    assert sessions.of("a", "u2") is not first
    assert sessions.of("b").user != sessions.of("c").user
    assert len(sessions) == 2  # no more than `most`
    now[0] = 61
    assert sessions.get("c") is None
    assert len(sessions) == 0


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
