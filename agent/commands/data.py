"""Commands that bring data in: demo, init, import."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from shelftalker.errors import InputError
from shelftalker.terminal import Dir, FieldMap, Files, Json, bar, check_files, err, report

commands = typer.Typer()


@commands.command()
def demo(directory: Dir, as_json: Json = False) -> None:
    """Build the demo workspace: MovieLens-100K with CC0 film facts, and a trained scorer."""
    from shelftalker.demo import build_demo
    from shelftalker.domain import fit as fit_domain
    from shelftalker.workspace import Workspace

    results: dict[str, Any] = {}
    joined = build_demo(directory, progress=lambda text: err.print(text, markup=False))
    if joined:
        results["films"] = {"all": joined.films, "joined with facts": joined.joined}
    workspace = Workspace.open(directory)
    if workspace.current("movies").scorer is None:
        with bar("fitting the scorer") as progress:
            version, scorer = fit_domain(workspace, "movies", progress=progress)
        results["scorer"] = {"version": version, **scorer.metrics()}
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
    from shelftalker.workspace import Workspace

    if not items:
        raise InputError("init needs a catalogue: --items FILE (CSV, JSONL or Parquet)")
    check_files([*items, *(events or [])])
    if not (directory / "workspace.toml").exists():
        Workspace.create(directory, default_domain=domain)
    _import(directory, domain, items, events or [], map_ or [], as_json)


@commands.command("import")
def import_(
    directory: Dir,
    domain: Annotated[str, typer.Option(help="Name of the domain.")],
    items: Files = None,
    events: Files = None,
    map_: FieldMap = None,
    as_json: Json = False,
) -> None:
    """Add to a workspace: items are upserted, events appended."""
    if not items and not events:
        raise InputError("nothing to import: give --items FILE, --events FILE, or both")
    check_files([*(items or []), *(events or [])])
    _import(directory, domain, items or [], events or [], map_ or [], as_json)


def _import(
    directory: Path,
    domain: str,
    items: list[Path],
    events: list[Path],
    mapping: list[str],
    as_json: bool,
) -> None:
    from shelftalker.workspace import Workspace

    workspace = Workspace.open(directory)
    with bar("importing") as progress:
        summary = workspace.import_files(
            domain, items=items, events=events, field_map=_field_map(mapping), progress=progress
        )
    report(_summary(summary), as_json)


def _summary(summary: Any) -> dict[str, Any]:
    """The counts of an import, the file of refused rows, and what was noted on the way."""
    values = asdict(summary)
    values.pop("reads")
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in values.items()
    }


def _field_map(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if not all(pair.partition("=")):
            raise InputError(f"--map {pair!r} is not field=column, e.g. --map title=product_name")
    return dict(pair.split("=", 1) for pair in pairs)
