"""Every benchmark starts: `python -m shelftalker.eval.bench.NAME --help` says what it measures."""

import importlib
import inspect
import json
import runpy
from pathlib import Path

import pytest

from shelftalker.eval import bench
from shelftalker.eval.bench import harness, off_policy

NOT_SCRIPTS = {"__init__", "harness", "letter_adapters"}
SCRIPTS = sorted(
    file.stem for file in Path(bench.__path__[0]).glob("*.py") if file.stem not in NOT_SCRIPTS
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_shows_its_help(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [f"{name}.py", "--help"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module(f"shelftalker.eval.bench.{name}", run_name="__main__")
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert (inspect.getdoc(bench_module(name)) or "").splitlines()[0][:40] in " ".join(
        shown.split()
    )


def test_a_result_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = f"--repetitions 2 --visitors 200 --out {tmp_path}"
    monkeypatch.setattr("sys.argv", ["bench", *options.split()])
    with pytest.raises(SystemExit):
        harness.run(off_policy.measure)
    written = json.loads((tmp_path / "off-policy.json").read_text())
    assert written == json.loads(capsys.readouterr().out)
    assert written["answers"] == 200 * off_policy.VISITS
    assert written["provenance"]["command"] == "bench --repetitions 2 --visitors 200"


def bench_module(name: str) -> object:
    return importlib.import_module(f"shelftalker.eval.bench.{name}")
