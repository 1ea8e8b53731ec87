"""What every command shares: its options, the progress bar, and how results are printed.

Loads no torch, and nothing of the package but the errors, so that `shelftalker --help` is quick.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shelftalker.errors import InputError

err = Console(stderr=True)
out = Console()

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="A workspace directory.")]
DomainOption = Annotated[str | None, typer.Option("--domain", help="Default: the workspace's.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
FieldMap = Annotated[
    list[str] | None, typer.Option("--map", help="field=column, where columns have unusual names.")
]
Files = Annotated[list[Path] | None, typer.Option(help="CSV, JSONL or Parquet; gzip too.")]
EngineOption = Annotated[
    Literal["auto", "transformers", "vllm", "none"], typer.Option(help="What runs the LLM.")
]


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, or where that is no terminal a line now and then; yields a function
    of (done, total, text)."""
    if not err.is_terminal:
        yield lines(label)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(label, total=None, note="")

        def update(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total or None, note=note)

        yield update


def lines(
    label: str, every: float = 30, clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int, str], None]:
    """A function of (done, total, text) that prints a line after so many seconds without one, and
    from the pace since the count last began how long it will go on."""
    told = clock()
    began = (0.0, 0)
    before = -1

    def update(done: int, total: int, note: str) -> None:
        nonlocal told, began, before
        now = clock()
        if before < 0 or done < before:
            began = now, done
        before = done
        if now - told < every:
            return
        told = now
        start, first = began
        left = (now - start) / (done - first) * (total - done) if first < done < total else 0
        ends = f", about {left / 60:.0f} min left" if left > 60 else ""
        line = f"{label}: {done} of {total} {note}{ends}"
        err.print(line, markup=False, highlight=False, soft_wrap=True)

    return update


def report(values: dict[str, Any], as_json: bool) -> None:
    """Print results, a line each, or as one JSON object."""
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {one}" for key, one in value.items())
        if isinstance(value, list):
            value = "; ".join(map(str, value))
        shown = "none" if value in (None, "") else value
        wrap = not out.is_terminal  # a line is one line, to whoever reads the output
        out.print(f"{name}: {shown}", markup=False, highlight=False, soft_wrap=wrap)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def check_files(paths: Sequence[Path]) -> None:
    """Raises `InputError` for a path that is no file."""
    for path in paths:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the path of a file")
        if not path.is_file():
            raise InputError(f"no file {path}; give the path of an existing file")
