"""The shop's rules: read strictly, and never stronger than a visitor's filters."""

import random
from pathlib import Path

import pytest

from shelftalker import Filter, Item, Recommender
from shelftalker.data.filters import allowed_items
from shelftalker.errors import WorkspaceError
from shelftalker.ranking.shop_rules import RULES_FILE


def write(place: Path, rules: str) -> None:
    (place / "domains" / "films" / RULES_FILE).write_text(rules, encoding="utf-8")


def opened(place: Path, rules: str) -> Recommender:
    write(place, rules)
    return Recommender.open(place, engine="none")


def ids(recommender: Recommender, user: str = "u0", **options: object) -> list[str]:
    answer = recommender.generate(user, **options)  # type: ignore[arg-type]
    return [card.item.id for card in answer.cards]


def test_blocked_items_are_never_shown(place: Path) -> None:
    with opened(place, '[[block]]\nfield = "genres"\nvalue = "Comedy"\n[[block]]\nids = ["f1"]'
    ) as recommender:  # fmt: skip
        assert not set(ids(recommender, k=10)) & {"f1", "f5", "f6", "f7", "f8"}
        assert len(ids(recommender, "new", k=10)) == 6


def test_pinned_items_come_first_with_a_notice(place: Path) -> None:
    with opened(place, '[[pin]]\nids = ["f9"]') as recommender:
        answer = recommender.generate("u0", k=3)
        assert answer.cards[0].item.id == "f9"
        assert any("Orbit of Glass" in notice for notice in answer.notices)
        ranked = recommender.recommend(["u0"], k=3, stage="pick")
        assert ranked["item"][0] == "f9"


def test_pinned_items_obey_filters_and_are_not_shown_again(place: Path) -> None:
    with opened(place, '[[pin]]\nids = ["f9", "f2"]') as recommender:
        comedy = [Filter("genres", "equals", "Comedy")]
        assert not {"f9", "f2"} & set(ids(recommender, filters=comedy, k=10))
        assert "f2" not in ids(recommender, k=10)  # u0 has seen it


def test_caps_spread_the_cards(place: Path) -> None:
    with opened(place, "[caps]\ndirector = 1") as recommender:
        answer = recommender.generate("new", k=3)
        assert len({card.item.attributes["director"] for card in answer.cards}) == 3


def test_filters_hold_whatever_the_rules_are(place: Path) -> None:
    rng = random.Random(5)
    genres = ("Thriller", "Comedy", "Sci-Fi")
    with opened(place, "") as recommender:
        catalog = recommender.workspace.catalog("films")
        for turn in range(40):
            pin = rng.choice(['ids = ["f9", "f5"]', 'field = "genres"\nvalue = "Comedy"'])
            write(
                place,
                f"diversity = {rng.random():.2f}\nexplore = {rng.random():.2f}\n"
                f"explore_new = {rng.random():.2f}\n"
                f"sample = {rng.choice(['true', 'false'])}\n[caps]\ndirector = {1 + turn % 2}\n"
                f"[[pin]]\n{pin}\n[[block]]\nids = ['f{rng.randint(1, 11)}']\n",
            )
            filters = [
                Filter("genres", rng.choice(["equals", "excludes"]), rng.choice(genres)),
                Filter("year", rng.choice(["at_least", "at_most"]), rng.randint(1979, 2003)),
            ]  # type: ignore[list-item]
            user = f"u{rng.randint(0, 40)}"
            shown = ids(recommender, user, filters=filters, k=rng.randint(1, 8))
            mask = allowed_items(catalog, filters)
            assert all(mask[catalog.row(item)] for item in shown)
            assert len(set(shown)) == len(shown)
            assert not set(shown) & set(recommender.profile(user).seen)


def test_shown_items_are_logged_with_their_propensity_until_forgotten(place: Path) -> None:
    with opened(place, "explore = 0.5\nlog_shown = true") as recommender:
        answer = recommender.generate("u0", k=2)
        log = recommender.workspace.impressions.frame("films")
        assert log["item"].to_list() == [card.item.id for card in answer.cards]
        assert log["rank"].to_list() == [1, 2]
        assert all(0 < p <= 1 for p in log["propensity"])
        recommender.generate("u1", "a thriller", k=1)
        recommender.generate("u2", filters=[Filter("year", "at_least", 1980)], k=1)
        asked = recommender.workspace.impressions.frame("films")["asked"].to_list()
        assert asked == [False, False, True, True]
        recommender.forget("u0")
        assert "u0" not in recommender.workspace.impressions.frame("films")["user"]


def test_an_item_that_nobody_took_is_explored_by_the_rules(place: Path) -> None:
    """Nor has anybody taken f11."""
    odd = Item("new", "Tax Law for Bakers", attributes={"genres": ("Manual",)})
    with opened(place, "explore_new = 1.0\nlog_shown = true") as recommender:
        recommender.add_items([odd])
        assert {ids(recommender, k=2)[0] for _ in range(16)} == {"new", "f11"}
        shown = recommender.workspace.impressions.frame("films")
        assert shown["propensity"].to_list() == [0.5, 1.0] * 16
        few = recommender.shortlist("u0", n=2)
        assert {scored.item_id for scored in few} == {"new", "f11"}


def test_by_default_nothing_is_logged(place: Path) -> None:
    with opened(place, "") as recommender:
        recommender.generate("u0")
    assert not (place / "shown.db").exists()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("diversty = 1", "unknown key 'diversty'; known: diversity"),
        ("explore = 2", "explore = 2: .*less than or equal to 1"),
        ("[caps]\ncolour = 1", "field 'colour', which no item has; known: .*director"),
        ('[[pin]]\nids = ["f1"]\nvalue = "x"', "either ids, or field and value"),
        ("[[block]]\nid = 'f1'", "unknown key 'block.0.id'; known: ids, field, value"),
        ("explore =", "not valid TOML"),
    ],
)
def test_mistakes_in_the_file_are_reported(place: Path, rules: str, message: str) -> None:
    with opened(place, rules) as recommender, pytest.raises(WorkspaceError, match=message):
        recommender.generate("u0")
