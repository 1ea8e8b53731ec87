"""LoRA adapters, alone and mixed: pytest tests/contract/engine/test_adapters.py"""

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from shelftalker.engine.base import Engine, Sampling
from shelftalker.engine.tokens import Tokens
from shelftalker.errors import AdapterError, InputError
from tests.contract.engine.reference import (
    GREEDY,
    LABELS,
    QUIZ,
    TASTE,
    TITLES,
    Truth,
    expected_choice,
)

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_an_adapter_changes_the_answer(engine: Engine, truth: Truth, tokens: Tokens) -> None:
    for name in ("x@v1", "y@v1"):
        found = (await engine.choose(QUIZ[:1], LABELS, name))[0]
        expected = expected_choice(truth, tokens, QUIZ[0], name)
        assert found == pytest.approx(expected, abs=0.2)
        assert np.abs(expected - expected_choice(truth, tokens, QUIZ[0])).max() > 0.5
        likely = await engine.likelihood(TASTE, TITLES[:2], name)
        prefix = tokens.prompt(TASTE, room=1)
        summed = [sum(truth(prefix, tokens.after(t), name)) for t in TITLES[:2]]
        assert likely == pytest.approx(np.array(summed), rel=0.02, abs=0.3)


async def test_an_adapter_of_the_output_head_is_served(
    engine: Engine, truth: Truth, tokens: Tokens, headed: Path
) -> None:
    await engine.add_adapter("z@v1", headed)  # now all slots are taken
    mixed = await engine.choose([QUIZ[0]] * 3, LABELS, ["z@v1", None, "x@v1"])
    for row, name in zip(mixed, ("z@v1", None, "x@v1"), strict=True):
        assert row == pytest.approx(expected_choice(truth, tokens, QUIZ[0], name), abs=0.2)
    asked = ("z@v1", None, "x@v1", "z@v1")
    likely = await asyncio.gather(*(engine.likelihood(TASTE, TITLES[:2], name) for name in asked))
    prefix = tokens.prompt(TASTE, room=1)
    for found, name in zip(likely, asked, strict=True):
        summed = [sum(truth(prefix, tokens.after(title), name)) for title in TITLES[:2]]
        assert found == pytest.approx(np.array(summed), rel=0.02, abs=0.3)
    await engine.drop_adapter("z@v1")
    plain = await engine.choose(QUIZ[:1], LABELS)
    assert plain[0] == pytest.approx(expected_choice(truth, tokens, QUIZ[0]), abs=0.2)


async def test_a_mixed_batch_equals_single_runs(engine: Engine) -> None:
    mix = [None, "x@v1", "y@v1", None]
    chosen = await engine.choose([QUIZ[0]] * 4, LABELS, mix)
    for row, name in zip(chosen, mix, strict=True):
        assert row == pytest.approx((await engine.choose(QUIZ[:1], LABELS, name))[0], abs=0.2)
    short = Sampling(max_tokens=5)
    texts = await engine.write([QUIZ[0]] * 4, short, mix)
    alone = [(await engine.write([QUIZ[0]], short, name))[0] for name in mix]
    assert texts == alone
    assert len(set(texts)) == 3


async def test_one_adapter_for_each_prompt(engine: Engine) -> None:
    with pytest.raises(InputError, match="1 adapters for 4 prompts"):
        await engine.choose(QUIZ, LABELS, ["x@v1"])


async def test_an_unknown_adapter_names_the_known_ones(engine: Engine) -> None:
    for call in (
        engine.choose(QUIZ, LABELS, "z@v1"),
        engine.likelihood(TASTE, TITLES, "z@v1"),
        engine.write(QUIZ, GREEDY, "z@v1"),
        engine.drop_adapter("z@v1"),
    ):
        with pytest.raises(AdapterError, match="'z@v1' is not loaded; loaded: x@v1, y@v1"):
            await call


async def test_a_dropped_adapter_is_gone_once_its_requests_end(
    engine: Engine, adapters: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "shelftalker.engine")
    await engine.add_adapter("brief@v1", adapters["x@v1"])
    running = asyncio.create_task(engine.write([TASTE], GREEDY, "brief@v1"))
    while not engine.active():
        await asyncio.sleep(0.01)
    dropped = asyncio.create_task(engine.drop_adapter("brief@v1"))
    await asyncio.sleep(0)
    with pytest.raises(AdapterError, match="not loaded"):
        await engine.choose(QUIZ, LABELS, "brief@v1")
    assert running.done() or not dropped.done()
    assert await running == await engine.write([TASTE], GREEDY, "x@v1")
    await dropped
    messages = [
        one.getMessage() for one in caplog.records if one.name.startswith("shelftalker.engine")
    ]
    assert [re.sub(r"\d+", "N", line) for line in messages] == [
        "loaded adapter brief@vN in N ms",
        "unloaded adapter brief@vN in N ms",
    ]
    with pytest.raises(AdapterError, match="already loaded"):
        await engine.add_adapter("x@v1", adapters["y@v1"])


async def test_more_adapters_than_slots_come_in_on_demand(
    engine: Engine, adapters: dict[str, Path]
) -> None:
    """Six known, at most three in memory: each request gets its own."""
    kinds = {f"{letter}{n}@v1": adapters[f"{letter}@v1"] for n in (1, 2) for letter in "xy"}
    for name, path in kinds.items():
        await engine.add_adapter(name, path)
    names = [*kinds, "x@v1", "y@v1"]
    chosen = await engine.choose([QUIZ[0]] * 6, LABELS, names)
    expected = await engine.choose([QUIZ[0]] * 2, LABELS, ["x@v1", "y@v1"])
    for row, name in zip(chosen, names, strict=True):
        assert row == pytest.approx(expected["xy".index(name[0])], abs=0.2)
    assert np.abs(expected[0] - expected[1]).max() > 0.5
    for name in kinds:
        await engine.drop_adapter(name)


async def test_damaged_and_foreign_adapters_are_refused(
    engine: Engine, adapters: dict[str, Path], tmp_path: Path
) -> None:
    def broken(name: str, change: Callable[[Path], None]) -> Path:
        folder = tmp_path / name
        shutil.copytree(adapters["x@v1"], folder)
        change(folder)
        return folder

    def edit_config(**values: Any) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            file = folder / "adapter_config.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | values))

        return change

    def edit_first(edit: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            tensors = load_file(folder / "adapter_model.safetensors")
            key = sorted(tensors)[0]
            save_file({**tensors, key: edit(tensors[key])}, folder / "adapter_model.safetensors")

        return change

    def rename(old: str, new: str) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            file = folder / "adapter_model.safetensors"
            save_file({key.replace(old, new): one for key, one in load_file(file).items()}, file)

        return change

    def truncate(folder: Path) -> None:
        file = folder / "adapter_model.safetensors"
        file.write_bytes(file.read_bytes()[:1000])

    cases = {
        "no adapter_config.json": lambda f: (f / "adapter_config.json").unlink(),
        "no adapter_model.safetensors": lambda f: (f / "adapter_model.safetensors").unlink(),
        "is damaged": truncate,
        "use_dora=True": edit_config(use_dora=True),
        "modules_to_save": edit_config(modules_to_save=["lm_head"]),
        "peft_type='IA3'": edit_config(peft_type="IA3"),
        "allowed are 1 to 32": edit_config(r=64),
        "not finite": edit_first(lambda t: t * torch.nan),
        "trained on another base": edit_first(lambda t: t[:, :-1].contiguous()),
        "no such layer": rename("down_proj.lora_A.weight", "down_proj.lora_embedding_A"),
        "allowed are lora_A and lora_B": rename("lora_A.weight", "lora_A"),
    }
    for i, (message, change) in enumerate(cases.items()):
        with pytest.raises(AdapterError, match=message):
            await engine.add_adapter(f"broken@v{i}", broken(str(i), change))
