"""What a task is run with: which adapter has which use, and the users that it cannot know."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from shelftalker.adapters import bundled as trained
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.errors import InputError
from shelftalker.eval.runs import safety
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.store.adapter_card import AdapterCard, Use
from shelftalker.store.workspace import Workspace
from tests.support.fakes import FakeEngine
from tests.unit.adapters.test_registry import random_lora
from tests.unit.eval.conftest import task_of


def test_an_adapter_trained_to_write_does_not_pick(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    setup = TaskSetup(workspace, "movies")
    assert setup.adapter_for("describe") is None
    assert trained.promote_bundled(workspace, "movies", "movies") == "v1"
    assert setup.adapter_for("describe") == "movies@v1"
    assert setup.adapter_for("pick") is setup.adapter_for("judge") is None


def test_a_pick_is_tested_on_events_newer_than_its_adapters_data(
    setup: TaskSetup, tmp_path: Path
) -> None:
    lora, held = random_lora(tmp_path / "lora"), setup.split()
    times = sorted(own[0].time for own in held.targets)

    def of(until: float | None) -> TaskSetup:
        facts = {"prompts": ["pick.en"], "data": {"until": until}}
        version = AdapterVersions(setup.workspace, setup.domain).register(lora, facts)
        return replace(setup, adapter=f"{setup.domain}@{version}")

    newer, doubt = of(times[20]).unseen(held, "pick")
    assert sorted(own[0].time for own in newer.targets) == times[21:]
    assert (newer.train, doubt) == (held.train, "")
    assert of(times[20]).unseen(held, "describe") == (held, "")  # the base model writes
    assert "training data of" in of(None).unseen(held, "pick")[1]
    with pytest.raises(InputError, match="no held-out event is newer than the data of films@"):
        of(times[-1]).unseen(held, "pick")


def test_every_adapter_that_a_version_uses_is_loaded(
    setup: TaskSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that only judges, which requests never use."""
    lora = random_lora(tmp_path / "lora")
    monkeypatch.setattr("shelftalker.engine.open_engine", lambda *_, **__: FakeEngine())
    for prompt in ("judge.en", "names.en"):
        version = AdapterVersions(setup.workspace, setup.domain).register(
            lora, {"prompts": [prompt]}
        )
        name = f"{setup.domain}@{version}"
        measured = replace(setup, adapter=name, engine_wanted="transformers", _engine=None)
        engine = asyncio.run(measured.engine())
        assert isinstance(engine, FakeEngine)
        assert engine.adapters == {name}


def test_a_card_states_the_uses_of_an_adapter(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", default_domain="movies")
    workspace.add_domain("movies")
    trained.promote_bundled(workspace, "movies", "movies")
    card = AdapterCard.read(workspace.path / "domains/movies/adapters/v1")
    names = card.model_copy(update={"prompts": {"names.en": "0"}})
    nothing = card.model_copy(update={"prompts": {}})
    for use in get_args(Use):
        assert card.trained_for(use) == (use == "describe")
        assert names.trained_for(use) == (use == "pick")
        assert nothing.trained_for(use) == (use != "hook")  # for which there is a writer


def test_a_task_on_a_public_data_set_is_refused_without_its_folder(
    setup: TaskSetup, tmp_path: Path
) -> None:
    task = task_of("safety")
    with pytest.raises(InputError, match="--data or in the environment"):
        asyncio.run(safety.run(task, replace(setup, data=None)))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"no file .*safety/injections\.jsonl; give the folder"):
        asyncio.run(safety.run(task, replace(setup, data=tmp_path)))  # type: ignore[arg-type]
