"""The roles of attributes by their names."""

import pytest

from shelftalker.data.field_roles import is_catalogue_metadata, role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("director", "director"),
        ("directors", "director"),
        ("genres", "genre"),
        ("moviegenres", "genre"),
        ("main_cat", "genre"),
        ("subcategory", "genre"),
        ("section", "genre"),
        ("author_name", "author"),
        ("book_author", "author"),
        ("title_entities", "topic"),
        ("country_of_origin", "country"),
        ("production_countries", "country"),
        ("release_date", "year"),
        ("year_of_publication", "year"),
        ("page_count", "pages"),
        ("num_pages", "pages"),
        ("出版年份", "year"),
        ("出版社", "publisher"),
        ("作者姓名", "author"),
        ("商品分类", "genre"),
    ],
)
def test_the_last_word_of_a_name_decides(name: str, role: str) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    "name",
    ["directions", "podcast", "broadcaster", "nationality", "destination", "costume", "stage",
     "bandwidth", "headband", "identity", "operating_system", "authority", "review_count",
     "author_id", "author_country", "seller_country", "brand_color", "date_added", "birth_year",
     "作者简介", "品牌故事"],
)  # fmt: skip
def test_other_words_and_other_owners_have_no_role(name: str) -> None:
    assert role_of(name) == name


def test_ids_links_and_entry_dates_are_metadata() -> None:
    assert all(map(is_catalogue_metadata, ("contributor_id", "url", "isbn13", "date_added")))
    assert not any(map(is_catalogue_metadata, ("likes", "cuisine", "release_date", "video_codec")))
