"""Commands on adapters: finetune, and `adapters …` for the versions of a workspace."""

import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shelftalker.commands.terminal import Dir, DomainOption, Json, bar, lines, report, say
from shelftalker.errors import AdapterError, InputError
from shelftalker.store.adapter_card import UNSTATED

if TYPE_CHECKING:
    from shelftalker.adapters.gate.report import GateReport
    from shelftalker.adapters.recipe import Gate
    from shelftalker.adapters.registry import AdapterVersions
    from shelftalker.store.versions import CurrentVersions

adapters = typer.Typer(help="List, check, promote and move the adapters of a workspace.")

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version: v3, or with its domain movies@v3.")
]


def finetune(
    directory: Dir,
    domain: DomainOption = None,
    recipe: Annotated[
        str, typer.Option(help="lora, rslora, adalora, qlora, texts, or a YAML file.")
    ] = "lora",
    report_to: Annotated[str, typer.Option(help="none, tensorboard, wandb or trackio.")] = "none",
    licence: Annotated[str, typer.Option(help="Of the data, for the card.")] = UNSTATED,
    promote: Annotated[
        bool, typer.Option("--promote", help="Put it in service, if it passes the gate.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train an adapter on a domain's log and gate it against the version in service.

    After an interruption, the same command goes on from there.
    """
    from shelftalker.adapters import recipe as recipes

    chosen = recipes.load(recipe)
    versions = _versions(directory, domain)
    name = versions.domain
    stem = Path(recipe).name.removesuffix(".yaml").removesuffix(".yml")
    run = versions.workspace.path / "cache" / "finetune" / f"{name}-{stem}"
    with versions.workspace:
        try:
            with redirect_stdout(sys.stderr):  # where the trainer prints its figures
                version = versions.finetune(
                    chosen, run, report_to=report_to, licence=licence,
                    say=say, progress=lines("examples", every=10),
                )  # fmt: skip
            if chosen.gate.examples:
                try:
                    _gate(versions, version, chosen.gate)
                except AdapterError as error:  # it cannot be judged
                    say(str(error))
        except KeyboardInterrupt:
            say("interrupted; give the same command again to go on")
            raise
        shutil.rmtree(run)
        _show(versions, version, as_json)
        if promote:
            versions.promote(version)
            say(f"{name} is served by {name}@{version}")


def _gate(versions: "AdapterVersions", version: str, settings: "Gate") -> "GateReport":
    with bar(f"gate of {versions.domain}@{version}") as progress:
        return versions.gate(version, settings, progress=progress)


def _show(versions: "AdapterVersions", version: str, as_json: bool) -> None:
    from shelftalker.adapters.summary import details, details_table

    found = details(versions, version)
    report(found if as_json else details_table(found), as_json)


@adapters.command("list")
def list_(directory: Dir, domain: DomainOption = None, as_json: Json = False) -> None:
    """List the versions of one domain, or of all, and which ones are in service."""
    from shelftalker.adapters.registry import AdapterVersions
    from shelftalker.adapters.summary import summaries, summary_line
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    names = workspace.domains() if domain is None else [domain]
    rows = [row for name in names for row in summaries(AdapterVersions(workspace, name))]
    told = [summary_line(row) for row in rows]
    nothing = f"no adapters; train one with: shelftalker finetune {directory}"
    report({"adapters": rows}, as_json, told or [nothing])


@adapters.command()
def show(
    directory: Dir, version: Version, domain: DomainOption = None, as_json: Json = False
) -> None:
    """Show the origin of a version: base model, data, recipe, figures, pick weights."""
    _show(*_version(directory, domain, version), as_json)


@adapters.command()
def verify(
    directory: Dir, version: Version, domain: DomainOption = None, as_json: Json = False
) -> None:
    """Check files, shapes and numbers, and that base model, tokenizer and prompts fit."""
    versions, version = _version(directory, domain, version)
    card, name = versions.verify(version), f"{versions.domain}@{version}"
    report({"adapter": name, "fits": card.base.model, "rank": card.rank}, as_json)


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
    """Compare a version with the one in service and the scorer alone, on newer events."""
    from shelftalker.adapters.recipe import Gate
    from shelftalker.adapters.summary import gate_table

    versions, version = _version(directory, domain, version)
    result = _gate(versions, version, Gate(examples=examples, descriptions=descriptions))
    plain = result.model_dump(mode="json") | {"passed": result.passed}
    report(plain if as_json else gate_table(result), as_json)


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
    """Put a version in service from the next request on, if it passed the gate."""
    versions, version = _version(directory, domain, version)
    _report_current(versions.domain, versions.promote(version, force=force), as_json)


@adapters.command()
def rollback(directory: Dir, domain: DomainOption = None, as_json: Json = False) -> None:
    """Put back in service what was before: a version, or the base model."""
    versions = _versions(directory, domain)
    _report_current(versions.domain, versions.rollback(say), as_json)


@adapters.command()
def export(
    directory: Dir,
    version: Version,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or an empty folder.")],
    domain: DomainOption = None,
    dtype: Annotated[
        Literal["float32", "bfloat16"], typer.Option(help="bfloat16 halves the file.")
    ] = "float32",
    as_json: Json = False,
) -> None:
    """Write a version as a folder that peft and vLLM load, with its card and pick weights."""
    versions, version = _version(directory, domain, version)
    versions.export(version, target, dtype)
    report({"adapter": f"{versions.domain}@{version}", "folder": str(target)}, as_json)


@adapters.command()
def add(
    directory: Dir,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An adapter from elsewhere.")],
    domain: DomainOption = None,
    as_json: Json = False,
) -> None:
    """Check an adapter from elsewhere and make a version of it."""
    from shelftalker.adapters.summary import added_table, details

    versions = _versions(directory, domain)
    found = details(versions, versions.add(folder))
    report(found if as_json else added_table(found), as_json)


def _version(directory: Path, domain: str | None, version: str) -> tuple["AdapterVersions", str]:
    """The domain's versions and the number that `v3` or `movies@v3` means."""
    owner, at, number = version.rpartition("@")
    if at and domain not in (None, owner):
        raise InputError(
            f"{version} is a version of {owner!r}, but --domain is {domain!r}; give one of them"
        )
    return _versions(directory, owner or domain), number


def _versions(directory: Path, domain: str | None) -> "AdapterVersions":
    from shelftalker.adapters.registry import AdapterVersions
    from shelftalker.store.workspace import Workspace

    workspace = Workspace.open(directory)
    return AdapterVersions(workspace, workspace.domain_name(domain))


def _report_current(domain: str, current: "CurrentVersions", as_json: bool) -> None:
    adapter = f"{domain}@{current.adapter}" if current.adapter else None
    told = f"{domain} is served by {adapter or 'the base model, without an adapter'}"
    report({"domain": domain, "adapter": adapter}, as_json, [told])
