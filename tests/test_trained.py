"""The trained adapters that come along: small, safe, fit for what is served, with a card and the
gate's report. That of the films serves in the demo.
"""

import json
from pathlib import Path

import pytest

from shelftalker.adapter_card import UNSTATED, Card
from shelftalker.adapters import registry, trained
from shelftalker.adapters.verdict import GateReport
from shelftalker.errors import AdapterError
from shelftalker.workspace import Workspace

LARGEST = 5_000_000
"""Bytes."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    return workspace


@pytest.mark.parametrize("name", trained.names())
def test_one_is_small_fits_and_says_where_it_comes_from(workspace: Workspace, name: str) -> None:
    folder = trained.FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST
    registry.add(workspace, "movies", folder)
    training = registry.verify(workspace, "movies", "v1").training
    assert training.recipe["adapter"]["method"] == "lora"
    assert training.seed is not None
    assert training.seconds
    assert training.data.licence != UNSTATED
    assert training.metrics["text_loss"].value < training.metrics["text_loss_untrained"].value
    report = GateReport.read(folder)
    assert report is not None
    assert set(report.texts) == {f"{name}@v1", "the base model"}


def test_the_films_serve_where_none_served_before(workspace: Workspace) -> None:
    assert trained.serve(workspace, "movies", "movies") == "v1"
    assert workspace.current("movies").adapter == "v1"
    report = GateReport.read(registry.version_folder(workspace, "movies", "v1"))
    assert report is not None
    assert report.passed
    registry.rollback(workspace, "movies")
    assert trained.serve(workspace, "movies", "movies") is None
    assert workspace.current("movies").adapter is None


def test_one_of_other_prompts_does_not_serve(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "trained" / "movies"
    folder.mkdir(parents=True)
    for file in (trained.FOLDER / "movies").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    card = Card.read(folder)
    prompts = dict.fromkeys(card.prompts, "0" * 12)
    values = card.model_copy(update={"prompts": prompts}).model_dump(mode="json")
    (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")
    monkeypatch.setattr(trained, "FOLDER", folder.parent)
    with pytest.raises(AdapterError, match="trained on the prompt template describe"):
        trained.serve(workspace, "movies", "movies")
    assert workspace.current("movies").adapter is None


def test_an_unknown_name_is_answered_with_the_known(workspace: Workspace) -> None:
    with pytest.raises(AdapterError, match="no adapter 'songs' comes along; there are: movies"):
        trained.serve(workspace, "movies", "songs")
