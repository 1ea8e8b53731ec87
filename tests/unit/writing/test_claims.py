"""Sentences of six domains, true and false: which pass the verifier and which do not."""

from typing import Any

import pytest
import yaml

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.tokenizer import Past
from tests.cases import CASES, known_failures

DOMAINS = yaml.safe_load((CASES / "claims.yaml").read_text(encoding="utf-8"))
KNOWN = known_failures("domains")


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


def judged(domain: dict[str, Any], kind: str) -> list[tuple[str, bool]]:
    """The sentences of a domain that are `true` or `false`, and whether they pass."""
    item = item_of(0, domain["item"])
    history = [past_of(number, row) for number, row in enumerate(domain["history"], 1)]
    asked = domain.get("request", "")
    grounds = Grounds([], item, history, Request(asked, asked))
    return [(sentence, grounds.check(sentence).ok) for sentence in domain[kind]]


@pytest.mark.parametrize("domain", DOMAINS, ids=[domain["domain"] for domain in DOMAINS])
def test_sentences_of_every_domain(domain: dict[str, Any]) -> None:
    known = KNOWN[domain["domain"]]
    false, true = judged(domain, "false"), judged(domain, "true")
    assert len(false) >= 20
    assert len(true) >= 12
    assert [sentence for sentence, passed in false if passed] == known["missed"]
    assert [sentence for sentence, passed in true if not passed] == known["refused"]
