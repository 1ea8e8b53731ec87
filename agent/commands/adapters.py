"""Commands on adapters: finetune, and `adapters …` for the versions of a workspace."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from shelftalker.commands.terminal import (
    Dir,
    DomainOption,
    Json,
    bar,
    err,
    lines,
    out,
    print_json,
    report,
)
from shelftalker.errors import AdapterError, InputError
from shelftalker.store.adapter_card import UNSTATED

commands = typer.Typer()
adapters = typer.Typer(help="List, check, promote and move the adapters of a workspace.")
commands.add_typer(adapters, name="adapters")

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version: v3, or with its domain movies@v3.")
]
_DEFAULT_DTYPE: Literal["float32"] = "float32"


@commands.command()
def finetune(
    directory: Dir,
    domain: DomainOption = None,
    recipe: Annotated[
        str, typer.Option(help="lora, rslora, adalora, qlora, texts, or a YAML file.")
    ] = "lora",
    report_to: Annotated[str, typer.Option(help="none, tensorboard, wandb or trackio.")] = "none",
    licence: Annotated[str, typer.Option(help="Of the data, for the card.")] = UNSTATED,
    promote: Annotated[
        bool, typer.Option("--promote", help="Let it serve, if it passes the gate.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train an adapter from a domain's log, and measure it against what serves.

    Called again after a kill, it goes on.
    """
    from shelftalker.adapters import recipe as recipes
    from shelftalker.adapters import registry
    from shelftalker.adapters.finetune import make_version
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    chosen = recipes.load(recipe)
    with Workspace.open(directory) as workspace:
        name = DomainStore(workspace).name(domain)
        stem = Path(recipe).name.removesuffix(".yaml").removesuffix(".yml")
        run = workspace.path / "cache" / "finetune" / f"{name}-{stem}"
        with _resumable():
            with redirect_stdout(sys.stderr):  # where the trainer prints its figures
                version = make_version(
                    workspace, name, chosen, run, report_to=report_to, licence=licence,
                    say=_tell, progress=lines("examples", every=10),
                )  # fmt: skip
            if chosen.gate.examples:
                _gate(workspace, name, version, chosen.gate)
        shutil.rmtree(run)
        _show(workspace, name, version, as_json)
        if promote:
            registry.promote(workspace, name, version)
            _tell(f"{name} is served by {name}@{version}")


@contextmanager
def _resumable() -> Iterator[None]:
    """Whoever interrupts is told how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        _tell("interrupted; give the same command again to go on")
        raise


def _gate(workspace: Any, domain: str, version: str, settings: Any) -> None:
    """Keep the gate's report beside a new version, or say why it cannot be judged."""
    from shelftalker.adapters.gate.gate import gate as measure

    try:
        with bar(f"gate of {domain}@{version}") as progress:
            measure(workspace, domain, version, settings, progress=progress)
    except AdapterError as error:
        _tell(str(error))


def _show(workspace: Any, domain: str, version: str, as_json: bool) -> None:
    from shelftalker.adapters import summary

    found = summary.shown(workspace, domain, version)
    if as_json:
        print_json(found)
    else:
        report(summary.lines(found), as_json=False)


@adapters.command("list")
def list_(directory: Dir, domain: DomainOption = None, as_json: Json = False) -> None:
    """All versions of one domain, or of every domain, and which ones serve."""
    from shelftalker.adapters import summary
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    names = workspace.domains() if domain is None else [domain]
    rows = [row for name in names for row in summary.listed(workspace, name)]
    if as_json:
        print_json({"adapters": rows})
        return
    for row in rows:
        _say(summary.line(row))
    if not rows:
        _say(f"no adapters; train one with: shelftalker finetune {directory}")


@adapters.command()
def show(
    directory: Dir, version: Version, domain: DomainOption = None, as_json: Json = False
) -> None:
    """Where a version comes from: base model, data, recipe, figures, pick weights."""
    _show(*_named(directory, domain, version), as_json)


@adapters.command()
def verify(
    directory: Dir, version: Version, domain: DomainOption = None, as_json: Json = False
) -> None:
    """Check files, shapes and numbers, and that base model, tokenizer and prompts fit."""
    from shelftalker.adapters import registry

    workspace, name, version = _named(directory, domain, version)
    card = registry.verify(workspace, name, version)
    report({"adapter": f"{name}@{version}", "fits": card.base.model, "rank": card.rank}, as_json)


@adapters.command()
def gate(
    directory: Dir,
    version: Version,
    domain: DomainOption = None,
    examples: Annotated[
        int, typer.Option(help="How many, newer than its training data.", min=1)
    ] = 1000,
    descriptions: Annotated[
        int, typer.Option(help="Texts to check (0: none; they take the longest).", min=0)
    ] = 24,
    as_json: Json = False,
) -> None:
    """Measure a version against what serves and the bare scorer, on newer events."""
    from shelftalker.adapters import summary
    from shelftalker.adapters.gate.gate import gate as measure
    from shelftalker.adapters.recipe import Gate

    workspace, name, version = _named(directory, domain, version)
    settings = Gate(examples=examples, descriptions=descriptions)
    with bar(f"gate of {name}@{version}") as progress:
        found = measure(workspace, name, version, settings, progress=progress)
    if as_json:
        print_json(found.model_dump(mode="json") | {"passed": found.passed})
    else:
        report(summary.gate_lines(found), as_json=False)


@adapters.command()
def promote(
    directory: Dir,
    version: Version,
    domain: DomainOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it did not pass the gate.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a version serve from the next request on, if it passed the gate against what serves."""
    from shelftalker.adapters import registry

    workspace, name, version = _named(directory, domain, version)
    _report_serving(name, registry.promote(workspace, name, version, force=force), as_json)


@adapters.command()
def rollback(directory: Dir, domain: DomainOption = None, as_json: Json = False) -> None:
    """Let what served before serve again: a version, or the base model."""
    from shelftalker.adapters import registry
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    name = DomainStore(workspace).name(domain)
    _report_serving(name, registry.rollback(workspace, name, _tell), as_json)


@adapters.command()
def export(
    directory: Dir,
    version: Version,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or an empty folder.")],
    domain: DomainOption = None,
    dtype: Annotated[
        Literal["float32", "bfloat16"], typer.Option(help="bfloat16 halves the file.")
    ] = _DEFAULT_DTYPE,
    as_json: Json = False,
) -> None:
    """Write a version as a folder that peft and vLLM load, with its card and pick weights."""
    from shelftalker.adapters import registry

    workspace, name, version = _named(directory, domain, version)
    registry.take_out(workspace, name, version, target, dtype)
    report({"adapter": f"{name}@{version}", "folder": str(target)}, as_json)


@adapters.command()
def add(
    directory: Dir,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An adapter from elsewhere.")],
    domain: DomainOption = None,
    as_json: Json = False,
) -> None:
    """Make a version of a folder from outside, once it is checked."""
    from shelftalker.adapters import registry, summary
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    name = DomainStore(workspace).name(domain)
    found = summary.shown(workspace, name, registry.add(workspace, name, folder))
    report(found if as_json else summary.added(found), as_json)


def _named(directory: Path, domain: str | None, version: str) -> tuple[Any, str, str]:
    """The workspace, and the domain and number that a version's name means."""
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    owner, at, number = version.rpartition("@")
    if at and domain not in (None, owner):
        raise InputError(
            f"{version} is a version of {owner!r}, but --domain is {domain!r}; give one of them"
        )
    return workspace, DomainStore(workspace).name(owner or domain), number


def _report_serving(domain: str, current: Any, as_json: bool) -> None:
    serving = f"{domain}@{current.adapter}" if current.adapter else None
    if as_json:
        print_json({"domain": domain, "adapter": serving})
    else:
        _say(f"{domain} is served by {serving or 'the base model, without an adapter'}")


def _say(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def _tell(line: str) -> None:
    err.print(line, markup=False, highlight=False, soft_wrap=True)
