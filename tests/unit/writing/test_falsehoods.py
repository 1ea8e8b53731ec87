"""Falsehoods planted in true patterns and written by hand are caught; true sentences pass.

Failures that are known are listed in `tests/cases/known_failures.yaml`.
"""

import random
from collections.abc import Iterator

import pytest

from shelftalker.data.catalog import Item
from tests.cases import CASES, known_failures
from tests.support.verifier_films import (
    BOOK,
    COMET,
    DUST,
    FILMS,
    HARBOUR,
    LEDGER,
    ORCHARD,
    RIVERS,
    passes,
)

KNOWN = known_failures("films")
ITEMS = {"thriller": HARBOUR, "drama": ORCHARD, "book": BOOK, "adventure": COMET}


def title(item: Item) -> str:
    return item.title.removesuffix(" (1994)")


def facts(item: Item) -> dict[str, str]:
    shared = {"1": LEDGER, "2": RIVERS, "3": DUST}[item.id]
    genres, cast = item.attributes["genres"], item.attributes["cast"]
    assert isinstance(genres, tuple)
    assert isinstance(cast, tuple)
    return {
        "T": title(item), "D": str(item.attributes["director"]), "A": cast[0], "B": cast[1],
        "G": genres[0].lower(), "Y": str(item.attributes["year"]),
        "M": str(item.attributes["runtime"]), "C": str(item.attributes["country"]),
        "H": shared.title, "L": item.text.split(".")[0],
        "R": {"1": "rated Cold Ledger 5 stars", "2": "liked Slow Rivers",
              "3": "rated Dust Atlas 4 stars"}[item.id],
    }  # fmt: skip


TRUE = [
    "{T} is a {Y} {G} film directed by {D}.",
    "{D} directed {T}.",
    "Directed by {D}, it stars {A} and {B}.",
    "You {R}, and this film is listed under {G} too.",
    "Like {H}, {T} is a {G} film.",
    "If you enjoy {G} films, try this one from {C}.",
    "{T} runs for {M} minutes.",
    "This {C} film from {Y} features {B}.",
    "{L}.",
    "It was made in {C} and released in {Y}.",
    "You might enjoy {T}, a {G} film starring {A}.",
    "Because you {R}, here is {T}.",
    "You asked for something tense, but not violent.",
    "The film stars {A}, and {D} is the director.",
    "A {G} film by {D}, {M} minutes long.",
]
FALSE = [
    "{T} is a {Y} {G} film directed by {D2}.",  # swapped names
    "{D2} directed {T}.",
    "It stars {A2} and {B}.",
    "It is directed by {A}.",
    "{D} stars in it.",
    "It stars {D}.",
    "{T2} is a {G} film.",
    "It was released in {Y2}.",  # numbers
    "{T} runs for {M2} minutes.",
    "It is {Y} minutes long.",
    "It costs $9.",
    "It was made in {C2}.",
    "{T} is a {G2} film.",  # genre
    "{T} is not a {G} film.",  # negation
    "It has no {G} in it.",
    "{T} does not star {A}.",
    "You loved Picnic Days, so here is {T}.",  # history
    "You disliked {H}.",
    "You {R2}.",
    "You watched {T2}.",
    "You loved {T}.",
    "You bought {H}.",
    "Picnic Days is also directed by {D}.",
    "Like Picnic Days, it is a {G} film.",
    "The director of Picnic Days made {T}.",
    "You asked for a happy film.",  # request
    "It is tense.",
    "It is one of the best films of {Y}.",  # promises
    "{T} is an award-winning {G} film.",
    "You will love this {G} film, guaranteed.",
    "It won three Oscars.",
    "It is free to watch.",
    "Its plot follows a lonely doctor.",  # inventions
    "{A} plays a detective in this {G} film.",
    "It has a {G} story with unforgettable music.",
    "It is a masterpiece by {D}.",
    "Everyone agrees that {D} is a genius.",
    "See https://example.com for {T}.",  # leaks
    "As an AI model, I suggest {T}.",
    "Use only the facts about {T}.",
]


def planted() -> Iterator[tuple[str, Item]]:
    rng = random.Random(7)
    for item in FILMS:
        here = facts(item)
        other = facts(rng.choice([film for film in FILMS if film is not item]))
        wrong = {f"{key}2": other[key] for key in "TDAGYMC"}
        wrong["R2"] = {"1": "rated Cold Ledger 3 stars", "2": "rated Slow Rivers 5 stars",
                       "3": "rated Dust Atlas 5 stars"}[item.id]  # fmt: skip
        for pattern in FALSE:
            yield pattern.format(**here, **wrong), item


def true_sentences() -> Iterator[tuple[str, Item]]:
    for item in FILMS:
        for pattern in TRUE:
            yield pattern.format(**facts(item)), item


def test_planted_falsehoods_are_caught() -> None:
    sentences = list(planted())
    assert len(sentences) >= 60
    missed = [text for text, item in sentences if passes(text, item)]
    assert missed == KNOWN["planted"]["missed"]


def test_true_sentences_pass() -> None:
    sentences = list(true_sentences())
    assert len(sentences) >= 40
    refused = [text for text, item in sentences if not passes(text, item)]
    assert refused == KNOWN["planted"]["refused"]


@pytest.mark.parametrize("name", ITEMS)
def test_sentences_written_to_slip_past(name: str) -> None:
    false, true = (
        (CASES / "by_hand" / f"{name}.{kind}.txt").read_text(encoding="utf-8").splitlines()
        for kind in ("false", "true")
    )
    assert len(false) >= 20
    assert len(true) >= 6
    assert [text for text in false if passes(text, ITEMS[name])] == KNOWN[name]["missed"]
    assert [text for text in true if not passes(text, ITEMS[name])] == KNOWN[name]["refused"]
