"""Claims that a writer states. Run: pytest tests/unit/writing/test_stated_claims.py

`cases/writer/texts.jsonl` has 40 texts as a capable model answers, written by hand before any was
checked.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelftalker.adapters.data.style_corpus import CORPUS, read_catalog
from shelftalker.types import Request
from shelftalker.writing.describe import Describer
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.style import Voice
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verification import grounds_of
from shelftalker.writing.verifier.grounds import Grounds, Verdict
from shelftalker.writing.verifier.stated import StatedClaim
from tests.cases import CASES
from tests.support.fakes import FakeEngine

TEXTS = [json.loads(line) for line in (CASES / "writer" / "texts.jsonl").read_text().splitlines()]
STRUCTURED = Voice(prompts="structured")


def film(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "called": "film", "attributes": fields}


CONTEXT = {
    "item": {
        **film("Amber Line", director=["Ida Marsh"], runtime=122, year=1999, genres=["Thriller"]),
        "text": "A signalman hides a parcel in the last train of the night.",
    },
    "history": [
        {"kind": "rating", "value": 4.0,
         "item": film("Night Ferry", director=["Ida Marsh"], runtime=95, year=1997)}
    ],
    "request": {"message": "a thriller under two hours", "text": "a thriller under two hours"},
}  # fmt: skip


def checked(sentence: str, *claims: dict[str, Any], without_model: bool = False) -> Verdict:
    grounds = grounds_of(CONTEXT)
    if without_model:
        grounds.residue = None
    return grounds.check(sentence, [StatedClaim.model_validate(claim) for claim in claims])


RATED = {"words": "Night Ferry got four stars from you", "did": "rated", "of": "Night Ferry"}
LONGER = {"words": "27 minutes more than Night Ferry", "compare": "runtime", "of": "Night Ferry"}
WISH = {"words": "you hoped for a thriller", "asked": "a thriller"}


@pytest.mark.parametrize(
    ("sentence", "claim", "false"),
    [
        ("Night Ferry got four stars from you, and here comes Amber Line.",
         RATED | {"stars": 4}, RATED | {"stars": 5}),
        ("Amber Line runs 27 minutes more than Night Ferry.",
         LONGER | {"is": "more"}, LONGER | {"is": "less"}),
        ("Amber Line is by Ida Marsh.",
         {"words": "by Ida Marsh", "field": "director", "value": "Ida Marsh"},
         {"words": "by Ida Marsh", "field": "director", "value": "Ida Moss"}),
        ("Amber Line runs 122 minutes.",
         {"words": "122 minutes", "field": "runtime", "value": 122},
         {"words": "122 minutes", "field": "runtime", "value": 95}),
        ("A signalman hides a parcel in the last train.",
         {"words": "A signalman hides a parcel", "field": "text",
          "value": "A signalman hides a parcel"},
         {"words": "A signalman hides a parcel", "field": "text",
          "value": "A signalman steals a parcel"}),
        ("Since you hoped for a thriller, Amber Line is one.", WISH, WISH | {"asked": "a comedy"}),
    ],
)  # fmt: skip
def test_a_claim_is_held_against_the_rows(
    sentence: str, claim: dict[str, Any], false: dict[str, Any]
) -> None:
    assert checked(sentence, claim).ok, checked(sentence, claim).reason
    assert not checked(sentence, false).ok


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Night Ferry got four stars from you, and Amber Line won an Oscar.", RATED | {"stars": 4}),
        ("Amber Line is an award-winning thriller by Ida Marsh.",
         {"words": "an award-winning thriller by Ida Marsh", "field": "director",
          "value": "Ida Marsh"}),
        ("Amber Line runs 127 minutes.",
         {"words": "127 minutes", "field": "runtime", "value": 122}),
        ("Amber Line runs 37 minutes more than Night Ferry.",
         {"words": "37 minutes more than Night Ferry", "compare": "runtime", "of": "Night Ferry",
          "is": "more"}),
        ("Amber Line is not by Ida Marsh.",
         {"words": "not by Ida Marsh", "field": "director", "value": "Ida Marsh"}),
        ("Ida Marsh stars in Amber Line.",
         {"words": "Ida Marsh stars", "field": "director", "value": "Ida Marsh"}),
        ("A thriller under two hours, as you asked: Amber Line.",
         {"words": "A thriller under two hours, as you asked",
          "asked": "a thriller under two hours"}),
        ("You bought Night Ferry, and here is Amber Line.",
         {"words": "You bought Night Ferry", "did": "rated", "of": "Night Ferry", "stars": 4}),
        ("Amber Line runs 122 minutes and comes with free delivery.",
         {"words": "122 minutes and comes with free delivery", "field": "runtime", "value": 122}),
    ],
)  # fmt: skip
def test_a_claim_that_holds_carries_no_other_words(sentence: str, claim: dict[str, Any]) -> None:
    assert not checked(sentence, claim).ok


def test_stated_claims_let_other_wordings_pass() -> None:
    sentence = "Amber Line runs 27 minutes more than Night Ferry."
    assert not checked(sentence, without_model=True).ok
    assert checked(sentence, LONGER | {"is": "more"}, without_model=True).ok


async def test_lines_of_json_are_sentences_with_claims() -> None:
    lines = [
        json.dumps({"sentence": "Amber Line runs 27 minutes more than Night Ferry.",
                    "claims": [LONGER | {"is": "more"}]}),
        json.dumps({"sentence": "Ida Moss directed it.", "claims": [
            {"words": "Ida Moss directed it", "field": "director", "value": "Ida Moss"}]}),
        '{"sentence": "It is cut off',
    ]  # fmt: skip
    engine = FakeEngine(["\n".join(lines)])
    grounds = grounds_of(CONTEXT)
    wanted = TextRequest(grounds.facts.item, [], grounds.facts.history, voice=STRUCTURED)
    made = await Describer(engine).describe(wanted)
    assert made.text.startswith("Amber Line runs 27 minutes more than Night Ferry.")
    assert "Ida Moss" not in made.text
    assert any(
        reason == "it is no JSON of a sentence and its claims" for _, reason in made.refused
    ), made
    assert "Answer in JSON" in engine.prompts[0][0]["content"]


def grounds_for(row: dict[str, Any]) -> Grounds:
    if row["catalog"] != "films":
        catalog = read_catalog(CORPUS / f"{row['catalog']}.jsonl")
        return catalog.grounds(row["item"], row["visitor"])
    grounds = grounds_of(row["context"])
    item = replace(grounds.facts.item, text=film_texts().get(row["item"], ""))
    return Grounds([], item, grounds.facts.history, grounds.facts.request)


def film_texts() -> dict[str, str]:
    lines = (Path(CORPUS).parent / "films.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["title"]: row["text"] for row in map(json.loads, lines)}


async def source_of(row: dict[str, Any]) -> str:
    """Who wrote the text that is shown: `template` where the composer had to help."""
    facts = grounds_for(row).facts
    item, history = facts.item, list(facts.history)
    request = Request(
        facts.request.message, facts.request.text, language=row["catalog"].partition("/")[0][:2]
    )
    request = replace(request, language="zh" if row["catalog"].startswith("zh") else "en")
    evidence = choose_evidence(item, [], history, request)
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in row["answer"])
    wanted = TextRequest(item, evidence, history, request, voice=STRUCTURED)
    return (await Describer(FakeEngine([text])).describe(wanted)).source


async def test_most_texts_of_a_good_writer_are_shown_without_a_composed_sentence() -> None:
    sources = [await source_of(row) for row in TEXTS]
    assert len(sources) == 40
    own = sum(source in ("model", "retry") for source in sources)
    assert own >= 0.6 * len(sources), f"{own} of {len(sources)}"


def test_an_answer_with_wrong_stars_is_refused() -> None:
    """The same answers, their sentences changed and their claims too, as a model invents."""
    tried = 0
    for row in TEXTS:
        grounds = grounds_for(row)
        for one in row["answer"]:
            for claim in one["claims"]:
                if claim.get("stars") in (4, 5):
                    wrong = {**claim, "stars": claim["stars"] - 3}
                    tried += 1
                    assert not grounds.check(one["sentence"], [StatedClaim.model_validate(wrong)])
    assert tried >= 10
