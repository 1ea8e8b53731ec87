"""Sentences as tokens: names that the facts allow are one token each."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.tokenizer import SentenceTokenizer

FILM = Item(
    "1", "Iron Coast: With a Vengeance", "",
    {"director": "Anna Kessler", "genres": ("Crime", "Drama"), "country": "France"},
)  # fmt: skip
OLD = Item("2", "Iron Coast", "", {"director": "Bo Hart", "country": "Japan"})
TOKENIZER = SentenceTokenizer(FILM, [Past(Event("u", "2", "like"), OLD)])


def kinds(sentence: str) -> list[tuple[str, str]]:
    return [(t.text, t.kind) for t in TOKENIZER.tokens(sentence) if t.kind not in ("word", "mark")]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Iron Coast: With a Vengeance is new.", [("Iron Coast: With a Vengeance", "title")]),
        ("You liked Iron Coast.", [("Iron Coast", "past")]),
        ("Anna Kessler made it.", [("Anna Kessler", "fact")]),
        ("Bo Hart made that one.", [("Bo Hart", "theirs")]),
        ("It lasts 1,200 minutes.", [("1,200", "number")]),
        ("A crime film.", [("crime", "fact")]),
        ("It is crimeless.", []),  # a value inside a word is none
        ("这是法国电影。", [("法国", "fact")]),
        ("导演是Anna Kessler。", [("Anna Kessler", "fact")]),
    ],
)
def test_names_in_a_sentence(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(sentence) == expected


def test_tokens_know_their_place_and_their_roles() -> None:
    sentence = "It is by Anna Kessler, from France."
    tokens = TOKENIZER.tokens(sentence)
    assert all(sentence[t.start :].startswith(t.text) for t in tokens)
    assert {t.text: set(t.roles) for t in tokens if t.roles} == {
        "Anna Kessler": {"director"}, "France": {"country"},
    }  # fmt: skip
    assert "".join(t.text for t in tokens) == sentence.replace(" ", "").replace(
        "AnnaKessler", "Anna Kessler"
    )


def test_a_title_of_ordinary_words_needs_its_spelling_or_quotation_marks() -> None:
    past = Past(Event("u", "2", "like"), Item("2", "This"))
    tokenizer = SentenceTokenizer(FILM, [past])
    assert next(t.kind for t in tokenizer.tokens("This is it.")) == "word"
    assert "past" in [t.kind for t in tokenizer.tokens('You liked "This".')]
