"""What all commands share: common options, progress output, and printing of results.

Imports no torch, and of this package only the errors, so that `shelftalker --help` is quick.
"""

import json
import socket
import threading
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
    list[str] | None,
    typer.Option(
        "--map", help="field=column of unusual names; items:field=column of one kind of file alone."
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(help="CSV, JSON, Parquet, Excel, XML; a folder, s3://…, or a database."),
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
UserList = Annotated[str, typer.Option(help="all, or a text file with one user id a line.")]
TextFormat = Annotated[
    Literal["card", "headline", "push", "email", "intro"],
    typer.Option("--format", help="What the texts are for."),
]
Tone = Annotated[str, typer.Option(help="The tone, for the LLM, e.g. warm.")]
EngineOption = Annotated[
    Literal["auto", "openvino", "transformers", "vllm", "server", "openai", "none"],
    typer.Option(help="What runs the LLM."),
]


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, or a line from time to time where stderr is no terminal; yields a
    function of (done, total, text)."""
    if not err.is_terminal:
        yield lines(label)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(label, total=None, note="")

        def update(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total or None, note=note)

        yield update


def lines(
    label: str, every: float = 30, clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int, str], None]:
    """A function of (done, total, text) that prints a line at most every so many seconds, with an
    estimate of the time left, from the speed since the count last started again."""
    printed_at = clock()
    start, first = 0.0, 0
    before = -1

    def update(done: int, total: int, note: str) -> None:
        nonlocal printed_at, start, first, before
        now = clock()
        if before < 0 or done < before:
            start, first = now, done
        before = done
        if now - printed_at < every:
            return
        printed_at = now
        left = (now - start) / (done - first) * (total - done) if first < done < total else 0
        estimate = f", about {left / 60:.0f} min left" if left > 60 else ""
        say(f"{label}: {done} of {total} {note}{estimate}")

    return update


@contextmanager
def waiting(label: str, seconds: float = 2) -> Iterator[None]:
    """Print on stderr what a command waits for: at once on a terminal, until the block ends; else
    as a line, if the block takes longer than so many seconds."""
    if err.is_terminal:
        with err.status(label):
            yield
        return
    timer = threading.Timer(seconds, say, [label])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def say(line: str, style: str | None = None) -> None:
    """Print one line on stderr, as it is."""
    err.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def print_line(line: str, style: str | None = None) -> None:
    """Print one line on stdout, as it is."""
    out.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def report(values: dict[str, Any], as_json: bool, told: Sequence[str] = ()) -> None:
    """Print results, one a line, or as one JSON object. Of a list each entry has a line. `told`:
    lines to print instead, but as JSON."""
    if as_json:
        print_json(values)
        return
    for line in told:
        print_line(line)
    if told:
        return
    wrap = not out.is_terminal  # programs that read the output need each result on one line
    for name, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {one}" for key, one in value.items())
        if isinstance(value, list):
            value = "".join(f"\n  {one}" for one in value)
        shown = "none" if value in (None, "") else value
        line = f"{name}: {shown}".replace(": \n", ":\n", 1)
        out.print(line, markup=False, highlight=False, soft_wrap=wrap)


def print_json(value: dict[str, Any], indent: int | None = 2) -> None:
    """Print one JSON object on stdout; `indent` None: on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent))


def read_ids(path: Path, what: str) -> list[str]:
    """The ids in a text file, one a line, each once. `what` they name: user, item. Raises
    `InputError`."""
    check_files([path])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; give one {what} id a line") from None
    ids = list(dict.fromkeys(filter(None, map(str.strip, lines))))
    if not ids:
        raise InputError(f"{path} names no {what}; give one {what} id a line")
    return ids


def check_files(paths: Sequence[Path]) -> None:
    """Raises `InputError` for a path that is not a file."""
    for path in paths:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the path of a file")
        if not path.is_file():
            raise InputError(f"no file {path}; give the path of an existing file")


def check_port(host: str, port: int) -> None:
    """Raises `InputError` where no server can listen there; models take longer to load."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port, "
            "or end what uses this one"
        ) from None
