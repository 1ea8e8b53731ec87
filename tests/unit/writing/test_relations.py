"""A sequel of what the visitor liked: the reason, its text and its check.

Run with `pytest tests/unit/writing/test_relations.py`.
"""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Reason, Request
from shelftalker.writing.compose.composer import sentences
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds

ALIEN = Item("1", "Alien", "", {"genres": ("Horror",), "director": ("Ridley Scott",)})
BLADE = Item("3", "Blade Runner", "", {"genres": ("War",), "director": ("James Cameron",)})
ALIENS = Item(
    "2", "Aliens", "", {"genres": ("War",), "director": ("James Cameron",), "sequel_of": ("Alien",)}
)
HISTORY = [Past(Event("me", item.id, "like"), item) for item in (BLADE, ALIEN)]
REASONS = [Reason("3", 3.0), Reason("1", 1.0)]


def told(item: Item) -> list[str]:
    evidence = choose_evidence(item, REASONS, HISTORY, Request())
    return sentences(item, evidence, history=HISTORY, request=Request())


def test_the_sequel_is_told_with_its_film_before_a_shared_director() -> None:
    evidence = choose_evidence(ALIENS, REASONS, HISTORY, Request())
    assert ("history", "sequel_of", "Alien") in [(e.source, e.field, e.value) for e in evidence]
    assert told(ALIENS)[1] == "Aliens is a sequel of Alien, which you liked."
    plain = replace(ALIENS, attributes={**ALIENS.attributes, "sequel_of": ("Jaws",)})
    assert "sequel" not in " ".join(told(plain))


def test_a_name_that_may_be_read_either_way_is_no_reason() -> None:
    either = replace(ALIENS, attributes={"genres": ("War",), "sequel": ("Alien",)})
    assert "sequel" not in " ".join(told(either))


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("Aliens is a sequel of Alien, which you liked.", True),
        ("You liked Alien, and this is the sequel of Alien.", True),
        ("Aliens is a prequel of Alien.", False),
        ("Aliens is a sequel of Blade Runner.", False),
        ("Alien is a sequel of Aliens.", False),
        ("It is based on Alien.", False),
    ],
)
def test_the_check_knows_the_relation_and_its_direction(sentence: str, passes: bool) -> None:
    assert Grounds([], ALIENS, HISTORY, Request()).check(sentence).ok is passes
