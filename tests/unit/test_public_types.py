"""The public types as a caller's type checker sees them: pyright and mypy on small files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

CORRECT = """
import asyncio
from pathlib import Path

from shelftalker import (
    AdapterVersions, Answer, Catalog, Checked, Done, Engine, Filter, GenerateOptions, InputError,
    Item, Picked, Recommender, RequestFields, Scored, Shortlisted, Token, Update, Workspace, fit,
    import_files,
)


def show(update: Update) -> str:
    match update:
        case Shortlisted(cards) | Picked(cards):
            return cards[0].item.title
        case Token(rank, text):
            return f"{rank}: {text}"
        case Checked(card):
            return card.evidence[0].value + card.reasons[0].title
        case Done(answer):
            return answer.cards[0].description


def main(path: Path, engine: Engine) -> None:
    with Workspace.create(path, default_domain="shop") as workspace:
        added: int = import_files(workspace, "shop", items=[path / "items.csv"]).items_added
        version: str = fit(workspace, "shop", seed=added)[0]
        catalog: Catalog = workspace.catalog("shop")
        item: Item = catalog[version]
        adapters: list[str] = AdapterVersions(workspace, "shop").names()
        print(adapters)
    options: GenerateOptions = {"k": 2, "filters": [Filter("genres", "excludes", item.title)]}
    with Recommender.open(path, engine=engine) as recommender:
        answer: Answer = recommender.generate("u", "a thriller", **options)
        request: RequestFields = answer.request
        print(request["filters"][0]["op"], answer.cards[0].score + answer.timings_ms["total"])
        shortlist: list[Scored] = recommender.shortlist("u", n=5)
        print(shortlist[0].probability, asyncio.run(recommender.agenerate("u", k=1)).notices)
        for update in recommender.stream("u"):
            print(show(update))
        try:
            recommender.feedback("u", "1", "rating", 4.5)
        except InputError as error:
            print(error)
"""
WRONG = """
from shelftalker import Recommender

recommender = Recommender.open("demo")
recommender.generate("u", mesage="a thriller")  # a misspelt keyword
recommender.generate("u", k="three")  # a wrong type
recommender.generate("u").card  # a misspelt attribute
recommender.generate("u").request["txt"]  # a misspelt key
recommender.feedback("u", "1", "adore")  # an unknown kind of event
from shelftalker import Recomender  # a misspelt name
"""
WRONG_LINES = [number for number, line in enumerate(WRONG.splitlines(), 1) if "  # " in line]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caller")
    (folder / "correct.py").write_text(CORRECT)
    (folder / "wrong.py").write_text(WRONG)
    return folder


def test_pyright_accepts_correct_calls_and_rejects_each_mistake(caller: Path) -> None:
    config = {
        "typeCheckingMode": "strict",
        "extraPaths": [str(ROOT / "src")],
        "reportMissingTypeStubs": False,
    }
    (caller / "pyrightconfig.json").write_text(json.dumps(config))
    errors = pyright(caller, sys.executable)
    assert [error for error in errors if error[0] == "correct.py"] == []
    assert sorted({line for file, line, _ in errors if file == "wrong.py"}) == WRONG_LINES


def test_mypy_accepts_correct_calls_and_rejects_each_mistake(caller: Path) -> None:
    """With the settings and the cache of `make check`, which saves most of a minute."""
    options = ["--strict", "--num-workers=0"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, caller / "correct.py", caller / "wrong.py"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    found = {(Path(name).name, int(line)) for name, line, *_ in (e.split(":") for e in errors)}
    assert found == {("wrong.py", line) for line in WRONG_LINES}, done.stdout + done.stderr


def test_pyright_resolves_every_import_in_a_bare_clone(tmp_path: Path) -> None:
    """Nothing is installed or configured: `src` in the repository root is enough."""
    for name in ("src", "agent", "adapters", "prompts", "eval"):
        ignored = shutil.ignore_patterns("trained", "__pycache__", "*.json")
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignored)
    modules = [
        "shelftalker.scorer", "shelftalker.recommender", "shelftalker.adapters.registry",
        "shelftalker.prompts", "shelftalker.eval.metrics.ranking",
    ]  # fmt: skip
    modules.append("shelftalker.scores")  # which does not exist
    (tmp_path / "caller.py").write_text("".join(f"import {module}\n" for module in modules))
    errors = pyright(tmp_path, f"{sys.base_prefix}/bin/python3", "caller.py")
    assert errors == [("caller.py", len(modules), "reportMissingImports")]


def pyright(folder: Path, python: str, *files: str) -> list[tuple[str, int, str]]:
    """(file name, line from 1, rule) of each error."""
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", python, *files],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"], done.stdout + done.stderr
    return [
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1, found.get("rule", ""))
        for found in report["generalDiagnostics"]
        if found["severity"] == "error"
    ]
