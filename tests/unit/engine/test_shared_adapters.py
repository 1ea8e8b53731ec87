"""Which adapters a shared server keeps: pytest tests/unit/engine/test_shared_adapters.py

vLLM's core is a fake here; the contract of the engines runs the real one.
"""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from shelftalker.engine.server import adapters
from shelftalker.engine.server.adapters import SILENT_SECONDS, SharedAdapters
from shelftalker.engine.server.protocol import AdapterFile
from shelftalker.errors import AdapterError


class Core:
    """Notes what is loaded. `ignores`: answers as if there were no adapters."""

    def __init__(self, ignores: bool = False) -> None:
        self.ignores = ignores
        self.loaded: set[int] = set()

    async def add_lora(self, request: Any) -> None:
        self.loaded.add(request.lora_int_id)

    async def remove_lora(self, key: int) -> None:
        self.loaded.remove(key)


class Requests:
    def __init__(self, core: Core) -> None:
        self.core = core

    async def score_labels(self, prompt: Any, labels: Any, adapter: Any) -> list[float]:
        return [0.0 if adapter is None or self.core.ignores else 1.0]


@pytest.fixture(autouse=True)
def _without_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "CoreRequests", Requests)
    monkeypatch.setattr(
        adapters, "lora_request", lambda _, key, __: SimpleNamespace(lora_int_id=key)
    )


def adapter(folder: Path, name: str = "films@v1", weight: float = 1.0) -> AdapterFile:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "base_model.model.q_proj.lora_A.weight": np.ones((2, 2), np.float32),
        "base_model.model.q_proj.lora_B.weight": np.full((2, 2), weight, np.float32),
    }
    save_file(tensors, folder / "adapter_model.safetensors")
    return AdapterFile.of("shop", name, folder)


async def use(shared: SharedAdapters, file: AdapterFile, client: str) -> Any:
    async with shared.using(file, client) as request:
        return request


async def test_the_last_client_that_releases_an_adapter_takes_it_out(tmp_path: Path) -> None:
    core = Core()
    shared, file = SharedAdapters(core), adapter(tmp_path)
    assert file.name == "shop.films.v1"
    first, second = await asyncio.gather(use(shared, file, "a"), use(shared, file, "b"))
    assert first is second
    await shared.release(file, "a")
    assert core.loaded == {1}
    await shared.release(file, "b")
    assert core.loaded == set()
    assert (await use(shared, file, "a")).lora_int_id == 2  # asked for again, it is loaded again


async def test_a_running_request_keeps_its_adapter(tmp_path: Path) -> None:
    core = Core()
    shared, file = SharedAdapters(core), adapter(tmp_path)
    async with shared.using(file, "a"):
        await shared.release(file, "a")
        assert core.loaded == {1}
    await shared.release(file, "a")
    assert core.loaded == set()


async def test_clients_that_died_keep_nothing(tmp_path: Path) -> None:
    core, now = Core(), [0.0]
    shared = SharedAdapters(core, lambda: now[0])
    await use(shared, adapter(tmp_path / "1"), "dead")
    now[0] = SILENT_SECONDS - 1
    await use(shared, adapter(tmp_path / "2", "films@v2", 2.0), "alive")
    assert core.loaded == {1, 2}
    now[0] = SILENT_SECONDS + 1
    await use(shared, adapter(tmp_path / "3", "films@v3", 3.0), "alive")
    assert core.loaded == {2, 3}


async def test_an_adapter_without_effect_is_refused_unless_it_is_zero(tmp_path: Path) -> None:
    core = Core(ignores=True)
    shared = SharedAdapters(core)
    with pytest.raises(AdapterError, match="answers as without it"):
        await use(shared, adapter(tmp_path / "1"), "a")
    assert core.loaded == set()
    await use(shared, adapter(tmp_path / "2", weight=0.0), "a")


async def test_a_folder_that_holds_another_adapter_is_refused(tmp_path: Path) -> None:
    shared, file = SharedAdapters(Core()), adapter(tmp_path)
    adapter(tmp_path, weight=2.0)
    with pytest.raises(AdapterError, match="holds another adapter here"):
        await use(shared, file, "a")
    missing = file.model_copy(update={"folder": str(tmp_path / "gone")})
    with pytest.raises(AdapterError, match="must have the same path"):
        await use(shared, missing, "a")
