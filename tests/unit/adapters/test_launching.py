"""Training in several processes, on a tiny model."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml

from shelftalker.adapters.data.packing import TrainingRow
from shelftalker.adapters.train import trainer
from shelftalker.adapters.train.trainer import RowTrainer
from shelftalker.store.workspace import Workspace
from tests.support import free_port
from tests.unit.adapters.test_pick_data import shop_at
from tests.unit.adapters.training_runs import prepare, small, with_model

LAUNCHED = """
import multiprocessing, os, sys, typer
from shelftalker.adapters.finetune import main

def launched(rank):
    os.environ |= {{"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
                   "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "{port}"}}
    typer.run(main)

sys.argv[1:] = {arguments}
fork = multiprocessing.get_context("fork")
ranks = [fork.Process(target=launched, args=(rank,)) for rank in range(2)]
for one in ranks:
    one.start()
for one in ranks:
    one.join()
sys.exit(sum(one.exitcode != 0 for one in ranks))
"""
"""What torchrun and accelerate start, but all libraries are imported once for both processes."""


@pytest.fixture(scope="module")
def shop(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return with_model(shop_at(tmp_path_factory.mktemp("shop") / "ws"), tiny_model)


def test_all_processes_score_in_as_many_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sharded weights are gathered from all processes in each pass, so all must make it."""
    rows = [TrainingRow([at], [[1]]) for at in range(5)]
    shares: list[list[tuple[int, torch.Tensor]]] = []

    def gathered(own: list[tuple[int, torch.Tensor]]) -> list[tuple[int, torch.Tensor]]:
        shares.append(own)
        return [pair for share in shares for pair in share]

    monkeypatch.setattr(trainer, "gather_object", gathered)
    monkeypatch.setattr(trainer, "scores", lambda _, inputs: inputs["input_ids"].float())
    for rank in range(2):
        accelerator = SimpleNamespace(process_index=rank, num_processes=2, unwrap_model=unchanged)
        process = SimpleNamespace(
            accelerator=accelerator, model=torch.nn.Identity(), on_device=unchanged
        )
        scored = RowTrainer.score(process, rows)  # type: ignore[arg-type]
    assert [len(share) for share in shares] == [3, 3]
    assert [one.item() for one in scored] == [0, 1, 2, 3, 4]


def unchanged(value: Any) -> Any:
    return value


def test_two_processes_share_the_recipes_batch(shop: Workspace, tmp_path: Path) -> None:
    """A step of four of the 24 examples is a sixth of an epoch, however many compute it."""
    brief = small("lora", max_steps=1, evaluate_every=1, evaluate_on=2)
    recipe = tmp_path / "brief.yaml"
    recipe.write_text(yaml.safe_dump(brief.model_dump(mode="json")))
    prepare(shop, "shop", brief, tmp_path / "run")
    arguments = [str(shop.path), "--domain", "shop", "--recipe", str(recipe)]
    arguments += ["--run", str(tmp_path / "run")]
    launched = LAUNCHED.format(arguments=arguments, port=free_port())
    command = [sys.executable, "-c", launched]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    state = json.loads((tmp_path / "run" / "checkpoint-1" / "trainer_state.json").read_text())
    assert state["epoch"] == pytest.approx(1 / 6, abs=0.01)
    assert done.stdout.count("of training on this machine") == 1
    assert (tmp_path / "run" / "adapter" / "adapter_model.safetensors").is_file()
