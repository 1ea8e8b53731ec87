"""Command for texts to many users: campaign."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelftalker.commands import terminal

if TYPE_CHECKING:
    from shelftalker.campaign.run import CampaignEstimate

commands = typer.Typer()


@commands.command()
def campaign(
    directory: terminal.Dir,
    out: Annotated[str, typer.Option(help="A folder, or an address such as s3://bucket/may.")],
    users: terminal.UserList = "all",
    texts: terminal.TextFormat = "email",
    k: Annotated[int, typer.Option(help="Items a user, 1 to 20.", min=1, max=20)] = 3,
    tone: terminal.Tone = "",
    language: Annotated[
        str | None, typer.Option(help="en or zh; default: by each user's titles.")
    ] = None,
    domain: terminal.DomainOption = None,
    engine: terminal.EngineOption = "auto",
    local: Annotated[
        bool, typer.Option("--local", help="Processes here; the default where Ray is missing.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Default: one a CPU.", min=1)] = None,
    part: Annotated[int, typer.Option(help="Users a file.", min=1)] = 250,
    rate: Annotated[float, typer.Option(help="Users a second at most; 0: any.", min=0)] = 0,
    estimate: Annotated[bool, typer.Option("--estimate", help="Print the cost only.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """Write texts for many users into Parquet files, one row a user; run again, it goes on."""
    from shelftalker.campaign.plan import CampaignPlan, CampaignSettings
    from shelftalker.campaign.run import Campaign
    from shelftalker.campaign.workers import open_workers
    from shelftalker.recommender import Recommender
    from shelftalker.serving.options import GenerateCall
    from shelftalker.types import Style

    style = Style(texts, tone)
    listed = None if users == "all" else terminal.read_ids(Path(users), "user")
    for user in listed or ["a user"]:
        GenerateCall(user, k=k, language=language, style=style)  # raises InputError
    with Recommender.open(directory, engine="none") as recommender:
        name = recommender.domain(domain).name
        known = recommender.workspace.events.users(name) if listed is None else []
    plan = CampaignPlan.begin(out, CampaignSettings(name, k, style, language, part), listed, known)
    arguments = (str(directory.resolve()), plan.settings, engine)
    size, worker = open_workers(arguments, local=local, workers=workers)
    with closing(Campaign(plan, size, worker, rate)) as running:
        with terminal.waiting("starting a worker, measuring the cost"):
            cost = running.estimate()
        if estimate:
            terminal.report(asdict(cost), as_json)
            return
        terminal.say(_cost(cost, plan.done))
        with terminal.bar("writing") as progress:
            done = running.run(progress)
    terminal.report(
        {"users": done.users, "wrote": done.wrote, "seconds": round(done.seconds, 1),
         "lost_workers": done.lost, "out": out}, as_json,
    )  # fmt: skip


def _cost(cost: "CampaignEstimate", done: int) -> str:
    tokens = f", an LLM reads {cost.prompt_tokens:,} and writes {cost.written_tokens:,} tokens"
    asked = tokens if cost.prompt_tokens else ""
    return f"{cost.users} users to write ({done} done): about {cost.seconds / 60:.1f} min{asked}"
