"""Commands that bring data in: demo, init, import."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from shelftalker.commands.terminal import Dir, FieldMap, Files, Json, bar, check_files, err, report
from shelftalker.errors import AdapterError, InputError

commands = typer.Typer()


@commands.command()
def demo(directory: Dir, as_json: Json = False) -> None:
    """Build the demo workspace: MovieLens-100K with CC0 film facts, a scorer that is trained here,
    and the trained adapters that come along: one writes, one picks."""
    from shelftalker.adapters import bundled as trained
    from shelftalker.commands.demo_workspace import DOMAIN, build_demo
    from shelftalker.learning.fit import fit as fit_domain
    from shelftalker.store.workspace import Workspace

    results: dict[str, Any] = {}
    joined = build_demo(directory, progress=lambda text: err.print(text, markup=False))
    if joined:
        results["films"] = {"all": joined.films, "joined with facts": joined.joined}
    workspace = Workspace.open(directory)
    if workspace.current(DOMAIN).scorer is None:
        with bar("fitting the scorer") as progress:
            version, scorer = fit_domain(workspace, DOMAIN, progress=progress)
        results["scorer"] = {"version": version, **scorer.metrics()}
    try:
        adapter = trained.serve(workspace, DOMAIN, DOMAIN, f"{DOMAIN}-pick")
    except AdapterError as error:
        told = f"an adapter that comes along does not serve: {error}"
        err.print(told, style="yellow", markup=False)
    else:
        results |= {"adapter": f"{DOMAIN}@{adapter}"} if adapter else {}
    report(results or {"ready": str(directory)}, as_json)


@commands.command()
def init(
    directory: Dir,
    domain: Annotated[str, typer.Option(help="Name of the domain, e.g. shop.")],
    items: Files = None,
    events: Files = None,
    map_: FieldMap = None,
    as_json: Json = False,
) -> None:
    """Make a workspace with one domain from a catalogue and, if there is one, a log."""
    from shelftalker.store.workspace import Workspace

    if not items:
        raise InputError("init needs a catalogue: --items FILE (CSV, JSONL or Parquet)")
    check_files([*items, *(events or [])])
    mapping = _field_map(map_ or [])
    if (directory / "workspace.toml").exists():
        if (directory / "domains" / domain).is_dir():
            told = f"{directory} has a domain {domain!r} already: this adds to it, as import does"
            err.print(told, style="yellow", markup=False, highlight=False, soft_wrap=True)
        _import(directory, domain, items, events or [], mapping, as_json)
        return
    with _undone_on_failure(directory):
        Workspace.create(directory, default_domain=domain).close()
        _import(directory, domain, items, events or [], mapping, as_json)


@commands.command("import")
def import_(
    directory: Dir,
    domain: Annotated[str, typer.Option(help="Name of the domain.")],
    items: Files = None,
    events: Files = None,
    map_: FieldMap = None,
    as_json: Json = False,
) -> None:
    """Add to a domain: items are upserted, events appended."""
    from shelftalker.store.workspace import Workspace

    if not items and not events:
        raise InputError("nothing to import: give --items FILE, --events FILE, or both")
    check_files([*(items or []), *(events or [])])
    mapping = _field_map(map_ or [])
    with Workspace.open(directory) as workspace:
        workspace.domain_path(domain)  # raises UnknownDomain
    _import(directory, domain, items or [], events or [], mapping, as_json)


def _import(
    directory: Path,
    domain: str,
    items: list[Path],
    events: list[Path],
    mapping: dict[str, str],
    as_json: bool,
) -> None:
    from shelftalker.store.importing import import_files
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace, bar("importing") as progress:
        summary = import_files(workspace, domain, items, events, mapping, progress)
    report(_summary(summary), as_json)


@contextmanager
def _undone_on_failure(directory: Path) -> Iterator[None]:
    """Leave the folder as it was before: absent, or empty."""
    was_there = directory.exists()
    ours = not was_there or (directory.is_dir() and not any(directory.iterdir()))
    try:
        yield
    except BaseException:
        if ours:
            shutil.rmtree(directory, ignore_errors=True)
        if ours and was_there:
            directory.mkdir()
        raise


def _summary(summary: Any) -> dict[str, Any]:
    """The counts of an import, the file of refused rows, and what was noted on the way."""
    values = asdict(summary)
    reads = values.pop("reads").values()
    values["notes"] = [note for read in reads for note in read["notes"]]
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in values.items()
    }


def _field_map(pairs: list[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in pairs:
        field, _, column = pair.partition("=")
        if not (field and column):
            raise InputError(f"--map {pair!r} is not field=column, e.g. --map title=product_name")
        if field in named:
            raise InputError(
                f"--map names {field} twice, as {named[field]!r} and {column!r}; give it once"
            )
        named[field] = column
    return named
