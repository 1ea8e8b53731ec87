"""Commands on the data of a workspace: demo, init, import, pictures, files."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from shelftalker.commands import terminal
from shelftalker.errors import AdapterError, DataError, InputError

if TYPE_CHECKING:
    from shelftalker.store.workspace import Workspace

Dates = Annotated[
    Literal["dmy", "mdy", "ymd"] | None, typer.Option(help="Order of day, month, year in digits.")
]
Decimal = Annotated[Literal[".", ","] | None, typer.Option(help="The decimal mark of the files.")]
OneUser = Annotated[str, typer.Option(help="Whose rows they are, in files without a user.")]
DryRun = Annotated[bool, typer.Option(help="Only say how the files would be read.")]
Query = Annotated[
    list[str] | None, typer.Option(help="SQL for a database, such as --items postgresql://….")
]
Graph = Annotated[
    list[str] | None, typer.Option(help="Triples: item, relation, entity; they become attributes.")
]
Lenient = Annotated[bool, typer.Option(help="Accept files with many refused rows.")]


def demo(directory: terminal.Dir, as_json: terminal.Json = False) -> None:
    """Build the demo workspace: MovieLens-100K with CC0 film facts and a shop of made-up products
    with a simulated log; scorers that are trained now, and two adapters from the package."""
    from shelftalker.commands.demo_workspace import build_demo
    from shelftalker.engine.models import resolving
    from shelftalker.store.workspace import Workspace

    results: dict[str, Any] = {}
    if films := build_demo(directory, progress=terminal.say):
        results["films"] = films
    with Workspace.open(directory) as workspace, resolving(workspace.settings.model):
        results |= _demo_parts(workspace)
    terminal.report(results or {"ready": str(directory)}, as_json)


def _demo_parts(workspace: "Workspace") -> dict[str, Any]:
    """Add the shop, the scorers and the adapters that the demo lacks; returns what was added."""
    from shelftalker.adapters import bundled
    from shelftalker.commands.demo_shop import DOMAIN as SHOP
    from shelftalker.commands.demo_shop import add_shop
    from shelftalker.commands.demo_workspace import DOMAIN
    from shelftalker.learning.fit import fit as fit_domain

    results: dict[str, Any] = {}
    if products := add_shop(workspace):
        terminal.say(f"{products} made-up products of a shop, with a simulated log")
        results["shop"] = {"products": products, "log": "simulated"}
    for domain, name in ((DOMAIN, "scorer"), (SHOP, "shop scorer")):
        if workspace.current(domain).scorer is None:
            with terminal.bar(f"fitting the {name}") as progress:
                version, scorer = fit_domain(workspace, domain, progress=progress)
            results[name] = {"version": version, **scorer.weights.metrics}
    try:
        with terminal.waiting("checking and promoting the adapters"):
            adapter = bundled.promote_bundled(workspace, DOMAIN, DOMAIN, f"{DOMAIN}-pick")
    except AdapterError as error:
        terminal.say(f"an adapter of the package cannot be used: {error}", style="yellow")
    else:
        results |= {"adapter": f"{DOMAIN}@{adapter}"} if adapter else {}
    return results


class _Import(NamedTuple):
    """What an import was asked for."""

    domain: str
    items: list[str]
    events: list[str]
    graph: list[str]
    map: list[str] | None
    queries: list[str]
    options: dict[str, Any]
    dry_run: bool
    lenient: bool
    as_json: bool


def _with_options(run: Callable[[Path, _Import], None]) -> Callable[..., None]:
    """The command with the options of an import that calls this function."""

    def command(
        directory: terminal.Dir,
        domain: Annotated[str, typer.Option(help="Name of the domain, e.g. shop.")],
        items: terminal.Files = None,
        events: terminal.Files = None,
        graph: Graph = None,
        map_: terminal.FieldMap = None,
        query: Query = None,
        dates: Dates = None,
        decimal: Decimal = None,
        user: OneUser = "",
        dry_run: DryRun = False,
        lenient: Lenient = False,
        as_json: terminal.Json = False,
    ) -> None:
        how = {"dates": dates, "decimal": decimal, "user": user}
        files = (items or [], events or [], graph or [], map_, query or [])
        run(directory, _Import(domain, *files, how, dry_run, lenient, as_json))

    command.__doc__ = run.__doc__
    return command


@_with_options
def init(directory: Path, asked: _Import) -> None:
    """Create a workspace with one domain from a catalogue and, if given, an event log."""
    from shelftalker.store.workspace import Workspace

    if not asked.items:
        raise InputError("init needs a catalogue: --items FILE (CSV, JSONL or Parquet)")
    if (directory / "workspace.toml").exists():
        if (directory / "domains" / asked.domain).is_dir():
            known = f"{directory} has a domain {asked.domain!r} already"
            terminal.say(f"{known}: this adds to it, as import does", style="yellow")
        _import(directory, asked)
        return
    with _removed_on_failure(directory):
        Workspace.create(directory, default_domain=asked.domain).close()
        _import(directory, asked)


@_with_options
def import_(directory: Path, asked: _Import) -> None:
    """Add to a domain: items are added or replaced, events appended."""
    from shelftalker.store.workspace import Workspace

    if not (asked.items or asked.events or asked.graph):
        raise InputError("nothing to import: give --items FILE, --events FILE, or --graph FILE")
    with Workspace.open(directory) as workspace:
        workspace.domain_path(asked.domain)  # raises UnknownDomain
    _import(directory, asked)


def pictures(
    directory: terminal.Dir,
    domain: terminal.DomainOption = None,
    vectors: Annotated[
        Path | None, typer.Option(help="A file of vectors: .npy or a table.")
    ] = None,
    column: Annotated[str, typer.Option(help="That column of the table.")] = "vector",
    encoder: Annotated[str | None, typer.Option(help="A Hugging Face image model instead.")] = None,
    images: Annotated[Path | None, typer.Option(help="The folder of files to encode.")] = None,
    as_json: terminal.Json = False,
) -> None:
    """Give the items picture vectors, which the next fit uses beside the texts."""
    from shelftalker.data.pictures import Pictures
    from shelftalker.store.workspace import Workspace

    if (vectors is None) == (encoder is None) or (encoder is None) != (images is None):
        raise InputError("give either --vectors FILE, or --encoder NAME with --images FOLDER")
    with Workspace.open(directory) as workspace:
        name = workspace.domain_name(domain)
        catalog = workspace.catalog(name)
        if vectors is not None:
            read = Pictures.read(vectors, catalog.ids, column)
        else:
            from shelftalker.scorer.picture_encoder import encoded_pictures

            with terminal.bar("encoding") as progress:
                read = encoded_pictures(catalog, str(encoder), Path(str(images)), progress)
        workspace.write_pictures(name, read)
    counts = {"items": len(catalog), "pictures": len(read.ids), "dim": read.vectors.shape[1]}
    terminal.report({**counts, "next": f"shelftalker fit {directory} --domain {name}"}, as_json)


def files(
    directory: terminal.Dir,
    action: Annotated[Literal["push", "pull"], typer.Argument(help="What to do.")],
    address: Annotated[
        str | None, typer.Option(help="Such as s3://shop/films; default: `files` in the settings.")
    ] = None,
    as_json: terminal.Json = False,
) -> None:
    """Copy catalogue, weights and hooks to an address that fsspec opens, or from it."""
    from shelftalker.store.shared_files import SharedFiles
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace, terminal.waiting(f"files: {action}"):
        shared = SharedFiles(workspace, address)
        count = shared.push() if action == "push" else shared.pull()
    terminal.report({"files": count}, as_json)


def _import(directory: Path, asked: _Import) -> None:
    """Import and print the counts. Raises `DataError`, once all is stored, where a file lost more
    than a tenth of its rows."""
    from shelftalker.data.files import ReadOptions
    from shelftalker.store.importing import import_files
    from shelftalker.store.workspace import Workspace

    options, field_map = ReadOptions(**asked.options), _field_map(asked.map or [])
    with Workspace.open(directory) as workspace, terminal.bar("importing") as progress:
        summary = import_files(
            *(workspace, asked.domain, asked.items, asked.events, field_map, progress),
            options=options, dry_run=asked.dry_run, queries=asked.queries, graph=asked.graph,
        )  # fmt: skip
    terminal.report(_summary(summary, asked), asked.as_json)
    if summary.too_many_refused and not asked.lenient:
        raise DataError(
            "more than a tenth of the rows of a file were refused: "
            f"{'; '.join(map(str, summary.refusals[:3]))}; the other rows are "
            f"{'fine' if asked.dry_run else 'stored'}; --lenient accepts that"
        )


@contextmanager
def _removed_on_failure(directory: Path) -> Iterator[None]:
    """If the block raises, leave the folder as it was before: absent, or empty."""
    existed = directory.exists()
    ours = not existed or (directory.is_dir() and not any(directory.iterdir()))
    try:
        yield
    except BaseException:
        if ours:
            shutil.rmtree(directory, ignore_errors=True)
        if ours and existed:
            directory.mkdir()
        raise


def _summary(summary: Any, asked: _Import) -> dict[str, Any]:
    """The counts of an import, the file of refused rows, its reasons, and the readers' notes; of a
    dry run also how each column is read."""
    values = asdict(summary)
    reads = values.pop("reads")
    values["notes"] = [note for read in reads.values() for note in read["notes"]]
    if summary.duplicates:
        values["notes"].append(
            f"{summary.duplicates} items look the same as another one (title, maker, year): each "
            "has one place in a list with its duplicates"
        )
    if summary.events_erased:
        values["notes"].append(
            f"{summary.events_erased} events left out: their users were deleted (erased) after them"
        )
    columns = {Path(name).name: read["columns"] for name, read in reads.items()}
    if asked.as_json:
        values |= {"columns": columns} if asked.dry_run else {}
        return {n: str(value) if isinstance(value, Path) else value for n, value in values.items()}
    values["refusals"] = list(summary.refusals)
    if asked.dry_run:
        values["columns"] = [
            f"{file}: {column} is {meaning}"
            for file, meanings in columns.items()
            for column, meaning in meanings.items()
            if meaning != "left out: inner"  # a note names those
        ]
    del values["too_many_refused"]  # an error says so
    told = ("items_added", "events_added", "rejected")
    return {name: value for name, value in values.items() if value or name in told}


def _field_map(pairs: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        field, _, column = pair.partition("=")
        if not (field and column):
            raise InputError(f"--map {pair!r} is not field=column, e.g. --map title=product_name")
        if field in columns:
            raise InputError(
                f"--map names {field} twice, as {columns[field]!r} and {column!r}; give it once"
            )
        columns[field] = column
    return columns
