"""The page in a real browser while its engine writes, is stopped, or dies.

Run: pytest tests/page/test_browser_engine.py
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import shelftalker.engine
from shelftalker import Recommender
from shelftalker.page.blocks import launch
from tests.support.browsing import (
    expect,
    say,
    settled,
    shot,
    until,
)
from tests.support.fakes import FakeEngine

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def scripted(films_and_lamps: Path) -> Iterator[tuple[str, FakeEngine]]:
    """A page whose engine takes its time over a text that never ends well: it can be stopped."""
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.02)
    with Recommender.open(films_and_lamps, engine=engine) as recommender:
        page = launch(recommender, wait=False)
        yield page.local_url, engine
        page.close()


def test_stop_ends_the_engines_work(scripted: tuple[str, FakeEngine], visit: Open) -> None:
    address, engine = scripted
    page = visit(address)
    say(page, "a thriller")
    expect(page.locator(".st-text").first).to_contain_text("1981")
    shot(page, "streaming")
    page.locator("#st-stop").click()
    expect(page.locator(".st-turn")).to_have_attribute("data-state", "stopped")
    expect(page.locator("#st-send")).to_be_visible()
    expect(page.locator("#st-stop")).to_be_hidden()
    until(lambda: engine.opened == engine.closed_streams > 0)


def test_a_closed_tab_ends_the_engines_work(scripted: tuple[str, FakeEngine], visit: Open) -> None:
    address, engine = scripted
    page = visit(address)
    before = engine.opened
    say(page, "a thriller from the eighties")
    expect(page.locator(".st-text").first).to_contain_text("1981")
    assert engine.opened > before
    page.context.close()
    until(lambda: engine.opened == engine.closed_streams)


def test_an_engine_killed_in_mid_answer_and_back_again(
    films_and_lamps: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = FakeEngine(["It was released in 1981. " * 40], pause=0.1)
    engines = [slow, FakeEngine(["It is a film."])]
    monkeypatch.setattr(shelftalker.engine, "open_engine", lambda *_, **__: engines.pop(0))
    with Recommender.open(films_and_lamps, engine="transformers") as recommender:
        server = launch(recommender, wait=False)
        page = visit(server.local_url)
        say(page, "a thriller")
        expect(page.locator(".st-text").first).to_contain_text("1981")
        slow.dead = True
        settled(page, 1)
        expect(page.locator(".st-notice")).to_contain_text("engine stopped")
        for text in page.locator(".st-text").all_inner_texts():
            assert len(text) > 20  # composed, not left empty
        shot(page, "engine-died")
        say(page, "a comedy")
        settled(page, 2)
        say(page, "a film with Otto Lund")
        settled(page, 3)
        expect(page.locator(".st-turn").last.locator(".st-notice")).to_have_count(0)
        page.get_by_role("button", name="Details").click()
        expect(page.locator(".st-details")).to_contain_text("fake")
        assert engines == []
        server.close()
