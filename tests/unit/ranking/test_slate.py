"""Filling the places: order, diversity, caps, pins, and random draws with a known propensity."""

import numpy as np
import pytest

from shelftalker.data.catalog import Item
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.slate import Places

ITEMS = [
    Item("1", "Cold Ledger", attributes={"director": "Anna Kessler", "genres": ("Crime",)}),
    Item("2", "Glass Harbour", attributes={"director": "anna kessler", "genres": ("Crime",)}),
    Item("3", "Slow Rivers", attributes={"director": "Tom Vale", "genres": ("Drama",)}),
    Item("4", "Picnic Days", attributes={"genres": ("Comedy",)}),
]
LOG_P = np.log([0.5, 0.3, 0.15, 0.05])


def order(k: int, **rules: object) -> tuple[int, ...]:
    return Places(ITEMS, LOG_P, k, Rules(**rules)).arranged().order  # type: ignore[arg-type]


def test_without_rules_the_order_is_that_of_the_pick() -> None:
    assert order(3) == (0, 1, 2)
    assert Places(ITEMS, LOG_P, 3, Rules()).arranged().propensities == (1.0, 1.0, 1.0)


def test_similar_items_lose_by_the_diversity_setting() -> None:
    assert order(2, diversity=0.1) == (0, 1)
    assert order(2, diversity=0.5) == (0, 2)


def test_caps_hold_while_other_items_are_left() -> None:
    assert order(3, caps={"director": 1}) == (0, 2, 3)
    assert order(4, caps={"director": 1}) == (0, 2, 3, 1)


def test_pins_come_first_and_count_against_caps() -> None:
    slate = Places(ITEMS, LOG_P, 3, Rules(caps={"director": 1}), pinned=[1]).arranged()
    assert (slate.order, slate.pinned) == ((1, 2, 3), 1)


@pytest.mark.parametrize("rules", [Rules(sample=True), Rules(explore=0.4), Rules()])
def test_items_are_drawn_as_often_as_their_propensity(rules: Rules) -> None:
    random = np.random.default_rng(0)
    slates = [Places(ITEMS, LOG_P, 2, rules).arranged(random) for _ in range(4000)]
    first = np.bincount([slate.order[0] for slate in slates], minlength=4) / len(slates)
    stated = {slate.order[0]: slate.propensities[0] for slate in slates}
    for item, share in stated.items():
        assert first[item] == pytest.approx(share, abs=0.03)
    weighted = np.mean([(s.order[1] == 1) / s.propensities[1] for s in slates if s.order[0] == 0])
    assert weighted == pytest.approx(1.0, abs=0.15)  # inverse propensities undo the policy


def test_a_new_item_gets_its_share_of_the_places_and_one_at_most() -> None:
    rules, random = Rules(explore_new=0.3), np.random.default_rng(0)
    slates = [Places(ITEMS, LOG_P, 2, rules, new=[2, 3]).arranged(random) for _ in range(2000)]
    new = [[item in (2, 3) for item in slate.order] for slate in slates]
    assert max(map(sum, new)) == 1
    assert np.mean([own[0] for own in new]) == pytest.approx(0.3, abs=0.03)
    assert np.mean([any(own) for own in new]) == pytest.approx(1 - 0.7**2, abs=0.03)
    for slate in slates[:50]:
        given = Places(ITEMS, LOG_P, 2, rules, new=[2, 3]).given(slate.order)
        assert tuple(given[[0, 1], slate.order]) == pytest.approx(slate.propensities)
    assert Places(ITEMS, LOG_P, 2, rules).arranged().propensities == (1.0, 1.0)


def test_no_item_is_shown_twice_and_short_lists_end() -> None:
    slate = Places(ITEMS, LOG_P, 9, Rules(explore=1.0), pinned=[3]).arranged()
    assert sorted(slate.order) == [0, 1, 2, 3]
    assert Places([], [], 3, Rules()).arranged().order == ()
