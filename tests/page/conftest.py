"""A Chromium driven by Playwright, a workspace to visit, and its page: shared by all files here, so
one worker takes all. No test here runs an event loop, for Playwright's runs meanwhile."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.page.blocks import launch

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT = 240_000
"""Milliseconds that the real model may take for an answer on a busy machine."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=WAIT / 3)
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
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages; when the test ends none of them may have had an error in its script."""
    expect = pytest.importorskip("playwright.sync_api").expect
    contexts, errors = [], []

    def visited(
        address: str, size: dict[str, int] | None = None, scheme: str = "light", locale: str = "en"
    ) -> Any:
        context = browser.new_context(viewport=size or DESK, color_scheme=scheme, locale=locale)
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


@pytest.fixture(scope="package")
def films_and_lamps(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny films, and lamps with prices as a second domain. The model computes in float32: what
    it writes, and so whether it passes, must not depend on how a processor rounds."""
    from tests.support.browsing import add_lamps

    path = Path(shutil.copytree(world, tmp_path_factory.mktemp("browser") / "ws"))
    settings = path / "workspace.toml"
    text = settings.read_text()
    assert 'dtype = "auto"' in text
    settings.write_text(text.replace('dtype = "auto"', 'dtype = "float32"'))
    add_lamps(path)
    return path


@pytest.fixture(scope="package")
def shown(films_and_lamps: Path) -> Iterator[Recommender]:
    """What `quick` shows, without an engine."""
    with Recommender.open(films_and_lamps, engine="none") as recommender:
        yield recommender


@pytest.fixture(scope="package")
def quick(shown: Recommender) -> Iterator[str]:
    """A page that answers at once: for what has nothing to do with a model."""
    page = launch(shown, wait=False)
    yield page.local_url
    page.close()
