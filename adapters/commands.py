"""Commands on adapters: finetune."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from shelftalker.terminal import Dir, DomainOption, Json, err, report

commands = typer.Typer()


@commands.command()
def finetune(
    directory: Dir,
    domain: DomainOption = None,
    recipe: Annotated[
        str, typer.Option(help="lora, rslora, adalora, qlora, or a YAML file.")
    ] = "lora",
    report_to: Annotated[str, typer.Option(help="none, tensorboard, wandb or trackio.")] = "none",
    as_json: Json = False,
) -> None:
    """Train an adapter for the pick from a domain's log; called again after a kill, it goes on."""
    from shelftalker.adapters import recipe as recipes
    from shelftalker.adapters.finetune import finetune as train
    from shelftalker.adapters.registry import register
    from shelftalker.domain import DomainStore
    from shelftalker.workspace import Workspace

    chosen = recipes.load(recipe)
    with Workspace.open(directory) as workspace:
        name = DomainStore(workspace).name(domain)
        run = workspace.path / "cache" / "finetune" / f"{name}-{Path(recipe).stem}"
        done = train(
            workspace,
            name,
            chosen,
            run,
            report_to=report_to,
            say=lambda line: err.print(line, markup=False, highlight=False),
        )
        version = register(workspace, name, done.folder, done.facts)
    shutil.rmtree(run)
    report({"adapter": f"{name}@{version}", "metrics": done.facts["metrics"]}, as_json)
