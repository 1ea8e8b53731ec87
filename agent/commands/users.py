"""Commands on what is stored of visitors: users, experiment."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from shelftalker.commands.terminal import Dir, DomainOption, Json, report


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


def experiment(
    directory: Dir,
    action: Annotated[Literal["status", "off-policy"], typer.Argument(help="What to do.")],
    hours: Annotated[
        float, typer.Option(help="How long after an item was shown an event counts.", min=0)
    ] = 24,
    scorer: Annotated[
        str | None, typer.Option(help="For off-policy: the version to value; default: the newest.")
    ] = None,
    domain: DomainOption = None,
    as_json: Json = False,
) -> None:
    """Show how an experiment stands, by arm, with intervals that hold at all times; or, with
    off-policy, what a scorer version would earn, from the log of what was shown."""
    from shelftalker.eval.off_policy import policy_value
    from shelftalker.ranking.experiment_status import status
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace:
        name = workspace.domain_name(domain)
        if action == "off-policy":
            version = scorer or workspace.versions(name, "scorer")[-1]
            report(policy_value(workspace, name, version, hours), as_json)
            return
        found = status(workspace, name, hours)
    lines: dict[str, Any] = {"experiment": found["experiment"]}
    for name, arm in found["arms"].items():
        told = f"{arm['visitors']} visitors, reward {_told(arm['reward'])}"
        if "difference" in arm:
            told += f", against {arm['against']} {_told(arm['difference'])}"
        lines[name] = told
    report(_finite(found) if as_json else lines, as_json)


def _traces(directory: Path, versions: list[str], user: str) -> dict[str, Any]:
    """The versions that saw a person, and the commands that train new ones without them."""
    anew = {
        "scorer": f"shelftalker fit {directory} --domain",
        "adapter": f"shelftalker finetune {directory} --recipe NAME --domain",
    }
    commands = {f"{anew[kind]} {domain}" for domain, kind, _ in map(str.split, versions)}
    return {"user": user, "versions": versions, "retrain": sorted(commands)}


def _told(one: dict[str, Any]) -> str:
    return f"{one['mean']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"


def _finite(value: Any) -> Any:
    """The same, with None for an interval without bound, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
