"""`shelftalker finetune`: training, gate, promotion, and going on after an interruption."""

import json
from pathlib import Path
from typing import Any

import pytest

from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.store.workspace import Workspace
from tests.conftest import frame
from tests.support import adapter_shelf
from tests.support.command_line import Run
from tests.unit.adapters import test_registry
from tests.unit.adapters.test_pick_data import CATALOG, log

trained = test_registry.trained
shelf = adapter_shelf.shelf
place = adapter_shelf.place


@pytest.fixture
def tiny(place: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A shop in `aisles` and a recipe of one step, `tiny.yaml`, as a dictionary."""
    monkeypatch.setattr("shelftalker.adapters.gate.gate.MIN_HITS", 1)
    with Workspace.create(place / "aisles", default_domain="shop") as workspace:
        workspace.add_domain("shop")
        workspace.write_catalog("shop", CATALOG)
        workspace.events.extend("shop", frame(log()))
    mix = {"pick": 2, "validation": 2, "negatives": 1, "cuts": [0.6, 0.8]}
    budget = {"batch": 2, "max_steps": 1, "stop_on": "loss"}
    gate = {"examples": 3, "turned": 1, "descriptions": 0}
    recipe = {"data": mix, "budget": budget, "gate": gate}
    (place / "tiny.yaml").write_text(json.dumps(recipe))
    return recipe


@pytest.fixture
def brief(tiny: dict[str, Any], place: Path, tiny_model: Path) -> dict[str, Any]:
    """The same with a tiny model."""
    settings = place / "aisles" / "workspace.toml"
    whole = f'model = "{DEFAULT_MODEL}"'
    assert whole in settings.read_text()
    settings.write_text(settings.read_text().replace(whole, f'model = "{tiny_model}"'))
    return tiny


def test_finetune_keeps_what_it_trained_and_promotes_it_only_through_the_gate(
    run: Run, place: Path, tiny: dict[str, Any]
) -> None:
    done = run("finetune", "aisles", "--recipe", "tiny.yaml", "--promote", "--json")
    assert done.returncode == 1
    assert "shop@v1 did not pass on 3 examples newer than its data" in done.stderr
    found = json.loads(done.stdout)
    assert found["serving"] is False
    assert found["card"]["training"]["recipe"]["gate"]["examples"] == 3
    assert found["gate"]["since"] == found["card"]["training"]["data"]["until"]
    assert found["pick"]["users"] == 2
    assert not (place / "aisles" / "cache" / "finetune" / "shop-tiny").exists()


def test_an_interrupted_run_goes_on_with_its_own_recipe_only_and_from_the_gate_with_the_gate(
    run: Run, place: Path, brief: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.finetune.trainer_for", killed)
        assert run("finetune", "aisles", "--recipe", "tiny.yaml").returncode == 130
    (place / "tiny.yaml").write_text(json.dumps(brief | {"seed": 1}))
    done = run("finetune", "aisles", "--recipe", "tiny.yaml")
    assert done.returncode == 1
    assert "holds an interrupted run of another recipe" in done.stderr
    (place / "tiny.yaml").write_text(json.dumps(brief))
    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.gate.gate.GateRun", killed)
        done = run("finetune", "aisles", "--recipe", "tiny.yaml")
    assert done.returncode == 130
    assert "interrupted; give the same command again" in done.stderr
    kept = place / "aisles" / "cache" / "finetune" / "shop-tiny"
    assert (kept / "VERSION").read_text() == "v1"
    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.finetune.FinetuneRun.train", killed)
        done = run("finetune", "aisles", "--recipe", "tiny.yaml", "--json")
    assert json.loads(done.stdout)["gate"]["examples"] == 3
    assert Workspace.open(place / "aisles").versions("shop", "adapters") == ["v1"]
    assert not kept.exists()
