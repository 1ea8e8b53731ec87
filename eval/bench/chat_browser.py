"""How soon a real browser shows the first card of an answer on the chat page."""

import shutil
from pathlib import Path
from typing import Any

from shelftalker.errors import EvaluationError, MissingExtra

MESSAGES = (
    "a comedy from the 1990s", "something older", "a thriller", "less violent", "something else",
    "a drama under two hours", "newer", "surprise me", "an adventure", "no war",
)  # fmt: skip


def first_card_times(address: str, messages: int) -> list[float]:
    """Milliseconds from the Enter key to the frame that shows the new first card, by message,
    without the first message, which warms everything up. Raises `MissingExtra`, and
    `EvaluationError` where there is no browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise MissingExtra("playwright", "dev") from None
    with sync_playwright() as driver:
        program = shutil.which("chromium") or driver.chromium.executable_path
        if not Path(program).is_file():
            raise EvaluationError(
                "a browser's times need Chromium, and there is none: install the package chromium "
                "or run `playwright install chromium`; --browser 0 measures the load alone"
            )
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector(".st-example")
        page.evaluate(_OBSERVER)
        times = [_time_of_card(page, MESSAGES[n % len(MESSAGES)]) for n in range(messages + 1)]
        browser.close()
    return times[1:]


def _time_of_card(page: Any, message: str) -> float:
    """Send one message; once its card is visible the answer is stopped, so that the engine is free
    for the next."""
    box = page.locator("#st-box textarea, #st-box input").first
    before = page.evaluate("seen.length")
    box.fill(message)
    box.press("Enter")
    page.wait_for_function("n => seen.length > n", arg=before, timeout=60_000)
    page.evaluate("document.querySelector('#st-stop')?.click()")  # it may be gone already
    page.wait_for_function(
        "[...document.querySelectorAll('.st-turn')].at(-1).dataset.state !== 'working'",
        timeout=180_000,
    )
    return float(page.evaluate("seen.at(-1)"))


_OBSERVER = """
window.seen = []; let pressed = 0, turns = 0;
addEventListener("keydown", e => { if (e.key === "Enter") {
  pressed = performance.now(); turns = document.querySelectorAll(".st-turn").length; } }, true);
new MutationObserver(() => {
  const all = document.querySelectorAll(".st-turn");
  const last = all[all.length - 1];
  if (pressed && all.length > turns && last.querySelector(".st-card:not(.st-skeleton)")) {
    const from = pressed; pressed = 0;
    requestAnimationFrame(() => seen.push(performance.now() - from));
  }
}).observe(document.body, { childList: true, subtree: true });
"""
