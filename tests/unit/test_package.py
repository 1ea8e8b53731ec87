"""The package as a whole: what importing costs, what it exports, and how its source is laid out."""

import ast
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from types import FunctionType

import pytest
from setuptools import find_packages

import shelftalker
from shelftalker import errors
from tests.support import ROOT

HEAVY = (
    "torch",
    "transformers",
    "polars",
    "numpy",
    "pydantic",
    "vllm",
    "openvino",
    "gradio",
    "sentence_transformers",
)
FOLDERS = ("agent", "adapters", "prompts", "eval")
PYTHON = [file for name in (*FOLDERS, "tests") for file in (ROOT / name).rglob("*.py")]
MAX_LINES = 300


def test_importing_shelftalker_loads_nothing_heavy() -> None:
    code = f"import shelftalker, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("name", shelftalker.__all__)
def test_every_public_name_resolves(name: str) -> None:
    value = getattr(shelftalker, name)
    if isinstance(value, type | FunctionType):
        assert value.__name__ == name


def test_every_error_class_is_public() -> None:
    names = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert names <= set(shelftalker.__all__)


WITHOUT_EXTRAS = """
import sys
from importlib.machinery import PathFinder

EXTRAS = {
    "bitsandbytes", "datasets", "faiss", "gradio", "implicit", "matplotlib", "optuna", "ranx",
    "rectools", "tensorboard", "trl", "vllm",
}

class CoreInstall(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in EXTRAS else super().find_spec(name, path, target)

    @staticmethod
    def find_distributions(context):
        return [] if context.name in EXTRAS else PathFinder.find_distributions(context)

sys.meta_path[:] = [CoreInstall if finder is PathFinder else finder for finder in sys.meta_path]
from shelftalker import Recommender, Workspace, fit

with Workspace.open(sys.argv[1]) as workspace:
    fit(workspace, "films", seed=1)
with Recommender.open(sys.argv[1], engine="none") as recommender:
    recommender.feedback("u0", "f5", "like")
    answer = recommender.generate("u0", "a thriller from the eighties")
print(answer.scorer, *(card.item.id for card in answer.cards), sorted(EXTRAS & set(sys.modules)))
"""


def test_the_core_install_fits_a_scorer_and_answers_without_an_engine(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, place], capture_output=True, text=True, check=False
    )
    assert done.stdout == "v2 f1 []\n", done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        shelftalker.Nothing  # noqa: B018


def test_every_folder_with_an_init_is_packaged_but_the_benchmarks() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = settings["packages"]["find"]
    [where] = found["where"]
    packaged = set(find_packages(str(ROOT / where), exclude=found["exclude"]))
    folders = {
        ".".join(["shelftalker", *file.parent.relative_to(ROOT).parts]).replace(".agent", "")
        for name in FOLDERS
        for file in (ROOT / name).rglob("__init__.py")
    }
    assert packaged == folders - {"shelftalker.eval.bench"}


def test_the_root_of_the_package_holds_the_public_face_only() -> None:
    names = {file.name for file in (ROOT / "agent").glob("*.py")}
    assert names == {"__init__.py", "cli.py", "errors.py", "recommender.py", "types.py"}


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[Path]] = defaultdict(list)
    for file in PYTHON:
        if file.relative_to(ROOT).parts[0] in FOLDERS:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(file.relative_to(ROOT))
    assert len(places) > 100  # it looked
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_no_file_is_longer_than_300_lines() -> None:
    lines = {file.relative_to(ROOT): len(file.read_bytes().splitlines()) for file in PYTHON}
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}
