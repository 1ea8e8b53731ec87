"""What tests of the command line share: the result of a run, and how a refusal is checked."""

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ITEMS = "id,title,genre,year\n1,Cold Harbour,Thriller,1981\n2,Goat Wedding,Comedy,1991\n"
EVENTS = "user,item,rating,timestamp\na,1,5,1000\nb,2,4,1001\nb,1,2,1002\n"


@dataclass
class Ended:
    """The result of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


def refuses(run: Run, bench: Path, command: str, text: str) -> None:
    """One sentence, a non-zero exit, and every file of `bench` as it was."""
    before = as_it_was(bench)
    done = run(*command.split())
    assert done.returncode != 0
    assert done.stderr.startswith("shelftalker: ")
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stdout
    assert contents(bench) == before


@cache
def as_it_was(folder: Path) -> dict[str, bytes]:
    """`contents` before the first of the commands, none of which may change anything."""
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file and what is in it, but the databases' journals and caches; folders too."""
    known = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if "events.db" not in name and "/cache" not in name:
            known[name] = path.read_bytes() if path.is_file() else b""
    for path in folder.glob("*/events.db"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as db:
            known[str(path)] = repr(db.execute("SELECT * FROM events").fetchall()).encode()
    return known
