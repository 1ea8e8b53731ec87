"""Whether a product is what a customer means by the name of a thing."""

import random
from pathlib import Path

import numpy as np
import pytest

from shelftalker.adapters.data.product_requests import marked_requests
from shelftalker.adapters.train.kind_match import FROZEN, RELATIONS, asked_for, named
from shelftalker.adapters.train.low_rank import PairTrainer, write_card
from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import PairModel, packaged
from shelftalker.types import Request
from shelftalker.writing.compose.asked_kinds import is_other, own_kind
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.compose.conditions import in_order
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.kind_match import MAX_TOKENS, kind_match, name_probabilities

pytestmark = pytest.mark.skipif(packaged() is None, reason="needs the packaged MiniLM")
PACK = Item("1", "Otto Commuter Backpack, 20 l", "", {"category": "bags"})
DISH = Item("2", "Otto Soap Dish, Ribbed", "Ribs keep the soap dry.", {"category": "bathroom"})


def test_a_thing_may_be_called_by_words_that_its_row_does_not_have() -> None:
    called, unlike = name_probabilities(["rucksack", "gravel"], PACK)
    assert called > 0.1 > unlike
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
    some = [one.labelled for one in named("validation", random.Random(0))[:24]]
    model = PairTrainer(FROZEN, MAX_TOKENS, seed=0)
    model.train(some, 1)
    model.save(tmp_path / "kind_match.safetensors")
    write_card({"scale": 2.0}, tmp_path / "kind_match.json")
    trained = 1 / (1 + np.exp(-model.logits(model.halfway(some)).detach().numpy()))
    order = sorted(some, key=lambda one: len(one.texts[1]))
    served = [
        PairModel(tmp_path, "kind_match", MAX_TOKENS).probabilities([one.texts])[0] for one in order
    ]
    assert np.abs(trained - served).max() < 0.01
    assert np.ptp(served) > 0


def test_requests_that_readers_marked_are_learned_from_as_things_and_as_purposes() -> None:
    marked = [one for one in marked_requests() if one.fit]
    learned, kept = ([one for one in marked if one.kept is part] for part in (False, True))
    purposes = {one.request for one in kept if not one.thing}
    assert {one.thing for one in asked_for(learned)}.isdisjoint(purposes)
    relations = (one.relation for one in asked_for(kept))
    assert {(one.thing == "", relation) for one, relation in zip(kept, relations, strict=True)} == {
        (purpose, relation) for purpose in (True, False) for relation in RELATIONS
    }


def test_what_is_no_thing_by_itself_may_be_one_for_somebody() -> None:
    row = {"brand": "Gribble", "category": "dog toys"}
    mat = Item("1", "Gribble Snuffle Mat 60 x 40", "Felt strips on a rubber grid.", row)
    assert is_other(["toy"], mat, "a toy") >= is_other(["toy"], mat, "a toy for my dog")
    assert not is_other(["toy"], mat, "a toy for my dog")


def test_a_card_that_knows_no_name_for_a_product_tells_more_than_what_it_is_not() -> None:
    soap = Item(
        "1", "Savon No. 7", "The lather is grey, the towel stays white.", {"brand": "Savon"}
    )
    request = Request("a kettle", "kettle")
    card = compose(soap, choose_evidence(soap, [], [], request), request=request)
    assert card == "This is not a kettle. The lather is grey, the towel stays white."


def test_no_name_ends_in_a_joined_word_and_qualities_after_a_comma_come_first() -> None:
    assert (
        own_kind(Item("1", "Paper Shredder Cross-Cut", "", {"brand": "Otto"})) == "paper shredder"
    )
    assert in_order("dry erase markers, low odor") == "low odor dry erase markers"
