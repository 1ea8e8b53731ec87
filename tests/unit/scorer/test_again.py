"""What is taken again and again is offered again. Run: pytest tests/unit/scorer/test_again.py

A made-up shop: everybody buys milk each day and bread every other day, and one appliance once.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event, Kind
from shelftalker.data.profile import Profile
from shelftalker.ranking.shop_rules import Rules
from shelftalker.scorer.again import fit_again
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.event_arrays import EventArrays
from shelftalker.scorer.history import CONSUMED, TAKEN, Histories, HistoryRows, read
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.shortlisting import Shortlister
from shelftalker.types import Request
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

APPLIANCES = ("kettle", "toaster", "blender", "grinder", "mixer", "juicer")
SHOP = Catalog.of(Item(name, name.title()) for name in ("milk", "bread", *APPLIANCES))


def bought(user: str, days: int, kind: Kind = "purchase", shift: int = 0) -> list[Event]:
    """Milk each day, bread on even days, an appliance on the third."""
    events = []
    for day in range(days):
        names = ["milk"] + ["bread"] * (day % 2 == 0)
        names += [APPLIANCES[(shift + day) % len(APPLIANCES)]] * (day in (2, 5))
        events += [Event(user, name, kind, time=day + n / 10) for n, name in enumerate(names)]
    return events


def log(kind: Kind = "purchase") -> list[Event]:
    return [e for user in range(40) for e in bought(f"u{user}", 6 + user % 3, kind, user)]


@pytest.fixture(scope="module")
def fitted(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(SHOP, log(), encoder, settings=Training(dim=8, epochs=2))


def offered(scorer: TwoTowerScorer, history: list[Event], rules: Rules | None = None) -> list[str]:
    shop = Shortlister(SHOP, scorer, rules or Rules(), CatalogVocabulary(SHOP))
    return [s.item_id for s in shop.shortlist(Profile.of("me", history), Request(), 8)]


def test_what_people_come_back_for_is_offered_again_and_the_rest_once(
    fitted: TwoTowerScorer,
) -> None:
    shown = offered(fitted, bought("me", 6))
    assert shown[:2] == ["milk", "bread"]
    assert set(shown[2:]) == set(APPLIANCES) - {"blender", "juicer"}


def test_a_shop_may_offer_nothing_twice(fitted: TwoTowerScorer) -> None:
    shown = offered(fitted, bought("me", 6), Rules(again=False))
    assert set(shown) == set(APPLIANCES) - {"blender", "juicer"}


def test_looking_at_things_again_and_again_is_not_taking_them(encoder: SentenceEncoder) -> None:
    seen = TwoTowerScorer.fit(SHOP, log("view"), encoder, settings=Training(dim=8, epochs=2))
    assert seen.side.again is None
    assert "milk" not in offered(seen, bought("me", 6, "view"))


def test_what_is_disliked_does_not_come_back(fitted: TwoTowerScorer) -> None:
    shown = offered(fitted, [*bought("me", 6), Event("me", "milk", "dislike", time=9.0)])
    assert "milk" not in shown
    assert "bread" in shown


def test_two_units_at_once_are_one_purchase() -> None:
    two = [Event("me", "milk", "purchase", time=1.0)] * 2
    assert read(two, SHOP).kinds.tolist() == [CONSUMED, TAKEN]
    arrays = EventArrays.of([replace(e, user=f"u{n}") for n in range(30) for e in two], SHOP)
    histories = arrays.histories(np.unique(arrays.items))
    assert [h.kinds.tolist() for h in histories] == [[CONSUMED, TAKEN]] * 30
    assert fit_again(histories, 1) is None


def played(rows: npt.NDArray[np.int64]) -> HistoryRows:
    return HistoryRows(rows, np.full(len(rows), CONSUMED, np.int8), np.arange(len(rows)))


def test_the_chance_of_a_return_is_learned_from_who_came_back() -> None:
    """Each user has three favourites of twelve songs, and plays others now and then."""
    random, histories = np.random.default_rng(1), []
    for _ in range(400):
        liked, other = random.choice(12, 3, replace=False), random.integers(12, size=25)
        rows = np.where(random.random(25) < 0.7, random.choice(liked, 25), other)
        histories.append(played(rows))
    again = fit_again(Histories.of(histories), 12)
    assert again is not None

    def chance(plays: list[int], row: int) -> float:
        rows, logits = again.logits(played(np.array(plays)))
        return float(logits[rows == row][0])

    assert chance([1, 1, 1, 2], 1) > chance([3, 4, 1, 2], 1)
    known, last = (
        [history[:-1] for history in histories],
        [history.rows[-1] for history in histories],
    )
    rows, logits = zip(*map(again.logits, known), strict=True)
    ahead = [own[np.argsort(-values)[:3]] for own, values in zip(rows, logits, strict=True)]
    hits = np.mean([song in three for song, three in zip(last, ahead, strict=True)])
    assert hits > 0.65


def test_what_was_learned_is_kept_on_disk(fitted: TwoTowerScorer, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, SHOP, fitted.encoder)
    history = [bought("me", 6)]
    np.testing.assert_allclose(again.logits(history), fitted.logits(history), rtol=1e-5)
    assert offered(again, history[0])[:2] == ["milk", "bread"]


def test_an_item_is_no_reason_for_itself(fitted: TwoTowerScorer) -> None:
    [reasons] = fitted.reasons_of(bought("me", 6), ["milk"])
    assert "milk" not in [reason.item_id for reason in reasons]


def test_variants_of_a_product_are_taken_again_as_one(encoder: SentenceEncoder) -> None:
    """Small and large milk by turns: their product was taken three times."""
    sizes = [Item(name, name, group="milk") for name in ("small milk", "large milk")]
    shop = Catalog.of([*sizes, *(Item(name, name.title()) for name in APPLIANCES)])
    events = [
        Event(f"u{n}", item, "purchase", time=float(day))
        for n in range(40)
        for day, item in enumerate(("large milk", APPLIANCES[n % 6], "small milk", "large milk"))
    ]
    fitted = TwoTowerScorer.fit(shop, events, encoder, settings=Training(dim=8, epochs=2))
    back = [shop.ids[row] for row in fitted.may_return(events[:4])]
    assert back == ["large milk"]
