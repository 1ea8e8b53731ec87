"""One contract for all engines, on a tiny random model: pytest tests/contract/engine

The reference is the plain float32 forward pass of the same weights. The engines of a run are shared
by all files here; `test_shutdown` comes last and ends them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from shelftalker.engine import open_engine
from shelftalker.engine.base import Engine
from shelftalker.engine.chat_client import API_KEY_VARIABLE
from shelftalker.engine.tokens import Tokens
from tests.contract.engine.reference import Truth, random_lora
from tests.support.llm_server import COMPACT, KEY, LlmServer

LOCAL: dict[str, Any] = {"slots": 3, "dtype": "float32"}
OPTIONS = {"vllm": {"structured_outputs_config": COMPACT}}
needs_vllm = pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed")


class OpenEngines:
    """Engines by name, in float32 as the reference is, with three slots and two adapters: each is
    started when the first test asks for it and shared by all files, since vLLM takes most of a
    minute to start."""

    def __init__(self, model: Path, adapters: dict[str, Path]) -> None:
        self._model, self._adapters = str(model), adapters
        self._opened: dict[str, Engine] = {}

    async def get(self, name: str, **options: Any) -> Engine:
        if name not in self._opened:
            settings = options or {**LOCAL, **OPTIONS.get(name, {})}
            opened = await asyncio.to_thread(open_engine, self._model, name, **settings)
            for adapter, path in self._adapters.items():
                await opened.add_adapter(adapter, path)
            self._opened[name] = opened
        return self._opened[name]

    async def close(self) -> None:
        for engine in self._opened.values():
            await engine.close()


@pytest.fixture(scope="package", autouse=True)
def vllm_in_one_thread() -> Iterator[None]:
    """And on any core: by itself vLLM binds its threads to cores, and then waits whenever another
    test computes there."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        environment.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def engines(tiny_model: Path, adapters: dict[str, Path]) -> AsyncIterator[OpenEngines]:
    opened = OpenEngines(tiny_model, adapters)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(
    scope="package",
    loop_scope="package",
    params=[
        "transformers",
        "openvino",
        pytest.param("vllm", marks=[pytest.mark.vllm, needs_vllm, pytest.mark.timeout(900)]),
        pytest.param("server", marks=[pytest.mark.vllm, needs_vllm, pytest.mark.timeout(900)]),
    ],
)
async def engine(request: pytest.FixtureRequest, engines: OpenEngines) -> Engine:
    options: dict[str, Any] = {}
    if request.param == "server":
        options = {"url": request.getfixturevalue("llm_server").url, "workspace": "served"}
    return await engines.get(request.param, **options)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What ends the shared engines comes last here; pytest itself orders by engine."""
    here = Path(__file__).parent
    places = [at for at, item in enumerate(items) if item.path.is_relative_to(here)]
    own = sorted((items[at] for at in places), key=lambda item: item.path.stem == "test_shutdown")
    for at, item in zip(places, own, strict=True):
        items[at] = item


@pytest.fixture(scope="package")
def llm_server(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, adapters: dict[str, Path]
) -> Iterator[LlmServer]:
    """Started once; its key is in this process's environment from then on."""
    server = LlmServer(tmp_path_factory.mktemp("llm"), tiny_model, adapters["x@v1"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(API_KEY_VARIABLE, KEY)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="package")
def adapters(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, Path]:
    """Two random LoRA folders, strong enough to change answers; one changes the embedding too."""
    folder = tmp_path_factory.mktemp("adapters")
    return {
        "x@v1": random_lora(tiny_model, folder / "x@v1", 1),
        "y@v1": random_lora(tiny_model, folder / "y@v1", 2, ("embed_tokens",)),
    }


@pytest.fixture(scope="package")
def headed(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A third one, which changes the output head too."""
    folder = tmp_path_factory.mktemp("headed")
    return random_lora(tiny_model, folder / "z@v1", 3, ("embed_tokens", "lm_head"))


@pytest.fixture(scope="package")
def tokens(tiny_model: Path) -> Tokens:
    return Tokens(str(tiny_model))


@pytest.fixture(scope="package")
def truth(tiny_model: Path, adapters: dict[str, Path], headed: Path) -> Truth:
    """(prefix, tail, adapter) → log-probability of each token of the tail, in float32."""
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    for name, path in {**adapters, "z@v1": headed}.items():
        key = name[0]
        if isinstance(model, PeftModel):
            model.load_adapter(path, key)
        else:
            model = PeftModel.from_pretrained(model, path, key)

    known: dict[tuple[Any, ...], list[float]] = {}  # each engine's tests ask for the same

    def compute(prefix: list[int], tail: list[int], adapter: str | None = None) -> list[float]:
        key = (adapter, *prefix, None, *tail)
        if key not in known:
            known[key] = passed(prefix, tail, adapter)
        return known[key]

    @torch.inference_mode()
    def passed(prefix: list[int], tail: list[int], adapter: str | None) -> list[float]:
        names = [adapter[0] if adapter else "__base__"]
        logits = model(torch.tensor([prefix + tail]), adapter_names=names).logits[0]
        logp = torch.log_softmax(logits[len(prefix) - 1 : -1], dim=-1)
        return [float(row[token]) for row, token in zip(logp, tail, strict=True)]

    return compute
