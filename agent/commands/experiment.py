"""The command for experiments on visitors: experiment DIR status|off-policy."""

import math
from typing import Annotated, Any, Literal

import typer

from shelftalker.commands.terminal import Dir, DomainOption, Json, report

commands = typer.Typer()


@commands.command()
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
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace:
        name = DomainStore(workspace).name(domain)
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


def _told(one: dict[str, Any]) -> str:
    return f"{one['mean']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"


def _finite(value: Any) -> Any:
    """The same, with None for an interval without bound, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
