"""Groups' shares of attention: floors, caps, items without a group, and who is never pushed down.

Run: pytest tests/unit/ranking/test_exposure.py
"""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from shelftalker import Recommender
from shelftalker.data.catalog import Catalog, Item
from shelftalker.ranking.exposure import attention, group_rows, members
from shelftalker.ranking.shop_rules import Exposure, Rules
from shelftalker.ranking.slate import Places

LARGE = [Item(f"l{n}", "", attributes={"house": "Large"}) for n in range(6)]
SMALL = [Item(f"s{n}", "", attributes={"house": ("small",)}) for n in range(4)]
NONE = [Item(f"n{n}", "") for n in range(2)]
ITEMS = [*LARGE, *SMALL, *NONE]  # as the pick ranks them
LOG_P = np.log(np.arange(len(ITEMS), 0, -1) / 78)


def rule(value: str | None, **bounds: float) -> Exposure:
    return Exposure(field="house", value=value, **bounds)


def shown(
    rules: Sequence[Exposure], k: int, visitors: int = 1, **others: object
) -> list[list[str]]:
    own = Rules(exposure=tuple(rules), **others)  # type: ignore[arg-type]
    slates = [Places(ITEMS, LOG_P, k, own, visitor=f"v{n}").arranged() for n in range(visitors)]
    return [[ITEMS[at].id for at in slate.order] for slate in slates]


def share(lists: list[list[str]], prefix: str) -> float:
    """The share of attention of the items whose id begins so."""
    weights = attention(len(lists[0]))
    got = sum(w for own in lists for w, item in zip(weights, own, strict=True) if item[0] == prefix)
    return float(got / (len(lists) * weights.sum()))


@pytest.mark.parametrize(("k", "bound"), [(1, 0.1), (1, 0.6), (3, 0.1), (3, 0.35), (8, 0.5)])
def test_floors_and_caps_hold_over_all_visitors(k: int, bound: float) -> None:
    visitors, noise = (600 if k == 1 else 150), 0.06  # three standard errors at k = 1
    floored = share(shown([rule("Small", floor=bound)], k, visitors), "s")
    assert floored == pytest.approx(max(bound, share(shown([], k), "s")), abs=noise)
    capped = share(shown([rule("Large", cap=bound)], k, visitors), "l")
    assert capped == pytest.approx(bound, abs=noise)


def test_the_order_is_disturbed_as_little_as_can_be() -> None:
    [order] = shown([rule("small", floor=0.2)], 6)
    assert order == ["l0", "l1", "l2", "l3", "s0", "s1"]


def test_items_without_the_field_are_a_group_of_their_own() -> None:
    assert members(rule(None), ITEMS).sum() == 2
    assert share(shown([rule(None, floor=0.25)], 3, 150), "n") == pytest.approx(0.25, abs=0.04)
    catalog = Catalog.of(ITEMS)
    for one in (rule(None), rule("small"), rule("absent")):
        assert np.array_equal(group_rows(one, catalog), members(one, ITEMS))


def test_a_protected_item_that_ranks_first_is_never_pushed_down() -> None:
    items = [SMALL[0], *LARGE, SMALL[1]]
    rules = Rules(
        exposure=(rule("small", floor=0.05, cap=0.1), rule("Large", floor=0.9)), caps={"x": 1}
    )
    for n in range(200):
        order = Places(items, LOG_P[: len(items)], 3, rules, visitor=f"v{n}").arranged().order
        assert order[0] == 0
        assert 7 not in order  # the cap holds for the others of its group


def test_a_floor_that_cannot_be_met_fills_all_places() -> None:
    [order] = shown([rule("small", floor=1.0)], 6)
    assert sorted(order[:4]) == ["s0", "s1", "s2", "s3"]
    [order] = shown([rule("absent", floor=0.5)], 3)
    assert order == ["l0", "l1", "l2"]


def test_propensities_stay_exact() -> None:
    rules = Rules(exposure=(rule("small", floor=0.6),), explore=0.3, sample=True)

    def chance(order: Sequence[int]) -> float:
        shares = Places(ITEMS, LOG_P, 2, rules, visitor="v").given(order)
        return float(np.prod([shares[place, item] for place, item in enumerate(order)]))

    chances = [chance(order) for order in permutations(range(len(ITEMS)), 2)]
    assert sum(chances) == pytest.approx(1)
    possible = sum(one > 0 for one in chances)
    assert possible < len(chances)
    random = np.random.default_rng(0)
    slates = [Places(ITEMS, LOG_P, 2, rules, visitor="v").arranged(random) for _ in range(1000)]
    weights = [1 / np.prod(slate.propensities) for slate in slates]
    assert np.mean(weights) == pytest.approx(possible, rel=0.1)
    assert chance(slates[0].order) == pytest.approx(1 / weights[0])
    assert Places(ITEMS, LOG_P, 2, rules, visitor="v").given((-1, 3))[1].sum() == 0


def test_a_shortlist_holds_items_for_the_floor(place: Path) -> None:
    file = place / "domains" / "films" / "rules.toml"
    with Recommender.open(place, engine="none") as recommender:

        def genres(user: str, n: int) -> list[str]:
            ids = [one.item_id for one in recommender.shortlist(user, n=n)]
            return [str(recommender.item(one).attributes["genres"][0]) for one in ids]  # type: ignore[index]

        [absent, *_] = {"Thriller", "Comedy", "Sci-Fi"} - set(genres("u0", 2))
        file.write_text(f'[[exposure]]\nfield = "genres"\nvalue = "{absent}"\nfloor = 0.5\n')
        assert genres("u0", 2).count(absent) == 1
        assert genres("u0", 4).count(absent) >= 2
