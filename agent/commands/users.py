"""The command for the data of one person: users DIR delete|export|show-traces USER."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from shelftalker.commands.terminal import Dir, Json, report

commands = typer.Typer()


@commands.command()
def users(
    directory: Dir,
    action: Annotated[
        Literal["delete", "export", "show-traces"], typer.Argument(help="What to do.")
    ],
    user: Annotated[str, typer.Argument(metavar="USER", help="The id of the user.")],
    as_json: Json = False,
) -> None:
    """Delete all that is stored of a user, print it, or print which trained versions saw it. Later
    imports leave a deleted user out."""
    from shelftalker.store.personal_data import erase, exported, traces
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace:
        if action == "delete":
            values: dict[str, Any] = {"events_deleted": erase(workspace, user)}
        elif action == "show-traces":
            values = _traces(directory, traces(workspace, user), user)
        else:
            values = {"user": user, **exported(workspace, user)}
    report(values, as_json)


def _traces(directory: Path, versions: list[str], user: str) -> dict[str, Any]:
    """The versions that saw a person, and the commands that train new ones without them."""
    anew = {
        "scorer": f"shelftalker fit {directory} --domain",
        "adapter": f"shelftalker finetune {directory} --recipe NAME --domain",
    }
    commands = {f"{anew[kind]} {domain}" for domain, kind, _ in map(str.split, versions)}
    return {"user": user, "versions": versions, "retrain": sorted(commands)}
