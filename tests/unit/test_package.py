"""The package as installed: what importing costs, and that no folder is forgotten."""

import subprocess
import sys
import tomllib

import pytest

import shelftalker
from tests.support import ROOT

HEAVY = ("torch", "transformers", "polars", "vllm", "gradio", "sentence_transformers")


def test_importing_shelftalker_loads_nothing_heavy() -> None:
    code = f"import shelftalker, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("name", shelftalker.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(shelftalker, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        shelftalker.Nothing  # noqa: B018


def test_every_code_folder_is_packaged() -> None:
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    )
    roots = {"agent": "shelftalker"} | {
        n: f"shelftalker.{n}" for n in ("adapters", "prompts", "eval")
    }
    found = {
        ".".join([name, *folder.relative_to(ROOT / root).parts])
        for root, name in roots.items()
        for folder in [ROOT / root, *(ROOT / root).rglob("*/")]
        if (folder / "__init__.py").exists()
    }
    assert found == listed
