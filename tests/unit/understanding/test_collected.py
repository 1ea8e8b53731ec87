"""Turns that real people typed, read by rules: those that fail are those that are known."""

import re
from collections import Counter

import pytest
import yaml

from shelftalker.data.field_index import value_key
from tests.support.collected import (
    FOLDER,
    TEXTS,
    judge,
    plain,
    print_of,
    read_turn,
    reader,
    texts,
    turns,
)

KINDS = (
    "plain", "negation", "range", "search", "question", "correction", "example", "several",
    "unpunctuated", "long", "misspelt", "card",
)  # fmt: skip


def test_every_expectation_is_one_that_its_catalogue_can_meet() -> None:
    sources = yaml.safe_load((FOLDER / "sources.yaml").read_text(encoding="utf-8"))
    kinds = Counter(turn["kind"] for turn in turns())
    assert set(kinds) == set(KINDS)
    assert kinds.total() >= 300
    assert len({turn["id"] for turn in turns()}) == kinds.total()
    for turn in turns():
        catalog = reader(turn["domain"]).catalog
        assert turn["at"].startswith("http") or turn["at"].split()[0] in sources, turn["id"]
        titles = set(catalog.frame["title"])
        assert titles.issuperset(turn.get("like", ())), turn["id"]
        for group in turn.get("must", ()):
            for one in map(plain, group):
                match = re.fullmatch(r"(\S+) (?:contains|any_of|excludes) ([^*]+)", one)
                if match and match[1] not in ("avoid", "title"):
                    known = catalog.column(match[1]).rows
                    assert {value_key(v) for v in match[2].split("|")} <= set(known), turn["id"]


@pytest.mark.skipif(not TEXTS.is_file(), reason="the messages lie beside the development data")
def test_every_message_is_the_one_that_its_expectation_was_written_for() -> None:
    said = texts()
    assert [t["id"] for t in turns() if print_of(said.get(t["id"], "")) != t["print"]] == []


@pytest.mark.skipif(not TEXTS.is_file(), reason="the messages lie beside the development data")
def test_the_turns_that_fail_are_those_that_are_known() -> None:
    """Polarity errors, where a wanted thing is ruled out or the reverse, have lists of their own:
    `hard` by a filter, `soft` by words and examples."""
    said = texts()
    verdicts = {turn["id"]: judge(turn, read_turn(turn, said[turn["id"]])) for turn in turns()}
    assert yaml.safe_load((FOLDER / "known_failures.yaml").read_text(encoding="utf-8")) == {
        "failing": " ".join(one for one, verdict in verdicts.items() if verdict.faults),
        "hard": " ".join(one for one, verdict in verdicts.items() if verdict.hard_opposite),
        "soft": " ".join(one for one, verdict in verdicts.items() if verdict.soft_opposite),
    }
