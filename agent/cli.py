"""The command line: each command calls one thing of the library and prints what came back.

Errors that shelftalker raises on purpose end in one sentence on stderr and exit status 1; wrong
options end in typer's own message and status 2.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shelftalker.errors import InputError, ShelftalkerError

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__
)
err = Console(stderr=True)
out = Console()

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="A workspace directory.")]
DomainOption = Annotated[str | None, typer.Option("--domain", help="Default: the workspace's.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="field=column, where columns have unusual names.")
]
Files = Annotated[list[Path] | None, typer.Option(help="CSV, JSONL or Parquet; gzip too.")]
EngineOption = Annotated[str, typer.Option(help="auto, transformers, vllm or none.")]


def main() -> None:
    """Run the command line; every expected error becomes one sentence."""
    try:
        app()
    except ShelftalkerError as error:
        err.print(f"shelftalker: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
    except OSError as error:
        err.print(
            f"shelftalker: {error}; check the path, its rights and the free space",
            style="red",
            markup=False,
            highlight=False,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def demo(directory: Dir, as_json: Json = False) -> None:
    """Build the demo workspace: MovieLens-100K with CC0 film facts, and a trained scorer."""
    from shelftalker.demo import build_demo
    from shelftalker.domain import fit as fit_domain
    from shelftalker.workspace import Workspace

    report: dict[str, Any] = {}
    joined = build_demo(directory, progress=lambda text: err.print(text, markup=False))
    if joined:
        report["films"] = {"all": joined.films, "joined with facts": joined.joined}
    workspace = Workspace.open(directory)
    if workspace.current("movies").scorer is None:
        with _bar("fitting the scorer") as bar:
            version, scorer = fit_domain(workspace, "movies", progress=bar)
        report["scorer"] = {"version": version, **scorer.metrics()}
    _report(report or {"ready": str(directory)}, as_json)


@app.command()
def init(
    directory: Dir,
    domain: Annotated[str, typer.Option(help="Name of the domain, e.g. shop.")],
    items: Files = None,
    events: Files = None,
    map_: Map = None,
    as_json: Json = False,
) -> None:
    """Make a workspace with one domain from a catalogue and, if there is one, a log."""
    from shelftalker.workspace import Workspace

    if not items:
        raise InputError("init needs a catalogue: --items FILE (CSV, JSONL or Parquet)")
    _check_files([*items, *(events or [])])
    if not (directory / "workspace.toml").exists():
        Workspace.create(directory, default_domain=domain)
    _import(directory, domain, items, events or [], map_ or [], as_json)


@app.command("import")
def import_(
    directory: Dir,
    domain: Annotated[str, typer.Option(help="Name of the domain.")],
    items: Files = None,
    events: Files = None,
    map_: Map = None,
    as_json: Json = False,
) -> None:
    """Add to a workspace: items are upserted, events appended."""
    if not items and not events:
        raise InputError("nothing to import: give --items FILE, --events FILE, or both")
    _check_files([*(items or []), *(events or [])])
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
    with _bar("importing") as bar:
        summary = workspace.import_files(
            domain, items=items, events=events, field_map=_field_map(mapping), progress=bar
        )
    _report(_summary(summary), as_json)


def _summary(summary: Any) -> dict[str, Any]:
    """The counts of an import, the file of refused rows, and what was noted on the way."""
    values = asdict(summary)
    values.pop("reads")
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in values.items()
    }


@app.command()
def fit(
    directory: Dir,
    domain: DomainOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the training.")] = 0,
    pick_users: Annotated[
        int, typer.Option(help="Fit the LLM's weight in the pick on so many users (0: leave it).")
    ] = 0,
    engine: EngineOption = "auto",
    as_json: Json = False,
) -> None:
    """Train the scorer of one domain, or of all, and put it in service."""
    from shelftalker.domain import DomainStore
    from shelftalker.domain import fit as fit_domain
    from shelftalker.workspace import Workspace

    workspace = Workspace.open(directory)
    names = [DomainStore(workspace).name(domain)] if domain else workspace.domains()
    report = {}
    for name in names:
        with _bar(f"fitting {name}") as bar:
            version, scorer = fit_domain(workspace, name, seed=seed, progress=bar)
        report[name] = {"version": version, **scorer.metrics()}
        if pick_users:
            report[name] |= _fit_pick(workspace, name, engine, pick_users, seed)
    _report(report, as_json)


def _fit_pick(workspace: Any, name: str, engine: str, users: int, seed: int) -> dict[str, Any]:
    from shelftalker.engine import open_engine
    from shelftalker.pick_fitting import fit_pick

    async def work() -> dict[str, Any]:
        settings = workspace.settings
        loaded = await asyncio.to_thread(open_engine, settings.model, engine, dtype=settings.dtype)
        try:
            with _bar(f"fitting the pick of {name}") as bar:
                fitted = await fit_pick(
                    workspace, name, loaded, users=users, seed=seed, progress=bar
                )
        finally:
            await loaded.close()
        return fitted.as_dict()

    return asyncio.run(work())


@app.command()
def feedback(
    directory: Dir,
    user: Annotated[str, typer.Option(help="User id.")],
    item: Annotated[str, typer.Option(help="Item id.")],
    kind: Annotated[str, typer.Option(help="like, dislike, view, purchase, skip, rating, …")],
    value: Annotated[float | None, typer.Option(help="Stars of a rating, 0 to 5.")] = None,
    domain: DomainOption = None,
    as_json: Json = False,
) -> None:
    """Record what a user did; the next request knows it."""
    from shelftalker.recommender import Recommender

    with Recommender.open(directory, engine="none") as recommender:
        event = recommender.feedback(user, item, kind, value, domain=domain)  # type: ignore[arg-type]
    _report(
        {"user": event.user, "item": event.item, "kind": event.kind, "value": event.value}, as_json
    )


@app.command()
def generate(
    directory: Dir,
    user: Annotated[str, typer.Option(help="User id; an unknown one is a new visitor.")],
    message: Annotated[str, typer.Option(help="What the user asks for.")] = "",
    domain: DomainOption = None,
    k: Annotated[int, typer.Option(help="How many picks, 1 to 20.")] = 3,
    engine: EngineOption = "auto",
    adapter: Annotated[str | None, typer.Option(help="A loaded adapter, e.g. movies@v3.")] = None,
    language: Annotated[str | None, typer.Option(help="en or zh; default: the message's.")] = None,
    as_json: Json = False,
) -> None:
    """Pick items for a user and write a text for each."""
    from shelftalker.recommender import Recommender

    with Recommender.open(directory, engine=engine) as recommender:
        answer = recommender.generate(
            user, message, domain=domain, k=k, adapter=adapter, language=language
        )
    if as_json:
        _print_json(answer.as_dict())
        return
    for card in answer.cards:
        facts = " · ".join(f"{e.field}: {e.value}" for e in card.evidence if e.source == "catalog")
        liked = ", ".join(reason.title for reason in card.reasons)
        lines = [card.description, "", f"[dim]{_escape(facts)}[/dim]"]
        if liked:
            lines.append(f"[dim]because of: {_escape(liked)}[/dim]")
        lines[0] = _escape(lines[0])
        title = f"{card.rank}. {_escape(card.item.title)}  ({card.score:.0%})"
        out.print(Panel("\n".join(lines), title=title, title_align="left", subtitle=card.source))
    for notice in answer.notices:
        out.print(notice, style="yellow", markup=False)
    out.print(
        f"[dim]{answer.engine} engine, scorer {answer.scorer}, order by {answer.pick}, "
        f"{answer.timings_ms['total'] / 1000:.1f} s[/dim]"
    )


@app.command()
def recommend(
    directory: Dir,
    out_file: Annotated[Path, typer.Option("--out", help="Parquet file to write.")],
    domain: DomainOption = None,
    users: Annotated[
        str, typer.Option(help="all, or a text file with one user id a line.")
    ] = "all",
    k: Annotated[int, typer.Option(help="Items a user.")] = 10,
    stage: Annotated[str, typer.Option(help="scorer, or pick for the LLM's order.")] = "scorer",
    engine: EngineOption = "auto",
    as_json: Json = False,
) -> None:
    """Rank items for many users into a Parquet file: user, item, rank, score."""
    from shelftalker.recommender import Recommender

    if not out_file.parent.is_dir():
        raise InputError(f"--out {out_file}: the folder {out_file.parent} does not exist; make it")
    if out_file.is_dir():
        raise InputError(f"--out {out_file} is a folder; name a file in it")
    with Recommender.open(directory, engine=engine) as recommender:
        ids = _users(users, recommender, domain)
        with _bar("ranking") as bar:
            frame = recommender.recommend(
                ids,
                domain=domain,
                k=k,
                stage=stage,
                progress=lambda done: bar(done, len(ids), ""),
            )
    frame.write_parquet(out_file)
    _report({"users": len(ids), "rows": len(frame), "out": str(out_file)}, as_json)


@app.command()
def chat(
    directory: Dir,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    engine: EngineOption = "auto",
) -> None:
    """Serve the chat page."""
    from shelftalker.app import launch
    from shelftalker.recommender import Recommender

    with Recommender.open(directory, engine=engine) as recommender:
        err.print(recommender.warm() if engine != "none" else "no engine", markup=False)
        launch(recommender, host=host, port=port)


def _users(users: str, recommender: Any, domain: str | None) -> list[str]:
    if users == "all":
        from shelftalker.domain import DomainStore

        workspace = recommender.workspace
        found: list[str] = workspace.events.users(DomainStore(workspace).name(domain))
        return found
    path = Path(users)
    _check_files([path])
    try:
        ids = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; give one user id a line") from None
    if not any(ids):
        raise InputError(f"{path} names no user; give one user id a line")
    return [user for user in ids if user]


def _check_files(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the path of a file")
        if not path.is_file():
            raise InputError(f"no file {path}; give the path of an existing file")


def _field_map(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if not all(pair.partition("=")):
            raise InputError(f"--map {pair!r} is not field=column, e.g. --map title=product_name")
    return dict(pair.split("=", 1) for pair in pairs)


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr; yields a function of (done, total, text)."""
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


def _report(values: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(values)
        return
    for name, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {shown}" for key, shown in value.items())
        out.print(f"{name}: {value}", markup=False, highlight=False)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


if __name__ == "__main__":
    main()
