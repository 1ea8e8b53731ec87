"""Commands for texts written ahead: prepare, hooks."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shelftalker.commands import terminal
from shelftalker.errors import InputError

if TYPE_CHECKING:
    from shelftalker.writing.hooks import Status

commands = typer.Typer()


@commands.command()
def prepare(
    directory: terminal.Dir,
    items: Annotated[Path | None, typer.Option(help="A text file with one item id a line.")] = None,
    angles: Annotated[int, typer.Option(help="Angles an item, 1 to 6.", min=1, max=6)] = 3,
    drafts: Annotated[int, typer.Option(help="Drafts an angle.", min=1)] = 4,
    batch: Annotated[int, typer.Option(help="Items written together.", min=1)] = 4,
    language: Annotated[
        str | None, typer.Option(help="en or zh; default: the catalogue's.")
    ] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Print the work, do none.")] = False,
    domain: terminal.DomainOption = None,
    engine: terminal.EngineOption = "auto",
    as_json: terminal.Json = False,
) -> None:
    """Write texts about items ahead, verified; what is written already is not written again."""
    from shelftalker.recommender import Recommender
    from shelftalker.writing.prepare import PrepareOptions

    with Recommender.open(directory, engine="none" if estimate else engine) as recommender:
        code = language or recommender.domain(domain).own_language
        options = PrepareOptions(angles, drafts, batch, code)
        ids = terminal.read_ids(items, "item") if items else None
        planned = recommender.prepare(domain, ids, options=options, only_estimate=True)
        if estimate:
            terminal.report(asdict(planned), as_json)
            return
        how = "the catalogue's own sentences"
        if planned.texts and engine != "none":
            how = f"{planned.texts} drafts, about {planned.tokens:,} tokens"
        terminal.say(f"{planned.items} items to prepare in {code}: {how}")
        if engine != "none":
            with terminal.waiting("loading the LLM"):
                terminal.say(recommender.warm())
        with terminal.bar("preparing") as progress:
            done = recommender.prepare(domain, ids, options=options, progress=progress)
    terminal.report(asdict(done), as_json)
    if done.awaiting:
        review = f"shelftalker hooks {directory} {f'--domain {domain} ' if domain else ''}"
        terminal.say(
            f"{done.awaiting} texts await your approval, and nobody sees them before. Read them: "
            f"{review}export texts.csv; then {review}approve all, or approve ID …, reject ID … "
            "(require_approval = false in voice.toml shows them unread)"
        )


@commands.command()
def hooks(
    directory: terminal.Dir,
    action: Annotated[Literal["export", "import", "approve", "reject"], typer.Argument()],
    names: Annotated[
        list[str], typer.Argument(help="The CSV file; for approve and reject, ids or: all")
    ],
    domain: terminal.DomainOption = None,
    as_json: terminal.Json = False,
) -> None:
    """Review texts written ahead: export them as a CSV, edit, import; or approve and reject."""
    from shelftalker.recommender import Recommender

    with Recommender.open(directory, engine="none") as recommender:
        store, catalog = recommender.hooks(domain), recommender.domain(domain).catalog
        if action in ("approve", "reject"):
            status: Status = "approved" if action == "approve" else "rejected"
            terminal.report({status: store.review(names, status)}, as_json)
            return
        if len(names) != 1:
            raise InputError(f"hooks {action} takes one CSV file, not {len(names)} names")
        path, items = Path(names[0]), {item.id: item for item in catalog}
        if action == "export":
            titles = {name: item.title for name, item in items.items()}
            terminal.report({"exported": store.export_csv(path, titles), "out": str(path)}, as_json)
            return
        terminal.check_files([path])
        taken, refused = store.import_csv(path, items)
        terminal.report({"imported": taken, "refused": refused}, as_json)
