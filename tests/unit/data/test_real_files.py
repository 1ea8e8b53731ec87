"""The development data sets; skipped where ../shared/data is absent."""

import pytest

from shelftalker.data.files import KnownItems, read_events, read_items
from tests.support.data_files import DATA, real_data


@real_data
class TestRealFiles:
    """Counts are those that the data sets' own descriptions state."""

    @pytest.mark.parametrize(
        ("items", "events", "n_items", "n_events", "kinds"),
        [
            ("movies-ml-latest-small/movies.csv.gz", "movies-ml-latest-small/ratings.csv.gz",
             9742, 100836, {"rating"}),
            ("movies-ml100k/ml-100k.item", "movies-ml100k/ml-100k.inter.gz",
             1682, 100000, {"rating"}),
            ("ecom-amazon-office/Office_Products.item.json.gz", "ecom-amazon-office/sequences.csv",
             3459, 22447, {"view"}),
            ("ecom-amazon-giftcards-5core/meta.jsonl.gz",
             "ecom-amazon-giftcards-5core/reviews.jsonl.gz", 1547, 2972, {"rating"}),
            ("music-lastfm-hetrec2011/artists.dat.gz",
             "music-lastfm-hetrec2011/user_artists.dat.gz", 17632, 92834, {"play"}),
            ("books-bookcrossing-tallrec/items.csv.gz",
             "books-bookcrossing-tallrec/interactions.csv.gz", 25201, 39850, {"like", "dislike"}),
        ],
    )  # fmt: skip
    def test_as_they_lie(
        self, items: str, events: str, n_items: int, n_events: int, kinds: set[str]
    ) -> None:
        assert DATA
        read = read_items(DATA / items)
        log = read_events([DATA / events], KnownItems(read.catalog.ids))
        assert (len(read.catalog), len(read.rejects)) == (n_items, 0)
        assert (len(log.frame), len(log.rejects)) == (n_events, 0)
        assert set(log.frame["kind"]) == kinds

    def test_movielens(self) -> None:
        assert DATA
        item = read_items(DATA / "movies-ml100k/ml-100k.item").catalog["1"]
        assert item.title == "Toy Story"
        assert item.attributes == {"year": 1995, "genres": ("Animation", "Children's", "Comedy")}

    def test_office_descriptions_hold_no_markup(self) -> None:
        assert DATA
        catalog = read_items(DATA / "ecom-amazon-office/Office_Products.item.json.gz").catalog
        texts = [item.text for item in catalog]
        assert not any("<!--" in text or text.startswith(("['", '["')) for text in texts)
        assert catalog["1"].text == "An Amazon Brand."
        assert sum(map(bool, texts)) / len(texts) > 0.9

    def test_mind(self) -> None:
        assert DATA
        news = read_items(DATA / "news-mind-small-sample/news.tsv.gz").catalog
        log = read_events([DATA / "news-mind-small-sample/behaviors.tsv.gz"], KnownItems(news.ids))
        assert len(news) == 2000
        assert news["N16278"].attributes["category"] == "sports"
        assert news["N16278"].attributes["title_entities"] == (
            "Marine Corps Marathon",
            "Silver Spring, Maryland",
        )
        assert set(log.frame["kind"]) == {"click", "skip"}
        assert log.summary.rows_read == len(log.frame) + len(log.rejects)
        assert log.frame["user"].n_unique() > 1000

    def test_bing_news_gives_items_and_events_from_one_file(self) -> None:
        assert DATA
        paths = [DATA / "news-bing-dkn" / name for name in ("raw_train.txt.gz", "raw_test.txt")]
        catalogs = [read_items(path).catalog for path in paths]
        catalog = catalogs[0].upserted(catalogs[1])
        log = read_events(paths, KnownItems(catalog.ids))
        assert len(catalog) == 9075
        assert dict(log.frame["kind"].value_counts().rows()) == {"click": 6576, "skip": 4287}
        first = next(iter(catalog))
        assert (first.title, first.attributes) == (
            "tautog bite coming strong",
            {"entities": ("Tautog",)},
        )
