"""Hooks of the package's own writing as training examples."""

from itertools import groupby
from pathlib import Path

import pytest

from shelftalker.adapters.data.corpus_texts import hook_examples
from shelftalker.adapters.data.example_set import ExampleSet, TextExample
from shelftalker.adapters.data.examples import make_examples
from shelftalker.adapters.data.style_corpus import corpus
from shelftalker.adapters.recipe import DataMix
from shelftalker.data.catalog import Catalog, Item
from shelftalker.store.workspace import Workspace

FILM = Item("gandhi", "Gandhi", "A vast, reverent biography.", {"year": 1982})


@pytest.fixture(scope="module")
def hooks() -> ExampleSet[TextExample]:
    return hook_examples(Catalog.of([FILM]), 30, 10)


def test_hooks_of_one_item_stand_beside_each_other(hooks: ExampleSet[TextExample]) -> None:
    keys = [key for key, _ in groupby(hooks.train, key=lambda one: (one.user, one.item))]
    assert len(keys) == len(set(keys)) < len(hooks.train)


def test_validation_is_of_catalogues_that_are_not_learned(hooks: ExampleSet[TextExample]) -> None:
    learned, checked = ({one.user for one in part} for part in (hooks.train, hooks.validation))
    assert checked
    assert not learned & checked
    assert not (learned | checked) & {one.slug for one in corpus("en", "test")}


def test_the_prompt_is_that_of_prepare_and_ends_with_the_angle(
    hooks: ExampleSet[TextExample],
) -> None:
    for example in hooks.train:
        ((role, prompt),) = example.messages
        assert role == "user"
        assert prompt.startswith("Title: ")
        assert prompt.endswith(", on one line.")
        assert example.text not in prompt.splitlines()[-1]  # the row may have the sentence


def test_a_recipe_that_learns_of_no_log_states_no_window_of_one(place: Path) -> None:
    with Workspace.open(place) as workspace:
        made = make_examples(workspace, "films", DataMix(pick=0, corpus=6, validation=2), seed=0)
    assert made.corpus.train
    assert (made.since, made.until) == (None, None)
    assert set(made.counts()) == {
        "events", "newer", "corpus train", "corpus validation", "corpus refused",
    }  # fmt: skip
    assert made.counts()["events"] == 0
