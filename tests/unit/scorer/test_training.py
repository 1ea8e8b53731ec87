"""Training of the towers: an interrupted fit ends as an unbroken one, curves are kept, both losses
learn.

Run with `pytest tests/test_training.py`.
"""

import sys
import types
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from shelftalker.errors import InputError, MissingExtra, WorkspaceError
from shelftalker.learning.fit import fit
from shelftalker.learning.tracking import tracking
from shelftalker.scorer.checkpoints import Checkpoints
from shelftalker.scorer.fitting import FitData
from shelftalker.scorer.history import REFUSED, TAKEN, Histories, HistoryRows
from shelftalker.scorer.settings import Epoch, Training
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import train
from shelftalker.store.workspace import Workspace


def epochs(place: Path, stop_at: str = "") -> list[str]:
    """The epochs that a fit ran, up to the one it was interrupted after."""
    ran: list[str] = []
    save = Checkpoints.save

    def told(self: Checkpoints, stage: str, state: dict[str, Any]) -> None:
        save(self, stage, state)
        ran.append(f"{stage} {state['progress'][0]}")
        if ran[-1] == stop_at:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(Checkpoints, "save", told)
        with Workspace.open(place) as workspace:
            fit(workspace, "films")
    return ran


def test_a_fit_that_is_interrupted_twice_ends_as_an_unbroken_one(place: Path) -> None:
    """What a killed process leaves: `tests/unit/learning/test_online_publishing.py`."""
    moments = ["choose 2", "final 1"]
    parts = [epochs(place, moment) for moment in moments]
    assert [part[-1] for part in parts] == moments
    with Workspace.open(place) as workspace:
        assert workspace.current("films").scorer == "v1"
    parts.append(epochs(place))
    assert len({line for part in parts for line in part}) == sum(map(len, parts))
    versions = place / "domains" / "films" / "scorer"
    unbroken, resumed = (load_file(versions / v / "scorer.safetensors") for v in ("v1", "v2"))
    assert unbroken.keys() == resumed.keys()
    for name, array in unbroken.items():
        np.testing.assert_array_equal(resumed[name], array, err_msg=name)
    assert not list((place / "cache" / "checkpoints").iterdir())


def test_another_log_text_setting_or_seed_is_another_fit() -> None:
    def key(rows: list[int], kind: int = TAKEN, sense: float = 0.0, seed: int = 0) -> str:
        readings = [
            HistoryRows(np.array(rows), np.array([kind] * len(rows), np.int8), np.arange(len(rows)))
        ]
        text = np.full((4, 2), sense, np.float32)
        return FitData(Histories.of(readings), text, Training(), seed).fingerprint()

    same = key([0, 1, 2])
    assert same == key([0, 1, 2])
    others = [key([0, 1, 3]), key([0, 1]), key([0, 1, 2], REFUSED), key([0, 1, 2], sense=1.0)]
    assert same not in [*others, key([0, 1, 2], seed=1)]
    history = HistoryRows(np.array([0, 1, 2]), np.ones(3, np.int8), np.arange(3))
    other = FitData(Histories.of([history]), np.zeros((4, 2), np.float32), Training(lr=1.0))
    assert same != other.fingerprint()


def test_a_damaged_or_foreign_checkpoint_is_passed_over(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "fit", "key")
    checkpoints.save("final", {"epoch": 3})
    assert checkpoints.load("final") == {"epoch": 3}
    assert checkpoints.load("choose") is None
    assert Checkpoints(tmp_path / "fit", "other").load("final") is None
    file = tmp_path / "fit" / "final.pt"
    file.write_bytes(file.read_bytes()[:100])
    assert checkpoints.load("final") is None


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "fit").write_text("a file")
    with pytest.raises(WorkspaceError, match="what served before still serves"):
        Checkpoints(tmp_path / "fit", "key").save("final", {})


def shelves() -> tuple[torch.Tensor, list[np.ndarray]]:
    """Texts of 24 items on three shelves, and users who each keep to one shelf."""
    rng = np.random.default_rng(0)
    text = np.repeat(np.eye(3, 8), 8, axis=0) + 0.05 * rng.normal(size=(24, 8))
    users = [8 * (user % 3) + rng.permutation(8)[:5] for user in range(60)]
    return torch.tensor(text, dtype=torch.float32), users


def test_training_learns_what_comes_next() -> None:
    text, users = shelves()
    settings = Training(dim=16, batch=8)
    torch.manual_seed(0)
    towers = Towers(8, 24, 16, 0.1)
    told: list[Epoch] = []
    train(towers, users, text, settings, 0, epochs=8, watch=told.append)
    assert told[-1].loss < told[0].loss
    vectors = towers.items(text, torch.arange(1, 25))
    logits = towers(towers.users(vectors[[8, 9]][None])[:, -1], vectors)[0]
    assert logits[8:16].min() > torch.cat([logits[:8], logits[16:]]).max()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_gpu_trains_and_leaves_the_towers_on_the_cpu(tmp_path: Path) -> None:
    text, users = shelves()
    settings = Training(dim=16, batch=8)
    towers = Towers(8, 24, 16, 0.1)
    told: list[Epoch] = []
    checkpoints = Checkpoints(tmp_path / "fit", "key")
    train(towers, users, text, settings, 0, epochs=2, watch=told.append, checkpoints=checkpoints)
    train(towers, users, text, settings, 0, epochs=8, watch=told.append, checkpoints=checkpoints)
    assert [epoch.number for epoch in told] == list(range(1, 9))
    assert told[-1].loss < told[0].loss
    assert {weight.device.type for weight in towers.parameters()} == {"cpu"}


def test_curves_are_written_for_tensorboard(place: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with Workspace.open(place) as workspace:
        fit(workspace, "films", report_to="auto")
    (run,) = (place / "cache" / "runs" / "films").iterdir()
    written = accumulator.EventAccumulator(str(run)).Reload()
    ndcg = [one.value for one in written.Scalars("choose/ndcg@10")]
    assert 0 < max(ndcg) <= 1
    assert written.Scalars("final/loss")
    losses = [one.value for one in written.Scalars("choose/loss")]
    assert losses[-1] < losses[0]


def test_hosted_trackers_get_settings_and_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, object]] = []
    fake = types.ModuleType("wandb")
    fake.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    fake.init = lambda **given: calls.append(("init", given["config"]))  # type: ignore[attr-defined]
    fake.log = lambda values, step: calls.append((f"log {step}", values))  # type: ignore[attr-defined]
    fake.finish = lambda: calls.append(("finish", None))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", fake)
    with tracking("wandb", tmp_path, "fit", {"dim": 64}) as watch:
        watch(Epoch("choose", 1, 2.5, 0.1))
        watch(Epoch("final", 1, 2.0, None))
    assert calls == [
        ("init", {"dim": 64}),
        ("log 1", {"choose/loss": 2.5, "choose/ndcg@10": 0.1}),
        ("log 2", {"final/loss": 2.0}),
        ("finish", None),
    ]


def test_a_tracker_that_is_missing_or_unknown_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with (
        pytest.raises(InputError, match="trackio is not installed; run: pip install trackio"),
        tracking("trackio", tmp_path, "fit", {}),
    ):
        pass
    with (
        pytest.raises(MissingExtra, match="tensorboard is not installed"),
        tracking("tensorboard", tmp_path, "fit", {}),
    ):
        pass
    with pytest.raises(InputError, match="allowed: auto"), tracking("paper", tmp_path, "fit", {}):
        pass
    with tracking("auto", tmp_path, "fit", {}) as watch:
        watch(Epoch("final", 1, 2.0, None))
    assert not list(tmp_path.iterdir())
