"""Commands for texts written ahead or for many users: prepare, hooks, campaign."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shelftalker.commands import terminal
from shelftalker.errors import InputError

if TYPE_CHECKING:
    from shelftalker.campaign.run import CampaignEstimate
    from shelftalker.writing.hooks import Status


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
