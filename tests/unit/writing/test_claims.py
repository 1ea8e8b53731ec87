"""Sentences of six domains, true and false: which pass the verifier and which do not."""

from typing import Any

import pytest
import yaml

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds
from tests.cases import CASES, known_failures

DOMAINS = yaml.safe_load((CASES / "claims.yaml").read_text(encoding="utf-8"))
KNOWN = known_failures("domains")
IDS = [domain["domain"] for domain in DOMAINS]


def item_of(number: int, row: dict[str, Any]) -> Item:
    attributes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row["attributes"].items()
    }
    return Item(
        str(number), row["title"], row.get("text", ""), attributes, price=row.get("price"),
        language=row.get("language"),
    )  # fmt: skip


def past_of(number: int, row: dict[str, Any]) -> Past:
    return Past(Event("u", str(number), row["kind"], row.get("value")), item_of(number, row))


def grounds_of(domain: dict[str, Any]) -> Grounds:
    history = [past_of(number, row) for number, row in enumerate(domain["history"], 1)]
    asked = domain.get("request", "")
    return Grounds([], item_of(0, domain["item"]), history, Request(asked, asked))


def judged(domain: dict[str, Any], kind: str) -> list[tuple[str, bool]]:
    """The sentences of a domain that are `true` or `false`, and whether they pass."""
    grounds = grounds_of(domain)
    return [(sentence, grounds.check(sentence).ok) for sentence in domain[kind]]


@pytest.mark.parametrize("domain", DOMAINS, ids=IDS)
def test_sentences_of_every_domain(domain: dict[str, Any]) -> None:
    known = KNOWN[domain["domain"]]
    false, true = judged(domain, "false"), judged(domain, "true")
    assert len(false) >= 20
    assert len(true) >= 12
    assert [sentence for sentence, passed in false if passed] == known["missed"]
    assert [sentence for sentence, passed in true if not passed] == known["refused"]


@pytest.mark.parametrize("domain", DOMAINS, ids=IDS)
def test_each_refusal_says_in_one_sentence_why(domain: dict[str, Any]) -> None:
    grounds = grounds_of(domain)
    verdicts = [(sentence, grounds.check(sentence)) for sentence in domain["false"]]
    refusals = [(sentence, verdict) for sentence, verdict in verdicts if not verdict]
    assert len(refusals) >= 15
    for sentence, verdict in refusals:
        assert 10 < len(verdict.reason) < 140, (sentence, verdict.reason)
        assert verdict.rule, sentence
        if verdict.rule == "claims":
            refused = next(c for c in verdict.claims if c.problem == verdict.reason)
            assert refused.text == sentence[slice(*refused.span)] != ""
