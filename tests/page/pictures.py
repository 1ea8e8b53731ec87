"""Takes the pictures of README.md and README.zh.md from the demo:

python -m tests.page.pictures demo docs/pictures

It needs Chromium and a font with Chinese (apt-get install chromium fonts-noto-cjk).
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from shelftalker.language.packs import messages
from tests.support.browsing import Chatting, say, settled, switch

SAID = {
    "films": ("movies", "196", "a science fiction film, no horror", "something older"),
    "shop": ("shop", "", "coffee", "I have had the second one"),
    "films-zh": ("movies", "196", "九十年代的爱情片", "不要喜剧"),
}
"""Per picture the domain, the visitor if known, a request, and its correction."""
PATIENCE = 600_000
"""Milliseconds, for a busy machine."""


def main(demo: Path, folder: Path) -> None:
    with Chatting(demo) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (domain, user, *said) in SAID.items():
            language = "zh" if name.endswith("-zh") else "en"
            page = browser.new_page(viewport={"width": 1100, "height": 860}, locale=language)
            page.set_default_timeout(PATIENCE)
            page.goto(address)
            page.locator(".st-example").first.wait_for()
            if domain != "movies":
                switch(page, domain)
            if user:
                page.get_by_label(messages("page", language)["who"]).first.fill(user)
                page.keyboard.press("Enter")
                expect(page.locator(".st-taste .st-chip")).not_to_have_count(0, timeout=PATIENCE)
            for turn, message in enumerate(said, 1):
                page.wait_for_timeout(1000)  # the page draws the box anew after an answer
                say(page, message)
                settled(page, turn)
                expect(page.locator(".st-writing")).to_have_count(0, timeout=PATIENCE)
            page.mouse.click(5, 5)  # the box gives up the focus
            page.locator(".st-said").last.scroll_into_view_if_needed()
            page.screenshot(path=folder / f"chat-{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
