"""What every command shares: its options, the progress bar, and how results are printed.

Loads no torch, and nothing of the package but the errors, so that `shelftalker --help` is quick.
"""

import json
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
    """A progress bar on stderr; yields a function of (done, total, text)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(label, total=None, note="")

        def update(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total or None, note=note)

        yield update


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
