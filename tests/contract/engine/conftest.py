"""One contract for all engines, on the real small model: pytest tests/contract/engine

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
from shelftalker.engine.models import resolve
from shelftalker.engine.tokens import Tokens
from tests.contract.engine.reference import MODEL, Truth, random_lora
from tests.support.llm_server import KEY, LlmServer

needs_vllm = pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed")


@pytest_asyncio.fixture(
    scope="package",
    loop_scope="package",
    params=[
        "transformers",
        "openvino",
        pytest.param("vllm", marks=[pytest.mark.vllm, needs_vllm]),
        pytest.param("server", marks=[pytest.mark.vllm, needs_vllm, pytest.mark.timeout(900)]),
    ],
)
async def engine(
    request: pytest.FixtureRequest, adapters: dict[str, Path]
) -> AsyncIterator[Engine]:
    """With three slots, in float32 as the reference is."""
    options: dict[str, Any] = {"slots": 3, "dtype": "float32"}
    if request.param == "server":
        options = {"url": request.getfixturevalue("llm_server").url, "workspace": "served"}
    opened = await asyncio.to_thread(open_engine, engine=request.param, **options)
    for name, path in adapters.items():
        await opened.add_adapter(name, path)
    yield opened
    await opened.close()


@pytest.fixture(scope="package")
def llm_server(
    tmp_path_factory: pytest.TempPathFactory, adapters: dict[str, Path]
) -> Iterator[LlmServer]:
    """Started once; its key is in this process's environment from then on."""
    server = LlmServer(tmp_path_factory.mktemp("llm"), adapters["x@v1"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(API_KEY_VARIABLE, KEY)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="package")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two random LoRA folders, strong enough to change answers; one changes the embedding too."""
    folder = tmp_path_factory.mktemp("adapters")
    return {
        "x@v1": random_lora(folder / "x@v1", 1),
        "y@v1": random_lora(folder / "y@v1", 2, ("embed_tokens",)),
    }


@pytest.fixture(scope="package")
def headed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third one, which changes the output head too."""
    folder = tmp_path_factory.mktemp("headed")
    return random_lora(folder / "z@v1", 3, ("embed_tokens", "lm_head"))


@pytest.fixture(scope="package")
def tokens() -> Tokens:
    return Tokens(resolve(MODEL))


@pytest.fixture(scope="package")
def truth(adapters: dict[str, Path], headed: Path) -> Truth:
    """(prefix, tail, adapter) → log-probability of each token of the tail, in float32."""
    model = AutoModelForCausalLM.from_pretrained(resolve(MODEL), dtype=torch.float32).eval()
    for name, path in {**adapters, "z@v1": headed}.items():
        key = name[0]
        if isinstance(model, PeftModel):
            model.load_adapter(path, key)
        else:
            model = PeftModel.from_pretrained(model, path, key)

    @torch.inference_mode()
    def compute(prefix: list[int], tail: list[int], adapter: str | None = None) -> list[float]:
        names = [adapter[0] if adapter else "__base__"]
        logits = model(torch.tensor([prefix + tail]), adapter_names=names).logits[0]
        logp = torch.log_softmax(logits[len(prefix) - 1 : -1], dim=-1)
        return [float(row[token]) for row, token in zip(logp, tail, strict=True)]

    return compute
