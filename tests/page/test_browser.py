"""The chat page in a real browser.

Run: pytest tests/page/test_browser.py
Screenshots go to $SHELFTALKER_SCREENSHOTS, else to build/screenshots.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import COMEDIES, THRILLERS
from tests.page.conftest import DESK, PHONE
from tests.support.browsing import (
    Chatting,
    accessible,
    chosen,
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
    years,
)

Open = Callable[..., Any]


@pytest.mark.timeout(900)  # the model may have to share two cores with another test's service
def test_a_newcomers_conversation_with_the_real_model(films_and_lamps: Path, visit: Open) -> None:
    with Chatting(films_and_lamps) as address:
        page = visit(address)
        example = page.locator(".st-example").first.inner_text()
        page.locator(".st-example").first.click()
        settled(page, 1)
        expect(page.locator(".st-said")).to_have_text(f"You: {example}")
        expect(page.locator(".st-card")).to_have_count(3)
        first = titles(page)
        chosen(page, page.locator(".st-correct .st-example").first, 2)
        second = titles(page)
        assert second != first
        say(page, "a thriller")
        settled(page, 3)
        assert len(titles(page)) == 3
        assert set(titles(page)) <= set(THRILLERS)
        assert all(page.locator(".st-text").all_inner_texts())
        shot(page, "ask")
        press(page, "why")
        # a small model without an adapter only picks
        expect(page.locator(".st-why")).to_contain_text("without the language model")
        expect(page.locator(".st-why")).to_contain_text("catalogue")
        shot(page, "why")
        say(page, "undo")
        expect(page.locator(".st-reply").last).to_have_text("Undone.")
        assert titles(page) == second


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
    assert set(titles(page)) == set(COMEDIES) - set(first[:2])
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
    expect(page.locator(".st-reply")).to_contain_text("Nothing here has everything")
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


def test_a_lost_connection_is_said_and_ends(quick: str, visit: Open) -> None:
    page = visit(quick)
    page.context.set_offline(True)
    expect(page.locator("#st-offline")).to_be_visible()
    shot(page, "offline")
    page.context.set_offline(False)
    expect(page.locator("#st-offline")).to_be_hidden()
