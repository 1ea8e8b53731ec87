"""Sentences of six domains, true and false: what the check lets through and what it stops."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shelftalker.catalog import Item
from shelftalker.events import Event
from shelftalker.ground import check
from shelftalker.prose.spans import Past
from shelftalker.request import Request

DOMAINS = yaml.safe_load(Path(__file__).with_name("claims.yaml").read_text(encoding="utf-8"))


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
