"""A visitor's hands and eyes for tests in a real browser, and the page's own process."""

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.learning.fit import fit
from shelftalker.store.workspace import Workspace
from tests.support import free_port

SHOTS = Path(os.environ.get("SHELFTALKER_SCREENSHOTS", "build/screenshots"))


def expect(*seen: Any) -> Any:
    """Playwright's, which only who drives a browser loads: every worker imports every file."""
    return _playwright().expect(*seen)


def _playwright() -> Any:
    return pytest.importorskip("playwright.sync_api")


class Chatting:
    """`shelftalker chat` as a process with the real engine; gives its address."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "shelftalker.cli", "chat", str(self.place)]
        self.process = subprocess.Popen(
            [*command, "--port", str(free_port()), "--engine", "openvino"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 120)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"http://\S+", line)
        assert found, f"no page: {line!r}"
        return found[0]

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


def add_lamps(place: Path) -> None:
    """A second domain, with prices."""
    workspace = Workspace.open(place)
    workspace.add_domain("lamps")
    colours = ("Red", "Blue", "Black")
    items = [
        Item(
            f"l{n}",
            f"Lamp {name}",
            attributes={"category": "Lamps", "color": colours[n % 3]},
            price=10.0 + 5 * n,
        )
        for n, name in enumerate(["Arc", "Bow", "Cup", "Dew", "Elm", "Fir", "Gale", "Hay", "Ivy"])
    ]
    workspace.write_catalog("lamps", Catalog.of(items))
    log = [(f"u{n}", f"l{(n + m) % 9}", "like", None, 1e6 + n) for n in range(9) for m in (0, 3)]
    schema = ["user", "item", "kind", "value", "time"]
    workspace.events.extend("lamps", pl.DataFrame(log, schema=schema, orient="row"))
    fit(workspace, "lamps")
    workspace.events.close()


def say(page: Any, message: str) -> None:
    box = page.locator("#st-box textarea")
    box.fill(message)
    box.press("Enter")


def press(page: Any, button: str) -> None:
    page.locator(f'button[data-button="{button}"]').first.click()


def switch(page: Any, domain: str) -> None:
    page.get_by_label("Looking for").first.click()
    page.get_by_role("option", name=domain).click()
    expect(page.locator(".st-welcome")).to_be_visible()


def settled(page: Any, turns: int) -> None:
    """Wait until so many turns are there and the last has been answered."""
    page.wait_for_function(
        "n => { const all = document.querySelectorAll('.st-turn');"
        " return all.length === n && all[n - 1].dataset.state !== 'working'; }",
        arg=turns,
    )


def chosen(page: Any, suggestion: Any, turns: int) -> None:
    """Click a suggestion until its turn is there, and wait for its answer: on a slow machine a
    click that comes while the turn before is still being closed is lost."""
    for _ in range(3):
        suggestion.click()
        with contextlib.suppress(_playwright().TimeoutError):
            page.wait_for_function(  # long: a second click makes a second turn
                "n => document.querySelectorAll('.st-turn').length === n", arg=turns, timeout=75_000
            )
            break
    settled(page, turns)


def titles(page: Any) -> list[str]:
    names = page.locator(".st-card h3").all_inner_texts()
    return [re.sub(r"^\d+\s*", "", name).strip() for name in names]


def years(page: Any) -> list[int]:
    return [int(text[:4]) for text in page.locator(".st-facts").all_inner_texts()]


def prices(page: Any) -> list[float]:
    return [float(text.split(" ")[0]) for text in page.locator(".st-facts").all_inner_texts()]


def focus(page: Any) -> str:
    """What has the keyboard: a button's key, or the widget around it."""
    found: str = page.evaluate(
        "document.activeElement.dataset.key || document.activeElement.id"
        " || document.activeElement.closest('[id^=st-]')?.id || ''"
    )
    return found


def item_of(page: Any, button: str) -> str:
    found: str = page.locator(f'button[data-button="{button}"]').first.get_attribute("data-value")
    return found


def tab_to(page: Any, key: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if focus(page) == key:
            return
    raise AssertionError(f"the tab key never reaches {key}")


def accessible(page: Any) -> None:
    """axe-core finds nothing serious or critical."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response
    assert len(found["passes"]) > 10  # it looked
    bad = [
        (rule["id"], [node["html"][:200] for node in rule["nodes"]])
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert not bad, bad


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)
