"""Composed sentences claim only what the rows bear, whatever is put together; and planted
falsehoods of the templates, of the plan and of the words are found."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event, Kind
from shelftalker.data.filters import Filter
from shelftalker.types import Request
from shelftalker.writing.compose import asked, english_cards, english_ties, plan
from shelftalker.writing.compose.claims import Line, Rows
from shelftalker.writing.compose.composer import card_of
from shelftalker.writing.compose.english_phrases import EnglishPhrases
from shelftalker.writing.compose.measures import duration
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds
from tests.support.composed_audit import problem

GENRES = ("Comedy", "Drama", "Crime", "Thriller", "Romance", "War", "Animation", "Horror")
PEOPLE = ("Anna Kessler", "Paul Orwin", "Mia Stroud", "Ida Marsh", "Otto Renn", "Lena Roth")
REQUESTS = (
    Request(),
    Request("a crime comedy", "", (Filter("genres", "contains", "Crime"),)),
    Request("a film by Anna Kessler", "", (Filter("director", "contains", "Anna Kessler"),)),
    Request("a costume drama from the seventies", "costume",
            (Filter("genres", "contains", "Drama"), Filter("year", "at_least", 1970),
             Filter("year", "at_most", 1979))),
    Request("something funny", "funny"),
    Request("a gel pen for drawing", "gel pen for drawing"),
    Request("a stapler", "stapler"),
)  # fmt: skip
KINDS: tuple[Kind, ...] = ("view", "click", "purchase", "like", "play")


def film(number: int, chance: random.Random) -> Item:
    return Item(
        str(number),
        f"{chance.choice(['Cold', 'Iron', 'Glass'])} Harbour {chance.choice('ABCD')}",
        "",
        {"genres": tuple(chance.sample(GENRES, chance.randint(1, 3))),
         "director": (chance.choice(PEOPLE),), "cast": tuple(chance.sample(PEOPLE, 3)),
         "year": chance.randint(1974, 1980), "runtime": chance.choice([71, 95, 121, 171]),
         "country": ("France",)},
    )  # fmt: skip


def pens(number: int, chance: random.Random) -> Item:
    maker = chance.choice(["Halden", "Orly"])
    kind = chance.choice(["Gel Pens", "Stapler", "Copy Paper"])
    colour, count = chance.choice(["Blue", "Red"]), chance.choice([3, 12, 48])
    text = chance.choice(["", f"One cartridge lasts for {chance.choice([200, 700])} pages."])
    return Item(str(number), f"{maker} Bright {kind}, {colour}, {count} Count", text,
                {"brand": maker})  # fmt: skip


def composed(
    make: Callable[[int, random.Random], Item], language: str
) -> Iterator[tuple[Line, Rows]]:
    """Of so many cards that each of `FAULTS` shows."""
    for seed in range(100):
        chance = random.Random(seed)
        item, *seen = (make(n, chance) for n in range(4))
        history = [
            Past(
                Event("u", i.id, "rating", chance.choice([4.0, 5.0]))
                if chance.random() < 0.5
                else Event("u", i.id, chance.choice(KINDS)),
                i,
            )
            for i in seen
        ]
        request = replace(chance.choice(REQUESTS), language=language)
        evidence = choose_evidence(item, [], history, request)
        grounds = Grounds(evidence, item, history, request)
        rows = Rows(item, tuple(grounds.facts.history), request)
        for line in card_of(grounds, language, seed, variant=seed).lines():
            yield line, rows


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("make", [film, pens])
def test_every_composed_sentence_is_borne_by_the_rows(
    make: Callable[[int, random.Random], Item], language: str
) -> None:
    lines = list(composed(make, language))
    assert len(lines) > 130
    wrong = [(line.text, why) for line, rows in lines if (why := problem(line, rows, language))]
    assert wrong == []


def wrong_phrase(self: EnglishPhrases, fact: Any) -> str:
    return f"directed by {self.joined(fact.values[:2])}"


def plant(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """One false template, word or number."""
    match fault:
        case "role":
            monkeypatch.setattr(EnglishPhrases, "phrase", wrong_phrase)
            monkeypatch.setattr(english_cards, "MAKERS", ("cast",))
        case "stars":
            monkeypatch.setitem(english_ties.STARS, 4.0, "five stars")
        case "deed":
            monkeypatch.setitem(english_ties.VERBS, "view", "bought")
        case "praise":
            monkeypatch.setattr(english_cards, "with_article", lambda text: f"an acclaimed {text}")
        case "shared":
            monkeypatch.setattr(plan, "likeness", lambda item, past, field, **_: plan.Fact(
                "director", "director", (str(past.item.facts().get("director", "")),)))  # fmt: skip
        case "met":
            monkeypatch.setattr(asked, "_meeting", lambda item, condition: plan.Fact(
                "genre", condition.field, (str(condition.value),)))  # fmt: skip
        case "length":
            monkeypatch.setattr(english_cards, "duration", lambda minutes: duration(minutes + 60))
        case "title":
            monkeypatch.setattr(
                plan, "brief", lambda title, product: title.replace("Harbour", "River")
            )


FAULTS = ("role", "stars", "deed", "praise", "shared", "met", "length",
          "title")  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_falsehood_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, fault)
    both = chain(composed(film, "en"), composed(pens, "en"))
    assert any(problem(line, rows, "en") for line, rows in both)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_durations_in_words_are_near(language: str) -> None:
    assert duration(120) == "two hours"
    assert duration(93) == "just over an hour and a half"
    assert duration(148) == "just under two and a half hours"
    assert duration(105) == "an hour and three quarters"
    assert duration(150, "zh") == "两个半小时"
    assert duration(40, language).startswith("40")
