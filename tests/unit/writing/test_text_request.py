"""The prompt of a text."""

import pytest

from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PromptSet
from shelftalker.types import Evidence, Request
from shelftalker.writing.text_request import MAX_PROMPT_FACTS, TextRequest, prompted
from tests.support.harbour import EVIDENCE, HISTORY, ITEM, PICNIC


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pick_and_all_texts_begin_alike(language: str) -> None:
    request = Request("tense", "tense", language=language)
    asked = PromptSet(language=language).render(
        "pick", history=[neutral(past.item.title) for past in HISTORY], request="tense"
    )
    shared = asked[0]["content"].rsplit("\n", 1)[0]
    for item in (ITEM, PICNIC):
        prompt = TextRequest(item, EVIDENCE, HISTORY, request).prompt()
        assert prompt[0]["content"].startswith(shared)
        assert "Cold Ledger" in shared


@pytest.mark.parametrize(("alike", "implied"), [("genre", ["genre"]), ("country", [])])
def test_what_the_prompt_tells_is_known_beforehand(alike: str, implied: list[str]) -> None:
    fields = ["country", "genre", "director", "year", "runtime", "studio"]
    facts = [
        Evidence(f"Its {name} is {name}one.", "catalog", name, f"{name}one") for name in fields
    ]
    past = Evidence("You liked Cold Ledger.", "history", alike, "Cold Ledger")
    shown = prompted([past, *facts])
    asked = TextRequest(ITEM, [past, *facts], HISTORY).prompt()[-1]["content"]
    told = [e for e in [past, *facts] if e.text in asked]
    assert len(told) == MAX_PROMPT_FACTS
    assert [e.field for e in shown if e not in told] == implied
