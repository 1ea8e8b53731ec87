"""Commands that train: fit."""

import asyncio
from typing import Annotated, Any

import typer

from shelftalker.errors import InputError
from shelftalker.terminal import Dir, DomainOption, EngineOption, Json, bar, report

commands = typer.Typer()


@commands.command()
def fit(
    directory: Dir,
    domain: DomainOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the training.", min=0)] = 0,
    pick_users: Annotated[
        int,
        typer.Option(
            help="Fit the LLM's weight in the pick on so many users (0: leave it).", min=0
        ),
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
    if not names:
        raise InputError(
            f"{directory} has no domain yet; make one with: shelftalker init {directory} "
            "--domain NAME --items FILE"
        )
    for name in names:
        workspace.current(name)  # raises WorkspaceError; an hour of training later is too late
    results = {}
    for name in names:
        with bar(f"fitting {name}") as progress:
            version, scorer = fit_domain(workspace, name, seed=seed, progress=progress)
        results[name] = {"version": version, **scorer.metrics()}
        if pick_users:
            results[name] |= _fit_pick(workspace, name, engine, pick_users, seed)
    report(results, as_json)


def _fit_pick(workspace: Any, name: str, engine: str, users: int, seed: int) -> dict[str, Any]:
    from shelftalker.engine import open_engine
    from shelftalker.pick_fitting import fit_pick

    async def work() -> dict[str, Any]:
        settings = workspace.settings
        loaded = await asyncio.to_thread(open_engine, settings.model, engine, dtype=settings.dtype)
        try:
            with bar(f"fitting the pick of {name}") as progress:
                fitted = await fit_pick(
                    workspace, name, loaded, users=users, seed=seed, progress=progress
                )
        finally:
            await loaded.close()
        return fitted.as_dict()

    return asyncio.run(work())
