"""The types of items in small catalogues of many kinds, and texts about them."""

import re
from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.events import Event
from shelftalker.data.item_types import noun_in_domain, noun_of
from shelftalker.store.workspace import Workspace
from shelftalker.types import Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past

SURE: dict[str, dict[str, Value]] = {
    "film": {"director": "Anna Kessler", "cast": ("Paul Orwin",), "year": 1994},
    "book": {"author": "Ida Marsh", "publisher": "Quill House", "pages": 320},
    "news": {"author": "Jane Doe", "section": "Politics", "published": "2024-05-01"},
    "music": {"artist": "The Lanterns", "album": "Night Signals"},
    "thing": {"brand": "Inkwell", "colour": "blue"},
}
UNSURE: dict[str, dict[str, Value]] = {
    "a blog": {"author": "Sam Lee", "tags": ("python", "testing"), "published_at": "2023-01-05"},
    "papers": {"authors": "A. Smith", "year": 2019, "venue": "NeurIPS", "pages": 12},
    "papers with ranges of pages": {"authors": "A. Smith", "year": 2019, "pages": "1-12"},
    "board games": {"designer": "Uwe Koch", "author": "Uwe Koch", "min_players": 2, "pages": 8},
    "recipes": {"author": "Anna Lee", "minutes": 60, "tags": ("dessert",), "directions": "Mix."},
    "podcasts": {"host": "Mia Stroud", "podcast": "Deep Dive", "duration": 48},
    "podcasts by author": {"author": "Mia Stroud", "publisher": "Deep Audio", "date": "2024-01-03"},
    "posts": {"author": "Kim", "handle": "@kim", "likes": 120},
    "a news site that says little": {"author": "Jane Doe", "category": "World"},
    "series": {"type": "TV Show", "cast": ("Paul Orwin",), "director": "Anna Kessler"},
    "prints": {"artist": "Lena Roth", "medium": "oil", "year": 1961},
    "cables": {"length": 2, "band": "leather"},
    "stage plays": {"director": "Anna Kessler", "theatre": "Globe", "cast": ("Paul Orwin",)},
}
SPECIFIC = re.compile(
    r"\b(films?|movies?|books?|articles?|albums?|songs?|products?|wr(?:ote|itten)|runs|lasts|"
    r"released)\b|电影|影片|书|文章|专辑|歌|商品|上映|演唱|片"
)


def told(item: Item, other: Item, language: str) -> list[str]:
    """Texts for a new visitor, and for one who liked the other item."""
    liked = [Past(Event("u", other.id, "like"), other)]
    return [
        compose(item, evidence, language, seed, variant=seed, history=history)
        for history in ([], liked)
        for seed in range(6)
        for evidence in [choose_evidence(item, [], history, Request(language=language))]
    ]


@pytest.mark.parametrize("noun", SURE)
def test_several_fields_show_the_type(noun: str) -> None:
    assert noun_of(Item("1", "Salt Roads", "", SURE[noun])) == noun


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", UNSURE)
def test_an_item_of_unknown_type_gets_a_general_noun(kind: str, language: str) -> None:
    item, other = (
        Item(n, t, "", UNSURE[kind]) for n, t in [("1", "Salt Roads"), ("2", "Iron Tide")]
    )
    assert noun_of(item) == "any"
    for text in told(item, other, language):
        assert "Salt Roads" in text
        assert not SPECIFIC.search(text), text
        assert "by leather" not in text


def test_chinese_fields_show_the_type() -> None:
    fields: dict[str, dict[str, Value]] = {
        "film": {"导演": "张艺谋", "主演": ("巩俐",), "年份": 1990},
        "book": {"作者": "刘慈欣", "出版社": "重庆出版社", "页数": 302},
        "news": {"作者": "张伟", "栏目": "财经", "发布日期": "2024-05-01"},
        "music": {"歌手": "王菲", "专辑": "天空"},
        "thing": {"品牌": "瓷都", "产地": "景德镇"},
        "title": {"类型": "喜剧", "年份": 1990},
        "any": {"作者": "李娜", "食材": ("面粉",), "页数": 2},
    }
    assert {noun_of(Item("1", "天空", "", held)) for held in fields.values()} == set(fields)
    for noun, held in fields.items():
        assert noun_of(Item("1", "天空", "", held)) == noun


def test_a_type_field_decides_and_so_does_a_category_with_an_author() -> None:
    film = {"type": "Movie", "cast": ("Paul Orwin",), "duration": "91 min"}
    assert noun_of(Item("1", "Cold Ledger", "", film)) == "film"
    sold = {"author": "Ida Marsh", "category": "Books"}
    book = Item("1", "Salt Roads", "", sold, price=9.0)
    assert noun_of(book) == "book"
    assert "books book" not in " ".join(told(book, book, "en"))
    assert noun_of(Item("2", "Desk Lamp", "", {"brand": "Otto", "category": "Lamps"})) == "thing"


def test_a_category_that_is_a_type_is_not_read_aloud() -> None:
    for shelf in ("Books", "Podcast", "Video"):
        item = Item("1", "Salt Roads", "", {"category": shelf})
        assert told(item, item, "en")[0] == "Salt Roads."
        assert all("Salt Roads" in text for text in told(item, item, "zh"))


def test_genres_of_films_and_novels_make_a_title_but_sections_of_a_site_do_not() -> None:
    assert noun_of(Item("1", "Dust", "", {"genres": ("Thriller",), "year": 1999})) == "title"
    assert noun_of(Item("1", "Dust", "", {"category": "History"})) == "any"


def test_the_domains_name_decides_where_no_field_contradicts_it(tmp_path: Path) -> None:
    assert [noun_in_domain(name) for name in ("films-de", "my_books", "shop", "bookkeeping")] == [
        "film", "book", "", ""
    ]  # fmt: skip
    with Workspace.create(tmp_path / "ws", default_domain="news") as workspace:
        workspace.add_domain("news")
        said = Item("1", "Bridge reopens", "", {"author": "Jane Doe"})
        shown = Item("2", "The bridge", "", {"host": "Mia Stroud", "podcast": "Deep Dive"})
        pen = Item("3", "Pen", "", {"brand": "Inkwell"})
        workspace.write_catalog("news", Catalog.of([said, shown, pen]))
        catalog = workspace.catalog("news")
        assert [noun_of(item) for item in catalog] == ["news", "any", "thing"]
        assert noun_of(catalog.without(["2"])["1"]) == "news"
        assert "written by Jane Doe" in told(catalog["1"], pen, "en")[0].replace("W", "w")


@pytest.mark.parametrize(
    ("attributes", "false"),
    [
        ({"minutes": 60, "author": "Anna Lee"}, r"runs|lasts|long"),
        ({"artist": "Lena Roth", "shipping_cost": 4}, r"costs|priced"),
        ({"host": "Kim", "author_country": "Norway"}, r"from Norway|made in"),
        ({"host": "Kim", "publication": "The Times"}, r"released|dates"),
        ({"host": "Kim", "date": "yesterday"}, r"released|dates from"),
        ({"host": "Kim", "pages": "1-12"}, r"pages long|has 1-12"),
    ],
)
def test_a_field_is_not_stated_as_something_else(attributes: dict[str, Value], false: str) -> None:
    item = Item("1", "Salt Roads", "", attributes)
    for text in told(item, item, "en"):
        assert not re.search(false, text), text


def test_a_date_in_any_format_is_stated_by_its_year() -> None:
    for date in ("2024-05-01T08:00:00Z", "May 1, 2024", "27 Nov 2024"):
        item = Item("1", "Salt Roads", "", {"host": "Kim", "date": date})
        fact = choose_evidence(item, [], [], Request())
        assert "It dates from 2024." in [e.text for e in fact]
