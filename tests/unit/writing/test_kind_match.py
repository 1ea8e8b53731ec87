"""Whether a product is what a customer means by the name of a thing."""

import random
from pathlib import Path

import numpy as np
import pytest

from shelftalker.adapters.train.kind_match import TrainableKind, named
from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import packaged
from shelftalker.writing.kind_match import KindModel, kind_match, name_probabilities

pytestmark = pytest.mark.skipif(packaged() is None, reason="needs the packaged MiniLM")
PACK = Item("1", "Otto Commuter Backpack, 20 l", "", {"category": "bags"})
DISH = Item("2", "Otto Soap Dish, Ribbed", "Ribs keep the soap dry.", {"category": "bathroom"})


def test_a_thing_may_be_called_by_words_that_its_row_does_not_have() -> None:
    called, unlike = name_probabilities(["rucksack", "gravel"], PACK)
    assert called > 0.5 > unlike
    assert kind_match("rucksack", PACK) != "other"
    assert kind_match("garden rake", PACK) == "other"


def test_what_only_goes_with_a_thing_is_less_likely_meant_than_the_thing() -> None:
    soap = Item("3", "Otto Olive Soap", "Four bars in paper.", {"category": "bathroom"})
    [dish], [bar] = (name_probabilities(["soap"], item) for item in (DISH, soap))
    assert dish < bar
    assert kind_match("soap", DISH) != "is"


def test_names_that_were_learned_are_those_of_other_products_than_the_validation_s() -> None:
    learned, kept = (named(split, random.Random(0)) for split in ("train", "validation"))
    assert {one.product for one in learned}.isdisjoint(one.product for one in kept)
    assert {one.relation for one in kept} == {"is", "related", "not"}


def test_the_model_is_served_as_it_was_trained(tmp_path: Path) -> None:
    some = named("validation", random.Random(0))[:24]
    model = TrainableKind(seed=0)
    model.train(some, 1, seed=0)
    model.save(
        {"scale": 2.0, "other below": 0.1, "other below, unheard": 0.1, "is from": 0.9}, tmp_path
    )
    ready = model.halfway(some)
    trained = 1 / (1 + np.exp(-model.logits([states for states, _ in ready]).detach().numpy()))
    order = sorted(some, key=lambda one: len(one.product))
    served = [KindModel(tmp_path).probabilities([one.thing], one.product)[0] for one in order]
    assert np.abs(trained - served).max() < 0.01
    assert np.ptp(served) > 0
