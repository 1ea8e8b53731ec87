"""The command for the data of one person: users DIR delete|export|show-traces USER."""

from typing import Annotated, Literal

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
    from shelftalker.store.personal_data import exported, traces
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace:
        if action == "delete":
            report({"events_deleted": workspace.forget(user)}, as_json)
            return
        if action == "show-traces":
            report({"user": user, "versions": traces(workspace, user)}, as_json)
            return
        events = exported(workspace, user)
    report({"user": user, **events}, as_json)
