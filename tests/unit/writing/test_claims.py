"""Sentences of six domains, true and false: what the check lets through and what it stops."""

from collections.abc import Iterator
from typing import Any

import yaml

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.verifier.grounds import check
from shelftalker.writing.verifier.tokenizer import Past
from tests.cases import CASES as CASES_FOLDER

DOMAINS = yaml.safe_load((CASES_FOLDER / "claims.yaml").read_text(encoding="utf-8"))


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


def judged(kind: str) -> Iterator[tuple[str, str, str]]:
    """Domain, sentence, and why it is refused ('' where it passes)."""
    for domain in DOMAINS:
        item = item_of(0, domain["item"])
        history = [past_of(number, row) for number, row in enumerate(domain["history"], 1)]
        asked = domain.get("request", "")
        for sentence in domain[kind]:
            verdict = check(sentence, [], item, history, Request(asked, asked))
            yield domain["domain"], sentence, "" if verdict.ok else verdict.reason or "refused"


def test_falsehoods_of_every_domain_are_stopped() -> None:
    every = list(judged("false"))
    missed = [(domain, sentence) for domain, sentence, why in every if not why]
    assert len(every) >= 140
    assert len(missed) <= 0.05 * len(every), missed


def test_true_sentences_of_every_domain_pass() -> None:
    every = list(judged("true"))
    lost = [found for found in every if found[2]]
    assert len(every) >= 100
    assert len(lost) <= 0.1 * len(every), lost
