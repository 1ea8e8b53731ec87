"""The command line in this process, in a folder with the workspace `ws` and two CSV files."""

import shutil
import sys
from pathlib import Path

import pytest

from shelftalker.cli import main
from tests.support.command_line import EVENTS, ITEMS, Ended, Run


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, which spares loading torch forty times."""
    monkeypatch.chdir(place)

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["shelftalker", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return call


@pytest.fixture
def place(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world, tmp_path / "ws")
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path
