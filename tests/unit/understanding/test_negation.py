"""What a message excludes, permits or only seems to exclude."""

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.understanding.rule_reader import RuleReader
from tests.support.annotated import reader


def test_a_brand_ruled_out_is_so_in_titles_too() -> None:
    items = [
        Item("1", "Halden Gift Card"),
        Item("2", "Card by mail", attributes={"brand": "Halden"}),
        Item("3", "Haldenberg Card", attributes={"brand": "Orly"}),
    ]
    catalog = Catalog.of(items)
    request = RuleReader(catalog).request("a card, not Halden")
    assert allowed_items(catalog, request.filters).tolist() == [False, False, True]


def test_a_brand_of_marks_alone_rules_out_no_title() -> None:
    catalog = Catalog.of([Item("1", "Card"), Item("2", "Pen", attributes={"brand": "."})])
    assert allowed_items(catalog, [Filter("brand", "excludes", ".")]).tolist() == [True, False]


@pytest.mark.parametrize(
    "said",
    [
        "no comedies", "anything but comedies", "I am tired of comedies", "I do not like comedies",
        "I'm not too fond of comedies", "not a big fan of comedies", "never show me comedies",
        "anything but comedies is fine", "no comedies please, anything else is fine",
        "I don't care for comedies", "I never read comedies", "a film that isn't a comedy",
        "I don't want to see comedies",
        "comedies aren't my thing", "I like thrillers but comedies are not for me",
        "comedies bore me, really", "comedies are not my cup of tea but thrillers are",
        "不太喜欢喜剧", "不是很喜欢喜剧", "不怎么喜欢喜剧", "没那么喜欢喜剧",
        "我不太想看喜剧", "不考虑喜剧",
        "不要喜剧", "除了喜剧", "除了喜剧都可以", "除了喜剧，我也不要动作片", "讨厌喜剧",
        "喜剧不要", "喜剧除外",
        "对喜剧不感兴趣", "别给我看喜剧", "不是喜剧的电影", "看腻了喜剧", "不喜歡喜劇", "非喜剧片",
    ],
)  # fmt: skip
def test_what_is_ruled_out_is_excluded(said: str) -> None:
    assert Filter("genres", "excludes", "Comedy") in reader("films").request(said).filters


@pytest.mark.parametrize(
    "said",
    [
        "有没有喜剧", "是不是喜剧", "喜欢不喜欢喜剧", "你们没有喜剧吗", "不错的喜剧", "不少喜剧",
        "差不多的喜剧", "特别的喜剧", "没关系，喜剧吧", "非喜剧不可", "我没有看过喜剧想看一部",
        "还没看过喜剧", "最好不要太长的喜剧", "不太长的喜剧",
        "没有暴力的喜剧", "喜剧不要太长", "有沒有喜劇", "沒有看過喜劇",
        "I have not seen a comedy, I'd like to see one", "I haven't seen many comedies",
        "don't you have any comedies?", "are there no comedies?", "why not a comedy",
        "can't get enough of comedies", "nothing beats a good comedy", "none other than comedies",
        "I don't want anything but comedies", "not without comedy", "a no-nonsense comedy",
        "a not too violent comedy", "not a very long comedy", "habt ihr keine Komödien?",
    ],
)  # fmt: skip
def test_what_only_looks_ruled_out_is_asked_for(said: str) -> None:
    assert reader("films").request(said).filters == (Filter("genres", "contains", "Comedy"),)


@pytest.mark.parametrize(
    "said",
    [
        "I have nothing against comedies", "I don't mind comedies", "I don't really hate comedies",
        "I wouldn't say no to a comedy", "a film without comedy is fine too", "not only comedies",
        "it doesn't have to be a comedy", "nichts gegen Komödien", "rien contre les comédies",
        "no solo comedias", "我不讨厌喜剧", "我对喜剧没意见", "没有喜剧也行", "不一定要喜剧",
    ],
)  # fmt: skip
def test_what_is_only_permitted_is_neither_asked_for_nor_ruled_out(said: str) -> None:
    request = reader("films").request(said)
    assert (request.filters, request.text, request.avoid) == ((), "", "")


@pytest.mark.parametrize(
    ("said", "avoid"),
    [
        ("not too much romance", "romance"),
        ("nothing too scary", "scary"),
        ("不要太恐怖", "恐怖"),
        ("not so slow as drama", "slow"),
        ("不要血腥的恐怖片", "血腥"),
        ("没有暴力的喜剧", "暴力"),
        ("a no-nonsense thriller", "nonsense"),
    ],
)
def test_too_much_of_a_thing_is_avoided_and_no_more(said: str, avoid: str) -> None:
    request = reader("films").request(said)
    assert request.avoid == avoid
    assert all(condition.op == "contains" for condition in request.filters)


def test_what_a_thing_is_only_compared_with_is_not_asked_for() -> None:
    assert reader("films").request("not so slow as drama").filters == ()


def test_of_a_description_ruled_out_the_described_may_come() -> None:
    catalog = Catalog.of(
        Item(c, "Mug", attributes={"color": c, "category": "杯子"}) for c in ("Red", "Blue")
    )
    filters = RuleReader(catalog).request("不要红色的杯子").filters
    assert filters == (Filter("color", "excludes", "Red"),)


@pytest.mark.parametrize(
    "said",
    ["不是不喜欢喜剧", "我并不是不想看喜剧", "it's not that I don't like comedies", "不是不要喜剧"],
)
def test_an_unwillingness_that_is_denied_permits(said: str) -> None:
    request = reader("films").request(said)
    assert (request.filters, request.text, request.avoid) == ((), "", "")


def test_after_a_denied_unwillingness_what_is_ruled_out_stays_so() -> None:
    said = "不是不喜欢喜剧，但是不要惊悚片"
    assert reader("films").request(said).filters == (Filter("genres", "excludes", "Thriller"),)


def test_what_is_asked_for_too_is_not_avoided() -> None:
    request = reader("shop").request("except Kestrel folders, show me folders")
    assert (request.text, request.avoid) == ("folders", "")
    assert request.filters == (Filter("brand", "excludes", "Kestrel"),)
    assert reader("shop").request("folders, no leather folders, no zips").avoid == "zips"
    assert reader("films").request("a tale of fire, no fire engines").avoid == "fire engines"


def test_an_author_ruled_out_takes_the_writing_along() -> None:
    catalog = Catalog.of(Item(a, a * 2, attributes={"author": a}) for a in ("刘慈欣", "余华"))
    request = RuleReader(catalog).request("不是刘慈欣写的")
    assert (request.filters, request.avoid) == ((Filter("author", "excludes", "刘慈欣"),), "")
