"""What worker processes share. Run: pytest tests/service/test_preloading.py"""

import io
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shelftalker import Recommender
from shelftalker.data.catalog import Item
from shelftalker.serving.shared_parts import SharedParts, dump

PRELOAD = """
import os, sys
from functools import partial
from shelftalker.service import preloading
from shelftalker.service.app import create_app

def threads():
    return len(os.listdir("/proc/self/task"))

before = threads()
shared = preloading.preload(partial(create_app, sys.argv[1], engine="none"))
print(sorted(shared), threads() - before)
from pypinyin.constants import PHRASES_DICT
print(len(PHRASES_DICT))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_domains_are_loaded_ahead_and_no_thread_is_left_running(place: Path) -> None:
    """A thread would be missing in a forked worker, whose first use of it would wait for ever.
    Phrases of Chinese, which nobody asks for, would take 40 MB."""
    done = subprocess.run(
        [sys.executable, "-c", PRELOAD, str(place)], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.splitlines()[-2:] == ["['films'] 0", "0"], done.stderr


def handed_over(place: Path) -> SharedParts:
    """The parts of the films as another process gets them."""
    with Recommender.open(place, engine="none") as recommender:
        recommender.shortlist("u1", "a thriller")
        file = io.BytesIO()
        dump({"films": recommender.parts("films")}, file)
    file.seek(0)
    parts: SharedParts = pickle.load(file)["films"]
    return parts


def test_a_recommender_takes_parts_over_and_answers_the_same(place: Path) -> None:
    shared = handed_over(place)
    with Recommender.open(place, engine="none") as recommender:
        alone = recommender.shortlist("u1", "a thriller")
    with Recommender.open(place, engine="none") as recommender:
        recommender.share({"films": shared})
        assert recommender.shortlist("u1", "a thriller") == alone
        domain = recommender.domain("films")
        assert domain.catalog is shared.catalog
        assert domain.reader is shared.reader
        assert domain.search is shared.search


def test_parts_of_a_catalogue_that_has_changed_since_are_not_taken(place: Path) -> None:
    shared = handed_over(place)
    with Recommender.open(place, engine="none") as recommender:
        recommender.add_items([Item("new", "A New Film")])
    with Recommender.open(place, engine="none") as recommender:
        recommender.share({"films": shared})
        assert "new" in recommender.domain("films").catalog


def test_an_array_that_is_mapped_from_a_file_is_handed_over_as_its_place(place: Path) -> None:
    with Recommender.open(place, engine="none") as recommender:
        recommender.shortlist("u1")  # writes the files that are mapped
    shared = handed_over(place)
    text = shared.scorer.side.text
    with Recommender.open(place, engine="none") as recommender:
        assert np.array_equal(text, recommender.domain("films").scorer.side.text)
    base = text.base
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
