"""Commands that serve users: feedback, generate, recommend, chat."""

import signal
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape
from rich.panel import Panel

from shelftalker.commands import terminal
from shelftalker.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from shelftalker.types import Answer


def feedback(
    directory: terminal.Dir,
    user: Annotated[str, typer.Option(help="User id.")],
    item: Annotated[str, typer.Option(help="Item id.")],
    kind: Annotated[str, typer.Option(help="like, dislike, view, purchase, skip, rating, …")],
    value: Annotated[float | None, typer.Option(help="Stars of a rating, 0 to 5.")] = None,
    domain: terminal.DomainOption = None,
    as_json: terminal.Json = False,
) -> None:
    """Record what a user did; the next request uses it."""
    from shelftalker.recommender import Recommender

    with Recommender.open(directory, engine="none") as recommender:
        event = recommender.feedback(user, item, kind, value, domain=domain)  # type: ignore[arg-type]
    terminal.report(
        {"user": event.user, "item": event.item, "kind": event.kind, "value": event.value}, as_json
    )


def generate(
    directory: terminal.Dir,
    user: Annotated[str, typer.Option(help="User id; an unknown one is a new visitor.")],
    message: Annotated[
        list[str] | None,
        typer.Option(
            help="What the user asks for. Give it several times for several answers, each for "
            "itself; --json then prints one object per line."
        ),
    ] = None,
    domain: terminal.DomainOption = None,
    k: Annotated[int, typer.Option(help="How many picks, 1 to 20.")] = 3,
    engine: terminal.EngineOption = "auto",
    adapter: Annotated[str | None, typer.Option(help="An adapter version, e.g. movies@v3.")] = None,
    language: Annotated[
        str | None, typer.Option(help="en or zh; default: as the message, or the titles.")
    ] = None,
    texts: terminal.TextFormat = "card",
    tone: terminal.Tone = "",
    length: Annotated[
        Literal["short", "medium", "long"] | None, typer.Option(help="Of a card.")
    ] = None,
    as_json: terminal.Json = False,
) -> None:
    """Pick items for a user and write a text for each."""
    from shelftalker.serving.engine_host import open_host
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    host = open_host(workspace, engine)
    host.load_ahead()  # while the rest is imported
    from shelftalker.recommender import Recommender
    from shelftalker.types import Style

    messages, style = message or [""], Style(texts, tone, length)
    several = len(messages) > 1
    with Recommender(workspace, host) as recommender:
        for number, text in enumerate(messages):
            label = "answering" if number else "loading the models, then answering"
            with terminal.waiting(label) if engine != "none" else nullcontext():
                answer = recommender.generate(
                    user, text, domain=domain, k=k, adapter=adapter, language=language, style=style
                )
            if as_json:
                terminal.print_json(answer.as_dict(), indent=None if several else 2)
                continue
            if several:
                title = f"“{escape(text)}”" if text else "without a message"
                terminal.out.rule(title, align="left")
            _print_answer(answer)


def _print_answer(answer: "Answer") -> None:
    if answer.text:
        terminal.out.print(answer.text, markup=False)
    for card in answer.cards:
        shown = (e for e in card.evidence if e.source == "catalog")
        fresh = (e for e in shown if e.field != "text" or e.value not in card.description)
        facts = " · ".join(f"{e.field}: {e.value}" for e in fresh)
        liked = ", ".join(reason.title for reason in card.reasons)
        lines = [escape(card.description), "", f"[dim]{escape(facts)}[/dim]"]
        if liked:
            lines.append(f"[dim]because of: {escape(liked)}[/dim]")
        title = f"{card.rank}. {escape(card.item.title)}  ({card.score:.0%})"
        terminal.out.print(
            Panel("\n".join(lines), title=title, title_align="left", subtitle=card.source)
        )
    for notice in answer.notices:
        terminal.out.print(notice, style="yellow", markup=False)
    terminal.out.print(
        f"[dim]{answer.engine} engine, scorer {answer.scorer}, order by {answer.pick}, "
        f"{answer.timings_ms['total'] / 1000:.1f} s[/dim]"
    )


def recommend(
    directory: terminal.Dir,
    out_file: Annotated[Path, typer.Option("--out", help="Parquet file to write.")],
    domain: terminal.DomainOption = None,
    users: terminal.UserList = "all",
    k: Annotated[int, typer.Option(help="Items a user.")] = 10,
    stage: Annotated[str, typer.Option(help="scorer, or pick for the LLM's order.")] = "scorer",
    engine: terminal.EngineOption = "auto",
    as_json: terminal.Json = False,
) -> None:
    """Rank items for many users into a Parquet file: user, item, rank, score."""
    from shelftalker.recommender import Recommender

    if not out_file.parent.is_dir():
        raise InputError(f"--out {out_file}: the folder {out_file.parent} does not exist; make it")
    if out_file.is_dir():
        raise InputError(f"--out {out_file} is a folder; name a file in it")
    with Recommender.open(directory, engine=engine) as recommender:
        name = recommender.domain(domain).name
        known = recommender.workspace.events.users
        ids = known(name) if users == "all" else terminal.read_ids(Path(users), "user")
        with terminal.bar("ranking") as progress:
            frame = recommender.recommend(
                ids, domain=domain, k=k, stage=stage, progress=lambda n: progress(n, len(ids), "")
            )
    frame.write_parquet(out_file)
    terminal.report({"users": len(ids), "rows": len(frame), "out": str(out_file)}, as_json)


def chat(
    directory: terminal.Dir,
    host: terminal.Host = "127.0.0.1",
    port: terminal.Port = 7860,
    engine: terminal.EngineOption = "auto",
) -> None:
    """Serve the chat page."""
    if find_spec("gradio") is None:
        raise MissingExtra("gradio", "chat")
    from shelftalker.page.blocks import launch
    from shelftalker.recommender import Recommender

    terminal.check_port(host, port)
    signal.signal(signal.SIGTERM, _exit)
    with Recommender.open(directory, engine=engine) as recommender:
        names = [recommender.workspace.settings.default_domain, *recommender.domains(), None]
        recommender.profile("visitor", domain=next(filter(None, names), None))  # raises NotFitted
        if engine == "none":
            terminal.say("no engine")
        else:
            with terminal.waiting("loading the LLM"):
                loaded = recommender.warm()
            terminal.say(loaded)
        launch(recommender, host=host, port=port)


def _exit(number: int, _: object) -> None:
    """Raise, so that the recommender is closed and the engine's processes end."""
    raise SystemExit(128 + number)
