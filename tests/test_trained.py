"""The trained adapters that come along: small, safe, fit for what is served, with a card and the
gate's report.
"""

import json
from pathlib import Path

import pytest

import shelftalker.adapters
from shelftalker.adapter_card import UNSTATED
from shelftalker.adapters import registry
from shelftalker.adapters.verdict import GateReport
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.workspace import Workspace

FOLDER = Path(shelftalker.adapters.__path__[0]) / "trained"
LARGEST = 5_000_000
"""Bytes."""


@pytest.mark.parametrize("name", ["movies"])
def test_one_is_small_fits_and_says_where_it_comes_from(tmp_path: Path, name: str) -> None:
    folder = FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST
    workspace = Workspace.create(tmp_path / "ws", default_domain=name)
    workspace.add_domain(name)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == DEFAULT_MODEL
    training = registry.verify(workspace, name, registry.add(workspace, name, folder)).training
    assert training.recipe["adapter"]["method"] == "lora"
    assert training.seed is not None
    assert training.seconds
    assert training.data.licence != UNSTATED
    assert training.metrics["text_loss"].value < training.metrics["text_loss_untrained"].value
    report = GateReport.read(folder)
    assert report is not None
    assert set(report.texts) == {f"{name}@v1", "the base model"}
