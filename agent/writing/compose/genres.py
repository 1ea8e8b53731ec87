"""Genres in English, before a noun: `crime drama`, `action film`, `sports article`."""

from collections.abc import Collection, Sequence

from shelftalker.data.item_types import is_type_name
from shelftalker.language.stems import stem
from shelftalker.writing.compose.phrases import lowered


def telling(genres: Sequence[str], wanted: Collection[str]) -> list[str]:
    """The genres, those first that were asked for, then those that tell most. A romantic drama with
    some action is told as a romantic drama."""
    place = {name: at for at, name in enumerate(_BY_TELLING)}
    ranked = sorted(genres, key=lambda g: (g not in wanted, place.get(lowered(g), -1)))
    folded = [lowered(genre) for genre in ranked]
    loud = ("action", "adventure", "romance", "war")
    if folded and folded[0] in loud and {"romance", "drama"} <= set(folded):
        ranked.sort(key=lambda g: (g not in wanted, lowered(g) not in ("romance", "drama")))
    return ranked


def kind_of_genres(genres: Sequence[str], item_type: str, noun: str) -> str:
    """The noun with genres before it; empty where they can only be listed. `item_type`: as
    `noun_of`."""
    if item_type in ("thing", "any"):
        return ""
    values = [_singular(lowered(value)) for value in genres if not is_type_name(value)]
    if not values:
        return noun
    if any(map(_is_odd, values)) or (item_type == "title" and not set(values) & _TITLE_GENRES):
        return ""
    head = min((v for v in values if v in _HEADS), key=_HEADS.index, default="")
    if head and item_type in ("film", "title"):
        return " ".join([*(_before_noun(v, item_type) for v in values if v != head), head])
    if "animation" in values:
        values.sort(key="animation".__ne__)  # "animated children's film"
    joint = " " if "animation" in values else " and "
    return f"{joint.join(_before_noun(v, item_type) for v in values)} {noun}"


def _before_noun(genre: str, item_type: str) -> str:
    """`dramatic`, `historical`; but a `history book` is about history."""
    return genre if genre == "history" and item_type != "film" else _ADJECTIVES.get(genre, genre)


def _singular(genre: str) -> str:
    """`drama` for the category `Dramas`."""
    return stem(genre) if stem(genre) in _TITLE_GENRES else genre


def _is_odd(genre: str) -> bool:
    """Whether a genre cannot be put before a noun: `TV Dramas`, `Science Fiction & Fantasy`."""
    words = genre.split()
    marked = "&" in genre or "_" in genre
    return len(words) > 2 or marked or (len(words) > 1 and any(map(str.isupper, words)))


_HEADS = ("film noir", "film-noir", "thriller", "comedy", "musical", "western", "documentary",
          "drama", "adventure", "mystery", "romance")  # fmt: skip
_BY_TELLING = ("documentary", "film noir", "musical", "western", "animation", "children", "horror",
               "science fiction", "sci-fi", "fantasy", "mystery", "crime", "comedy", "thriller",
               "action", "adventure", "romance", "war", "drama")  # fmt: skip
_ADJECTIVES = {
    "animation": "animated",
    "children": "children's",
    "romance": "romantic",
    "comedy": "comic",
    "drama": "dramatic",
    "history": "historical",
    "biography": "biographical",
}
_TITLE_GENRES = frozenset({*_HEADS, *_ADJECTIVES, "action", "crime", "horror", "fantasy", "war"})
"""Genres that may come before `title`: `a crime title`, but not `a gift cards title`."""
