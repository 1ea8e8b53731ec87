"""Names for items that came after the adapter. Run: pytest tests/unit/ranking/test_new_names.py"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from shelftalker import Item, Recommender
from shelftalker.data.catalog import Catalog
from shelftalker.ranking.new_names import NewNames
from shelftalker.ranking.pick import PickQuestion, digest, preference
from shelftalker.ranking.pick_weights import PICK_FILE, PickWeights
from tests.support.fakes import FakeEngine

TITLES = ("Cold Harbour", "Orbit of Glass", "Colder Harbour", "Comet")
VECTORS = np.array([[1, 0], [0, 1], [0.8, 0.6], [0.1, 0.99]], np.float32)
KNOWN = {digest(TITLES[0]): "Harbour", digest(TITLES[1]): "Orbit"}


@pytest.fixture
def names() -> NewNames:
    catalog = Catalog.of(Item(f"f{n}", title) for n, title in enumerate(TITLES))
    return NewNames.of(KNOWN, catalog, VECTORS)


def test_a_new_item_has_the_name_of_the_nearest_named_one(names: NewNames) -> None:
    found = names.of_items(["f0", "f2", "f3"])
    assert [found[digest(title)] for title in TITLES] == ["Harbour", "Orbit", "Harbour", "Orbit"]
    assert digest(TITLES[3]) not in names.of_items(["f2"])
    assert names.of_items(["f1"]) is KNOWN


def test_without_any_name_there_is_none_to_lend(names: NewNames) -> None:
    assert NewNames.of({}, names.catalog, VECTORS).of_items(["f2"]) == {}


async def test_the_pick_tells_a_new_item_from_others(names: NewNames) -> None:
    """After a new item of its kind, a new item counts as the known one that it is like."""
    items = [names.catalog[one] for one in ("f1", "f2")]
    question = PickQuestion(items, [TITLES[3]])
    engine = FakeEngine(letters=(2.0, 0.0))
    grown = names.of_items(["f1", "f2", "f3"])
    first, second = np.exp(await preference(engine, question, method="names", names=grown))
    assert engine.prompts[0][-1]["content"] == "Taken: Orbit"
    assert first / second == pytest.approx(np.exp(2))


def test_items_added_while_it_serves_get_names(place: Path) -> None:
    weights = PickWeights(1.0, 1.0, 0.0, "names", {digest("Cold Harbour"): "Harbour"} | {
        digest(title): title.split()[0] for title in ("Two Left Shoes", "Orbit of Glass")
    })  # fmt: skip
    file = place / "domains" / "films" / PICK_FILE
    file.write_text(json.dumps({"weights": asdict(weights)}), encoding="utf-8")
    engine = FakeEngine(["It is a thriller."])
    with Recommender.open(place, engine=engine) as recommender:
        genre = {"genres": ("Thriller",), "year": 1981, "director": ("Ida Brandt",)}
        recommender.add_items([Item("new", "Cold Harbour Two", attributes=genre)])
        recommender.feedback("somebody", "new", "like")
        recommender.generate("somebody", k=1)
    asked = [prompt[-1]["content"] for prompt in engine.prompts]
    assert "Taken: Harbour" in asked
