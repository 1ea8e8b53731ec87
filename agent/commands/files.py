"""The command for files that machines share: files DIR push|pull."""

from typing import Annotated, Literal

import typer

from shelftalker.commands import terminal

commands = typer.Typer()


@commands.command()
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
