"""The chat page in a real browser: Debian's Chromium, driven by Playwright.

Run: pytest tests/test_browser.py   (screenshots: $SHELFTALKER_SCREENSHOTS, else build/screenshots)
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import shelftalker.engine
from shelftalker import Recommender
from shelftalker.page.app import launch
from tests.conftest import COMEDIES, THRILLERS
from tests.support.browsing import (
    Chatting,
    accessible,
    add_lamps,
    expect,
    focus,
    item_of,
    press,
    prices,
    say,
    settled,
    shot,
    switch,
    tab_to,
    titles,
    until,
    years,
)
from tests.support.fakes import FakeEngine

playwright = pytest.importorskip("playwright.sync_api")

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT = 60_000
"""Milliseconds that the real model may take for an answer on a busy machine."""

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path
        found = shutil.which("chromium") or (own if Path(own).is_file() else None)
        if not found:
            pytest.skip("no Chromium here: apt-get install chromium")
        opened = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Opens pages; when the test ends none of them may have had an error in its script."""
    contexts, errors = [], []

    def visited(address: str, size: dict[str, int] | None = None, scheme: str = "light") -> Any:
        context = browser.new_context(viewport=size or DESK, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        expect(page.locator(".st-example")).not_to_have_count(0, timeout=WAIT)
        return page

    yield visited
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="module")
def place(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny films, and lamps with prices as a second domain. The model computes in float32: what
    it writes, and so whether it passes, must not depend on how a processor rounds."""
    path = Path(shutil.copytree(world, tmp_path_factory.mktemp("browser") / "ws"))
    settings = path / "workspace.toml"
    text = settings.read_text()
    assert 'dtype = "auto"' in text
    settings.write_text(text.replace('dtype = "auto"', 'dtype = "float32"'))
    add_lamps(path)
    return path


@pytest.fixture(scope="module")
def scripted(place: Path) -> Iterator[tuple[str, FakeEngine]]:
    """A page whose engine takes its time over a text that never ends well: it can be stopped."""
    engine = FakeEngine(["It was released in 1981. " * 40], pause=0.02)
    with Recommender.open(place, engine=engine) as recommender:
        page = launch(recommender, wait=False)
        yield page.local_url, engine
        page.close()


@pytest.fixture(scope="module")
def quick(place: Path) -> Iterator[str]:
    """A page that answers at once: for what has nothing to do with a model."""
    with Recommender.open(place, engine="none") as recommender:
        page = launch(recommender, wait=False)
        yield page.local_url
        page.close()


# -- the whole way, with the real command and the real model ----------------------------------


def test_a_newcomers_conversation_with_the_real_model(place: Path, visit: Open) -> None:
    with Chatting(place) as address:
        page = visit(address)
        example = page.locator(".st-example").first.inner_text()
        page.locator(".st-example").first.click()
        settled(page, 1)
        expect(page.locator(".st-said")).to_have_text(f"You: {example}")
        expect(page.locator(".st-card")).to_have_count(3)
        first = titles(page)
        page.locator(".st-correct .st-example").first.click()
        settled(page, 2)
        second = titles(page)
        assert second != first
        say(page, "a thriller")
        settled(page, 3)
        assert set(titles(page)) <= set(THRILLERS)
        assert all(page.locator(".st-text").all_inner_texts())
        shot(page, "ask")
        press(page, "why")
        expect(page.locator(".st-why")).to_contain_text("Written by: the language model")
        expect(page.locator(".st-why")).to_contain_text("catalogue")
        shot(page, "why")
        say(page, "undo")
        expect(page.locator(".st-reply").last).to_have_text("Undone.")
        assert titles(page) == second


# -- what is not the model's affair ------------------------------------------------------------


def test_corrections_go_beyond_what_is_shown_and_a_switch_begins_anew(
    quick: str, visit: Open
) -> None:
    page = visit(quick)
    say(page, "a thriller")
    settled(page, 1)
    before = years(page)
    say(page, "something older")
    settled(page, 2)
    expect(page.locator(".st-diff").last).to_contain_text("year under")
    assert max(years(page)) < max(before)
    switch(page, "lamps")
    say(page, "a lamp in black")
    settled(page, 1)
    dear = prices(page)
    say(page, "cheaper")
    settled(page, 2)
    expect(page.locator(".st-diff").last).to_contain_text("price under")
    assert max(prices(page)) < max(dear)
    shot(page, "cheaper")


def test_marks_change_what_comes_next_and_undo_takes_them_back(quick: str, visit: Open) -> None:
    page = visit(quick)
    say(page, "a comedy")
    settled(page, 1)
    first = titles(page)
    page.locator(".st-card").nth(0).get_by_role("button", name="Like", exact=True).click()
    expect(page.locator(".st-taste")).to_contain_text(f"♥ {first[0]}")
    page.locator(".st-card").nth(1).get_by_role("button", name="Not for me").click()
    expect(page.locator(".st-card h3").filter(has_text=first[1])).to_have_count(0)
    assert set(titles(page)) <= set(COMEDIES) - set(first[:2])
    page.locator("#st-undo").click()
    expect(page.locator(".st-card h3").filter(has_text=first[1])).to_have_count(1)
    page.get_by_role("button", name="Remove Comedy").click()
    expect(page.locator(".st-taste")).not_to_contain_text("Comedy")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_questions_leave_the_cards_and_a_purchase_takes_one_away(
    quick: str, visit: Open, size: dict[str, int]
) -> None:
    page = visit(quick, size)
    name = "phone" if size is PHONE else "desk"
    say(page, "a thriller")
    settled(page, 1)
    first = titles(page)
    say(page, "who directed the second one?")
    settled(page, 2)
    expect(page.locator(".st-reply").last).to_have_text(f"{first[1]} is directed by Ida Brandt.")
    shot(page, f"{name}-question")
    say(page, "compare the first two")
    settled(page, 3)
    told = page.locator(".st-reply").last.inner_text().splitlines()
    assert [line.partition(":")[0] for line in told] == [*first[:2], "Both"]
    assert titles(page) == first
    expect(page.locator(".st-taste .st-chip")).to_have_count(1)
    shot(page, f"{name}-comparison")
    say(page, "I bought the first one")
    settled(page, 4)
    assert first[0] not in titles(page)
    expect(page.locator(".st-taste .st-bought")).to_contain_text(f"bought: {first[0]}")
    expect(page.locator(".st-taste")).not_to_contain_text("From your history (1)")
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner
    shot(page, f"{name}-purchase")


def test_nothing_fits_says_what_to_let_go_and_does_it(quick: str, visit: Open) -> None:
    page = visit(quick)
    say(page, "a comedy from before 1985")
    expect(page.locator(".st-reply")).to_contain_text("Nothing in the catalogue fits")
    expect(page.locator(".st-card")).to_have_count(0)
    shot(page, "nothing")
    page.locator(".st-relax").first.click()
    expect(page.locator(".st-card")).to_have_count(3)


def test_the_keyboard_alone_is_enough(quick: str, visit: Open) -> None:
    page = visit(quick)
    assert focus(page) == "st-box"  # typing can begin at once
    page.keyboard.type("a thriller")
    page.keyboard.press("Enter")
    settled(page, 1)
    first = titles(page)
    tab_to(page, f"dislike:{item_of(page, 'dislike')}")
    page.keyboard.press("Enter")
    expect(page.locator(".st-card h3").filter(has_text=first[0])).to_have_count(0)
    tab_to(page, f"why:{item_of(page, 'why')}")
    page.keyboard.press("Space")
    expect(page.locator(".st-why")).to_have_count(1)
    assert focus(page).startswith("why:")  # the redraw gave the focus back
    shot(page, "keyboard")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "dark")])
def test_every_width_and_scheme_is_accessible(
    quick: str, visit: Open, size: dict[str, int], scheme: str
) -> None:
    page = visit(quick, size, scheme)
    name = f"{'phone' if size is PHONE else 'desk'}-{scheme}"
    shot(page, f"{name}-welcome")
    accessible(page)
    say(page, "a thriller from the eighties, not too sad")
    settled(page, 1)
    press(page, "why")
    expect(page.locator(".st-why")).to_be_visible()
    page.get_by_role("button", name="Details").click()
    expect(page.locator(".st-details")).to_be_visible()
    shot(page, name)
    accessible(page)
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner, f"{width - inner} px to scroll sideways"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)")
    say(page, "older")
    settled(page, 2)
    last = page.locator(".st-turn").last.bounding_box()
    assert 0 <= last["y"] < 100  # what is new is in view
    assert page.locator("#st-ask").bounding_box()["y"] < size["height"] - 60  # as is the box
    assert (sum(map(int, ground[:3])) < 200) == (scheme == "dark"), ground


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
    place: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = FakeEngine(["It was released in 1981. " * 40], pause=0.02)
    engines = [slow, FakeEngine(["It is a film."])]
    monkeypatch.setattr(shelftalker.engine, "open_engine", lambda *_, **__: engines.pop(0))
    with Recommender.open(place, engine="transformers") as recommender:
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


def test_a_lost_connection_is_said_and_ends(quick: str, visit: Open) -> None:
    page = visit(quick)
    page.context.set_offline(True)
    expect(page.locator("#st-offline")).to_be_visible()
    shot(page, "offline")
    page.context.set_offline(False)
    expect(page.locator("#st-offline")).to_be_hidden()
