"""The hyper-parameter search: defaults first, trials kept over a kill, the best served.

Run with `pytest tests/test_searching.py`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from shelftalker.cli import app
from shelftalker.data.events import Event
from shelftalker.errors import InputError, MissingExtra, WorkspaceError
from shelftalker.learning import tuning as searching
from shelftalker.learning.fit import fit
from shelftalker.learning.tuning import STUDY_FILE, TUNED_FILE, read_tuned, search
from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.settings import Training
from shelftalker.store.workspace import Workspace
from tests.conftest import frame

optuna = pytest.importorskip("optuna")


def trials(place: Path) -> list[Any]:
    """What every finished trial drew and gave, in order."""
    storage = f"sqlite:///{place / 'domains' / 'films' / STUDY_FILE}"
    (name,) = optuna.get_all_study_names(storage)
    found = optuna.load_study(study_name=name, storage=storage).trials
    return [(one.params, one.value) for one in found if one.state.name in ("COMPLETE", "PRUNED")]


def dies_in(monkeypatch: pytest.MonkeyPatch, trial: int) -> None:
    """As if the process were killed while it runs a trial: nothing after it is written."""
    real: Callable[..., Any] = searching.choose
    calls = iter(range(1, 99))

    def choose(*args: Any, **options: Any) -> Any:
        if next(calls) == trial:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(searching, "choose", choose)


def test_the_first_trial_is_the_defaults_and_the_best_is_served(place: Path) -> None:
    with Workspace.open(place) as workspace:
        plain = load_scorer(workspace, "films").weights.metrics["ndcg@10"]
        tuned = search(workspace, "films", 3)
        assert tuned.trials == 3
        assert tuned.defaults == pytest.approx(plain)
        assert tuned.best >= tuned.defaults
        version, scorer = fit(workspace, "films")
    assert asdict(scorer.weights.settings) == asdict(tuned.settings)
    assert scorer.weights.metrics["ndcg@10"] == pytest.approx(tuned.best)
    card = json.loads((place / "domains/films/scorer" / version / "card.json").read_text())
    assert card["search"] == tuned.outcome()
    assert card["settings"] == asdict(tuned.settings)
    assert len({json.dumps(params) for params, _ in trials(place)}) == 3


def test_a_search_that_was_killed_goes_on_as_if_it_had_not(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(place) as workspace:
        for moment in (1, 2):
            with monkeypatch.context() as patch:
                dies_in(patch, moment)
                with pytest.raises(KeyboardInterrupt):
                    search(workspace, "films", 2)
        assert [value is not None for _, value in trials(place)] == [True]
        resumed = search(workspace, "films", 2)
    broken = trials(place)
    (place / "domains" / "films" / STUDY_FILE).unlink()
    with Workspace.open(place) as workspace:
        assert search(workspace, "films", 2) == resumed
    assert trials(place) == broken
    assert len(broken) == 2


def test_another_log_starts_a_study_of_its_own(place: Path) -> None:
    with Workspace.open(place) as workspace:
        search(workspace, "films", 1)
        workspace.events.extend("films", frame([Event("u1", "f9", "like", time=9e9)]))
        assert search(workspace, "films", 1).trials == 1
    storage = f"sqlite:///{place / 'domains' / 'films' / STUDY_FILE}"
    assert len(optuna.get_all_study_names(storage)) == 2


def test_a_hopeless_trial_is_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PRUNING_TRIALS", 1)
    monkeypatch.setattr(searching, "PRUNING_EPOCHS", 0)
    drawn = iter([Training(), Training(lr=1e-9, dim=4, epochs=12)])
    monkeypatch.setattr(searching, "suggested", lambda trial: next(drawn))
    told: list[str] = []
    with Workspace.open(place) as workspace:
        search(workspace, "films", 2, progress=lambda done, total, text: told.append(text))
    assert "pruned" in told[-1]


def test_a_small_log_is_refused(place: Path) -> None:
    with Workspace.open(place) as workspace:
        workspace.add_domain("empty")
        workspace.write_catalog("empty", workspace.catalog("films"))
        with pytest.raises(InputError, match="too small to search on"):
            search(workspace, "empty", 2)


def test_a_damaged_file_of_settings_is_named(place: Path) -> None:
    folder = place / "domains" / "films"
    (folder / TUNED_FILE).write_text('{"settings": {"dims": 3}}')
    with pytest.raises(WorkspaceError, match=f"{TUNED_FILE} is damaged.*dims"):
        read_tuned(folder)


def test_without_optuna_the_extra_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with Workspace.open(place) as workspace, pytest.raises(MissingExtra, match="train"):
        search(workspace, "films", 1)


def test_the_command_searches_fits_and_reports(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", str(place), "--search", "2", "--report-to", "none", "--json"]
    app(arguments, standalone_mode=False)
    result = json.loads(capsys.readouterr().out)["films"]
    assert result["version"] == "v2"
    assert result["trials"] == 2
    assert result["best"] == pytest.approx(result["ndcg@10"])
