"""The groceries benchmark: baskets held out, and products ranked. Run: pytest
tests/unit/eval/test_groceries.py"""

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.eval.bench.groceries import habits, last_basket, ranked

SHOP = Catalog.of(
    [Item("s", "Milk", group="milk"), Item("l", "Milk", group="milk")]
    + [Item(name, name) for name in ("bread", "tea")]
)
LOG = [
    Event("me", item, "purchase", time=time)
    for item, time in (("s", 1.0), ("bread", 1.0), ("s", 2.0), ("tea", 3.0), ("l", 3.0))
]


def test_a_basket_is_held_out_as_a_whole() -> None:
    held = last_basket([*LOG, Event("you", "tea", "purchase", time=1.0)], back=0)
    assert [[e.item for e in own] for own in held.targets] == [["tea", "l"]]
    assert [e.item for e in held.train] == ["s", "bread", "s"]
    assert [e.item for e in last_basket(LOG, back=1).targets[0]] == ["s"]


def test_variants_are_one_product_and_what_is_known_is_ranked_where_it_is_free() -> None:
    held = last_basket(LOG, back=0)
    scores = np.array([[1.0, 9.0, 5.0, 2.0]], np.float32)
    assert ranked(scores, held, SHOP, new=True).tolist() == [1.0]
    best, last = 1 + 1 / np.log2(3), 1 + 1 / np.log2(5)
    assert ranked(scores, held, SHOP).tolist() == [last / best]  # milk is masked
    assert ranked(scores, held, SHOP, [[0]]).tolist() == [1.0]  # tea, then milk by its own 1.0
    assert np.argmax(habits(held, SHOP)) == SHOP.row("s")
