"""What ties two items, and how strongly."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Evidence
from shelftalker.writing.accepted_text import AcceptedText, RefusedSentences
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import STRONG, tie
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds


def film(name: str, *genres: str, cast: tuple[str, ...] = (), director: str = "") -> Item:
    return Item(name, name, "", {"genres": genres, "cast": cast, "director": director or name})


def test_genres_tie_works_only_where_most_of_them_are_the_same() -> None:
    song = film("Velm", "Comedy", "Musical", "Romance")
    assert not tie(song, film("Orvane", "Action", "Adventure", "Comedy", "Romance"))
    assert tie(song, film("Sund", "Comedy", "Musical", "Romance"))


def test_an_actor_ties_no_films_of_other_sorts_but_a_director_does() -> None:
    child = film("Velm", "Children", cast=("Mia Stroud",), director="Otto Renn")
    thriller = film("Orvane", "Thriller", cast=("Mia Stroud",), director="Ida Marsh")
    assert not tie(child, thriller)
    assert tie(child, film("Kost", "Children", "Comedy", cast=("Mia Stroud",))) >= STRONG
    assert tie(child, film("Sund", "Thriller", director="Otto Renn")) >= STRONG


def films(*directors: str) -> tuple[Item, Past]:
    cast = ("Mia Stroud", "Otto Renn")
    own, other = (
        Item(str(n), title, "", {"director": director, "cast": cast, "year": 1997}, called="film")
        for n, (title, director) in enumerate(
            zip(("Velm", "The Long Sund (Das lange Meer)"), directors, strict=True)
        )
    )
    return own, Past(Event("u", "1", "rating", 5.0, 1.0), other)


@pytest.mark.parametrize(("text", "true"), [
    ("From Ida Marsh, the director of The Long Sund, which you gave five stars.", True),
    ("From Mia Stroud, the director of The Long Sund, which you gave five stars.", False),
    ("With Mia Stroud from The Long Sund, which you gave five stars.", True),
])  # fmt: skip
def test_who_is_called_the_director_of_a_film_directs_it(text: str, true: bool) -> None:
    own, past = films("Ida Marsh", "Ida Marsh")
    assert bool(Grounds([], own, [past]).check(text)) is true


def test_a_tie_after_the_items_own_text_is_new_whatever_that_text_told() -> None:
    own, past = films("Ida Marsh", "Ida Marsh")
    past = replace(past, item=replace(past.item, title="The Long Sund"))
    own = replace(own, text="Ida Marsh sends Mia Stroud to sea with a map in a tin from home.")
    for text in (
        "Directed by Ida Marsh, like The Long Sund, which you gave five stars.",
        "With Mia Stroud from The Long Sund, which you gave five stars.",
        "Mia Stroud is in it, as in The Long Sund, which you gave five stars.",
    ):
        taken = AcceptedText(Grounds([], own, [past]), 3, RefusedSentences(), telling=True)
        taken.lead(own.text)
        assert taken.take(text, "model"), text
        assert not taken.take(text, "model")  # but once


def test_who_plays_in_the_other_film_is_not_called_its_director() -> None:
    own, past = films("Otto Renn", "Ida Marsh")
    text = "From Otto Renn, the director of The Long Sund, which you gave five stars."
    assert not Grounds([], own, [past]).check(text)


def test_a_tie_has_the_director_and_no_title_in_another_language() -> None:
    own, past = films("Ida Marsh", "Ida Marsh")
    evidence = [Evidence("", "history", "director", past.item.title)]
    ties = {compose(own, evidence, variant=n, history=[past]) for n in range(4)}
    assert any(
        "From Ida Marsh, the director of The Long Sund, which you gave five stars." in t
        for t in ties
    )
    assert not any("lange" in text for text in ties)
