"""The chat page in the languages of its visitors; texts on cards are English or Chinese.

Run: pytest tests/page/test_languages.py
"""

import re
import string
from collections.abc import Callable
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.language.packs import messages
from shelftalker.page.controller import PAGE_LANGUAGES as LANGUAGES
from tests.page.conftest import DESK, PHONE
from tests.support.browsing import accessible, expect, press, say, settled, shot

SAID = {
    "zh": ("惊悚片", "便宜一点", "恐怖片，2030年以后的"),
    "de": ("ein Thriller", "günstiger", "ein Western nach 2030"),
}
NAMES = {"shelftalker", "English", "ms", "zh", "de"}
"""Names that are the same everywhere."""
_TEXTS = """but => {
  const texts = [...document.querySelectorAll(but || "none")];
  for (const one of texts) one.style.display = "none";
  const attributes = ["aria-label", "placeholder", "title", "value"];
  const shown = [document.querySelector(".gradio-container").innerText, document.title];
  for (const one of document.querySelectorAll(".gradio-container *"))
    for (const name of attributes) shown.push(one.getAttribute(name) || one[name] || "");
  for (const one of document.querySelectorAll(".st-hidden")) shown.push(one.textContent);
  for (const one of texts) one.style.display = "";
  return shown.filter(one => typeof one === "string").join("\\n");
}"""


@pytest.fixture(scope="module")
def data(shown: Recommender) -> set[str]:
    """Every word of the catalogues."""
    texts = []
    for name in shown.domains():
        for item in shown.domain(name).catalog:
            texts += [name, item.id, item.title, item.text, *map(str, item.facts().values())]
    return words("\n".join(texts))


def words(text: str) -> set[str]:
    return set(re.findall("[A-Za-zÀ-ž]{2,}", text))


@pytest.mark.parametrize(("language", "size"), [("zh", PHONE), ("de", DESK)])
def test_a_visitor_sees_no_english(
    quick: str, data: set[str], visit: Callable[..., Any], language: str, size: dict[str, int]
) -> None:
    english = {
        word
        for kind in ("page", "sentences", "notices", "offers")
        for word in words("\n".join(messages(kind, "en").values()))
        - words("\n".join(messages(kind, language).values()))
    }
    page, own = visit(quick, size, locale=f"{language}-XX"), messages("page", language)
    seen = ""

    def look(name: str) -> None:
        nonlocal seen
        for _ in range(50):
            shown = page.evaluate(_TEXTS, "" if language == "zh" else ".st-text, .st-why li")
            if "processing" not in shown:  # Gradio's, transparent, while an event is under way
                break
            page.wait_for_timeout(100)
        seen += shown
        shot(page, f"{language}-{size['width']}-{name}")

    expect(page.locator("#st-send")).to_have_text(own["send"])
    assert page.evaluate("document.documentElement.lang") == language
    page.get_by_label(own["who"]).first.click()  # a list that is open
    look("welcome")
    accessible(page)
    for turn, message in enumerate(SAID[language], 1):
        say(page, message)
        settled(page, turn)
        if turn == 1:
            press(page, "why")
            press(page, "pin")
            page.get_by_text(own["drawer"]).click()
            expect(page.locator(".st-why")).to_have_count(1)
        look(f"turn-{turn}")
    accessible(page)
    page.locator("#st-undo").click()
    expect(page.locator(".st-reply").last).to_have_text(messages("sentences", language)["undone"])
    unknown = words(seen) - data - NAMES - words("\n".join(SAID[language]))
    assert (unknown if language == "zh" else unknown & english) == set()


def test_the_page_follows_what_a_visitor_types(quick: str, visit: Callable[..., Any]) -> None:
    page = visit(quick, locale="de-DE")
    for message, language in (("Thriller", "de"), ("a comedy", "en"), ("惊悚片", "zh")):
        say(page, message)
        expect(page.locator("#st-undo")).to_have_text(messages("page", language)["undo"])
        expect(page.locator(".st-match").first).to_contain_text(messages("page", language)["match"])
        box = page.get_by_label(messages("page", language)["box"])
        expect(box).to_have_attribute("placeholder", messages("page", language)["correct_me"])


def test_every_language_has_the_same_words_of_the_page() -> None:
    for kind in ("page", "offers", "sentences", "notices", "operator"):
        english = messages(kind, "en")
        for language in LANGUAGES:
            own = messages(kind, language)
            assert own.keys() == english.keys()
            for name, text in own.items():
                assert _holes(text) == _holes(english[name]), name


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
