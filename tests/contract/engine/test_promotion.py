"""A promotion while texts are streamed: pytest tests/contract/engine/test_promotion.py"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelftalker.adapters.registry import AdapterVersions
from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.errors import AdapterError
from shelftalker.eval.bench.letter_adapters import LetterAdapterWriter
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import EngineHost
from shelftalker.serving.options import GenerateCall
from shelftalker.serving.pipeline import Pipeline
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer, Done
from tests.contract.engine.reference import LABELS, QUIZ

pytestmark = pytest.mark.asyncio(loop_scope="package")


class PausedEngine:
    """The engine, but each text pauses after a piece until `go`, is short, and is recorded."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.go = engine, asyncio.Event()
        self.texts: list[tuple[str | None, str]] = []
        self.running: list[str | None] = []
        self.concurrent: set[frozenset[str | None]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    async def stream(
        self, prompt: Prompt, sampling: Sampling, adapter: str | None = None
    ) -> AsyncIterator[str]:
        text = ""
        self.running.append(adapter)
        async with aclosing(
            self.engine.stream(prompt, replace(sampling, max_tokens=12), adapter)
        ) as pieces:
            async for piece in pieces:
                text += piece
                self.concurrent.add(frozenset(self.running))
                yield piece
                await self.go.wait()
        self.running.remove(adapter)
        self.texts.append((adapter, text))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, Path]:
    """Adapters that write one letter: made once for all engines."""
    folder, writer = tmp_path_factory.mktemp("letters"), LetterAdapterWriter(str(tiny_model))
    return {letter: writer.write(folder / letter, letter) for letter in "ABC"}


@pytest.fixture
def letter_domains(place: Path, tiny_model: Path, letters: dict[str, Path]) -> Workspace:
    """Two domains, many writers, and no timeouts: adapter v1 of films writes A and v2 B; v1 of
    books writes C."""
    file = place / "workspace.toml"
    patient = re.sub(r"_seconds = \d+", "_seconds = 3600", file.read_text())
    text = patient.replace("[budgets]\n", "[budgets]\nwriters = 8\n")
    file.write_text(text.replace(f'"{DEFAULT_MODEL}"', f'"{tiny_model}"'))
    workspace = Workspace.open(place)
    shutil.copytree(place / "domains" / "films", place / "domains" / "books")
    for domain, letter in (("films", "A"), ("films", "B"), ("books", "C")):
        AdapterVersions(workspace, domain).add(letters[letter])
    AdapterVersions(workspace, "films").promote("v1", force=True)
    AdapterVersions(workspace, "books").promote("v1", force=True)
    return workspace


async def test_a_promotion_disturbs_no_stream(engine: Engine, letter_domains: Workspace) -> None:
    """Streams end on the version they began with, new ones take the new one, and the old one is
    unloaded when nothing uses it."""
    paused = PausedEngine(engine)
    pipeline = Pipeline(letter_domains, DomainStore(letter_domains), EngineHost(None, paused))  # type: ignore[arg-type]

    async def answer(user: str, domain: str = "films") -> Answer:
        updates = [u async for u in pipeline.answer(GenerateCall(user, domain=domain, k=1))]
        assert isinstance(updates[-1], Done)
        return updates[-1].answer

    begun = [asyncio.create_task(answer(*who)) for who in (("u0",), ("u1",), ("u2", "books"))]
    while len(paused.running) < 3:
        await asyncio.sleep(0.01)
    AdapterVersions(letter_domains, "films").promote("v2", force=True)
    late = [asyncio.create_task(answer(user)) for user in ("u0", "u4")]
    while len(paused.running) < 5:
        await asyncio.sleep(0.01)
    await engine.choose(QUIZ[:1], LABELS, "films@v1")  # still loaded, though no longer in service
    paused.go.set()
    before, after = await asyncio.gather(*begun), await asyncio.gather(*late)
    assert [a.adapter for a in before] == ["films@v1", "films@v1", "books@v1"]
    assert [a.adapter for a in after] == ["films@v2", "films@v2"]
    assert frozenset(["films@v1", "films@v2", "books@v1"]) in paused.concurrent
    letters = {"films@v1": "A", "films@v2": "B", "books@v1": "C"}
    assert {name for name, _ in paused.texts} == letters.keys()
    assert all(set(text) == {letters[str(name)]} for name, text in paused.texts)
    assert not any("engine" in notice for a in (*before, *after) for notice in a.notices)
    with pytest.raises(AdapterError, match="'films@v1' is not loaded"):
        await engine.choose(QUIZ[:1], LABELS, "films@v1")
    AdapterVersions(letter_domains, "films").rollback()
    paused.texts.clear()
    assert (await answer("u3")).adapter == "films@v1"
    assert all(set(text) == {"A"} for _, text in paused.texts)
    for name in ("films@v1", "books@v1"):
        await engine.drop_adapter(name)
    letter_domains.close()
