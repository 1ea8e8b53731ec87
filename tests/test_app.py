"""The chat page, called as its API is called."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import THRILLERS

from shelftalker import Recommender
from shelftalker.app import _plain, build

gradio_client = pytest.importorskip("gradio_client")


@pytest.fixture(scope="module")
def address(world: Path) -> Iterator[str]:
    with Recommender.open(world, engine="none") as recommender:
        page = build(recommender)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
        yield url
        page.close()


def test_a_message_gets_three_cards(address: str) -> None:
    client = gradio_client.Client(address, verbose=False)
    said = client.predict("thriller", "nobody", api_name="/chat")
    shown = [title for title in THRILLERS if title in said]
    assert len(shown) == 3
    assert "match" in said


def test_nothing_that_fits_says_so(address: str) -> None:
    client = gradio_client.Client(address, verbose=False)
    said = client.predict("a comedy before 1950", "nobody", api_name="/chat")
    assert "nothing that was ruled out is shown" in said


def test_catalogue_text_cannot_become_markup() -> None:
    assert _plain("<img src=x> [a](b) *c*") == r"&lt;img src=x\> \[a\]\(b\) \*c\*"
