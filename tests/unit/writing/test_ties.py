"""What ties two items, and how strongly."""

from shelftalker.data.catalog import Item
from shelftalker.writing.ties import STRONG, tie


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
