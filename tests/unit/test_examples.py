"""Each example runs, on tiny data and without an LLM: pytest tests/unit/test_examples.py"""

import asyncio
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from tests.conftest import THRILLERS
from tests.service.conftest import served
from tests.service.test_agents import TOOLS
from tests.support import ROOT
from tests.unit.adapters.test_pick_data import shop_at

EXAMPLES = ROOT / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_run_here() -> None:
    run = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {file.stem for file in EXAMPLES.glob("*.[pi][yp]*") if file.is_file()} <= run


def test_own_shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example("own_shop").main(str(tmp_path / "teas"), engine="none")
    said = capsys.readouterr().out
    assert said.startswith("10 products, 24 events")
    assert said.count("\n  ") == 2  # a text for each of the two picks
    assert "Cast Iron" not in said  # it costs more than 20


def test_streaming(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(example("streaming").main(str(place), "u1", "a thriller", "none"))
    first, *texts, done = capsys.readouterr().out.splitlines()
    assert first.startswith("first: ")
    assert sorted(text[0] for text in texts) == ["1", "2", "3"]  # in the order of being done
    assert done.startswith("done after")


def test_campaign(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users, out = tmp_path / "users.txt", tmp_path / "texts"
    users.write_text("u1\nu2\nu3\n")
    campaign = example("campaign").main
    campaign(str(place), str(users), str(out), "none")
    first = capsys.readouterr().out.splitlines()
    assert first[-4].endswith("3 of them new")
    assert all(first[-3:])
    table = pl.read_parquet(out / "part-*.parquet")
    assert table["user"].to_list() == ["u1", "u2", "u3"]
    assert table["cards"].list.len().to_list() == [3, 3, 3]
    campaign(str(place), str(users), str(out), "none")
    assert "3 users in" in capsys.readouterr().out.splitlines()[-4]


def test_finetune(tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a model of random weights, so what is trained is no good: the gate must say so."""
    workspace = shop_at(tmp_path / "shop")
    workspace.close()
    settings = workspace.path / "workspace.toml"
    settings.write_text(f'model = "{tiny_model}"\n')
    example("finetune").main(str(workspace.path))
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "shop@v1 did not pass on" in line]
    assert said[-3].startswith("not promoted: shop@v1")
    assert said[-2:] == ["in service: shop@v1", "after rollback: None"]


def test_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(EXAMPLES)
    notebook = json.loads((EXAMPLES / "evaluation.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    names: dict[str, Any] = {}
    for cell in code:
        exec(compile(cell, "evaluation.ipynb", "exec"), names)
    assert len(names["results"]) == 3
    for panel, result in zip(names["panels"], names["results"], strict=True):
        drawn = sorted(bar.get_width() for bar in panel.patches)
        assert drawn == sorted(row["ndcg@10"]["mean"] for row in result["rows"].values())
    assert len(names["axes"].get_lines()) == 2 * len(names["results"]) + 1
    names["plt"].close("all")


def test_mcp_client(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(example("mcp_client").main(str(place), "u1", "a thriller"))
    tools, *picks = capsys.readouterr().out.splitlines()
    assert set(tools.removeprefix("tools: ").split(", ")) == TOOLS
    assert any(pick.startswith(THRILLERS) for pick in picks)


def test_front_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ServiceDb.of(place) as store:
        key = create_key(store, "serve")
    with served(place) as service:
        monkeypatch.setenv("SHELFTALKER", "http://localhost")
        monkeypatch.setenv("KEY", key)
        front_end = example("front_end")
        monkeypatch.setattr(front_end.httpx, "AsyncClient", lambda **_: InProcess(service))
        shown = TestClient(front_end.app, cookies={"customer": "u1"}).get("/").text
        assert key not in shown
        token = shown.split("Bearer ")[1].split('"')[0]
        header = {"Authorization": f"Bearer {token}"}
        cards = service.post("/v1/recommendations", json={"k": 3}, headers=header).json()["cards"]
        assert [card["description"] != "" for card in cards] == [True] * 3
        assert all("title" in card for card in cards)


class InProcess:
    """The service's test client in the place of one over the network."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    async def __aenter__(self) -> "InProcess":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def post(self, path: str, **options: Any) -> Any:
        return await asyncio.to_thread(self._client.post, path, **options)
