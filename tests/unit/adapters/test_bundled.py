"""The trained adapters that come along: small, safe, fit for what is served, with a card and the
gate's report. Those of the films serve in the demo: one writes, the other picks.
"""

import json
from pathlib import Path

import pytest

from shelftalker.adapters import bundled as trained
from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.commands.demo_workspace import demo_catalog
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick import digest, scored_title
from shelftalker.ranking.pick_weights import PICK_FILE, read_weights, weights_of
from shelftalker.serving.adapter_leases import PACKAGED_WRITER
from shelftalker.store.adapter_card import UNSTATED, AdapterCard
from shelftalker.store.adapter_parts import version_parts
from shelftalker.store.workspace import Workspace

PICK = "movies-pick"
LARGEST = 10_000_000
"""Bytes."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    return workspace


@pytest.mark.parametrize("name", sorted(folder.name for folder in trained.FOLDER.iterdir()))
def test_one_is_small_fits_and_says_where_it_comes_from(workspace: Workspace, name: str) -> None:
    folder = trained.FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST
    AdapterVersions(workspace, "movies").add(folder)
    training = AdapterVersions(workspace, "movies").verify("v1").training
    assert training.recipe["adapter"]["method"] == "lora"
    assert training.seed is not None
    assert training.seconds
    assert training.data.licence != UNSTATED
    loss = "loss" if name == PICK else "text_loss"
    assert training.metrics[loss].value < training.metrics[f"{loss}_untrained"].value
    if name == PACKAGED_WRITER:
        return  # its texts go through the verifier one by one, ahead; nothing is promoted
    report = GateReport.read(folder)
    assert report is not None
    assert report.passed
    assert set(report.texts) == (set() if name == PICK else {f"{name}@v1", "the base model"})


def test_those_of_the_films_serve_where_none_served_before(workspace: Workspace) -> None:
    assert trained.promote_bundled(workspace, "movies", "movies", PICK) == "v2"
    parts = version_parts(workspace, "movies", workspace.current("movies").adapter)
    assert parts == ("movies@v2", "movies@v1", None)
    assert weights_of(workspace, "movies", "v2").llm > 0
    assert AdapterVersions(workspace, "movies").rollback().adapter == "v1"
    AdapterVersions(workspace, "movies").rollback()
    assert trained.promote_bundled(workspace, "movies", "movies") is None
    assert workspace.current("movies").adapter is None


def test_the_pick_that_comes_along_names_the_films_but_does_not_list_them(
    workspace: Workspace,
) -> None:
    """MovieLens may not be passed on; its titles are known by digests."""
    names = read_weights(trained.FOLDER / PICK).names
    titles = {scored_title(item) for item in demo_catalog()[0]}
    known = {title for title in titles if digest(title) in names}
    assert len(known) == len(names) > 1500
    text = (trained.FOLDER / PICK / PICK_FILE).read_text()
    assert not [title for title in titles if " " in title and title in text]


def test_one_of_other_prompts_does_not_serve(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "trained" / "movies"
    folder.mkdir(parents=True)
    for file in (trained.FOLDER / "movies").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    card = AdapterCard.read(folder)
    prompts = dict.fromkeys(card.prompts, "0" * 12)
    values = card.model_copy(update={"prompts": prompts}).model_dump(mode="json")
    (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")
    monkeypatch.setattr(trained, "FOLDER", folder.parent)
    with pytest.raises(AdapterError, match="trained on the prompt template describe"):
        trained.promote_bundled(workspace, "movies", "movies")
    assert workspace.current("movies").adapter is None
