"""Commands that train: fit."""

import asyncio
from typing import Annotated, Any

import typer

from shelftalker.commands.terminal import Dir, DomainOption, EngineOption, Json, bar, report, say
from shelftalker.errors import InputError
from shelftalker.learning.tracking import Reporter


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
    trials: Annotated[
        int,
        typer.Option(
            "--search", help="First search for the best settings, in so many trials.", min=0
        ),
    ] = 0,
    report_to: Annotated[Reporter, typer.Option(help="Where training curves go.")] = "auto",
    online: Annotated[
        bool, typer.Option("--online", help="Go on learning from the log until Ctrl-C.")
    ] = False,
    engine: EngineOption = "auto",
    as_json: Json = False,
) -> None:
    """Train the scorer of one domain, or of all, and put it in service."""
    from shelftalker.learning.fit import fit as fit_domain
    from shelftalker.learning.tuning import search
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    if online:
        _learn(workspace, workspace.domain_name(domain), as_json)
        return
    names = [workspace.domain_name(domain)] if domain else workspace.domains()
    if not names:
        raise InputError(
            f"{directory} has no domain yet; make one with: shelftalker init {directory} "
            "--domain NAME --items FILE"
        )
    for name in names:
        workspace.current(name)  # raises WorkspaceError now, not after an hour of training
    results = {}
    for name in names:
        how: dict[str, Any] = {"seed": seed, "report_to": report_to}
        tuned: dict[str, Any] = {}
        if trials:
            with bar(f"searching {name}") as progress:
                tuned = search(workspace, name, trials, progress=progress, **how).outcome()
        with bar(f"fitting {name}") as progress:
            version, scorer = fit_domain(workspace, name, progress=progress, **how)
        results[name] = {"version": version, **scorer.weights.metrics, **tuned}
        if pick_users:
            results[name] |= _fit_pick(workspace, name, engine, pick_users, seed)
    report(results, as_json)


def _learn(workspace: Any, name: str, as_json: bool) -> None:
    """Follow the log until SIGINT or SIGTERM; the current batch is finished first."""
    import signal
    import threading

    from shelftalker.learning.online_service import learn_online

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    say(f"learning from the log of {name}; Ctrl-C ends it")
    state = learn_online(workspace, name, stop, lambda state: say(f"{name}: {state}"))
    values = {"version": state.version, "events": state.events, "ndcg@10": state.ndcg}
    report({name: values | {"serving ndcg@10": state.serving_ndcg}}, as_json)


def _fit_pick(workspace: Any, name: str, engine: str, users: int, seed: int) -> dict[str, Any]:
    from shelftalker.ranking.pick_fitting import fit_pick
    from shelftalker.store.adapter_parts import version_parts

    if picker := version_parts(workspace, name, workspace.current(name).adapter).pick:
        own = f"{picker} is in service and picks with its own weights; the weights fitted now are "
        say(f"{own}used once the base model picks again", style="yellow")

    async def work() -> dict[str, Any]:
        loaded = await asyncio.to_thread(workspace.settings.open_engine, engine)
        try:
            with bar(f"fitting the pick of {name}") as progress:
                fitted = await fit_pick(
                    workspace, name, loaded, users=users, seed=seed, progress=progress
                )
        finally:
            await loaded.close()
        return fitted.as_dict()

    return asyncio.run(work())
