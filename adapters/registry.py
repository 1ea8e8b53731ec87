"""The registry: versioned adapters of a domain, each with its card; which one serves, which did.

A version is what engines serve as it is: plain LoRA (anything else is exported on the way in) that
was checked against the base model, in a folder that appears complete or not at all. Which version
serves, and which ones did before, stands in one file that is replaced atomically.

An adapter is rarely good at everything. What a new version was not trained for is done beside it by
what does it in the version that serves when the new one is made: its partner. Gated, promoted and
rolled back they are one version.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shelftalker.adapters.export import Dtype, export
from shelftalker.adapters.gate.report import GateReport
from shelftalker.engine import lora, models
from shelftalker.errors import AdapterError, InputError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PICK_FILE
from shelftalker.store.adapter_card import (
    CARD_FILE,
    AdapterCard,
    Parts,
    TrainingFacts,
    base_of,
    prompt_hash,
)
from shelftalker.store.adapter_parts import check_parts, folder_of, parts_of
from shelftalker.store.versions import CurrentVersions
from shelftalker.store.workspace import Workspace

_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "safetensors", "shelftalker")


def register(
    workspace: Workspace,
    domain: str,
    folder: Path,
    facts: TrainingFacts | Mapping[str, Any],
    *,
    pick: PickFit | None = None,
    dtype: Dtype = "float32",
) -> str:
    """Make a folder that peft saved the newest version of a domain; returns it (`v3`).

    It does not serve until it is promoted. Only the weights and their config are taken over.
    `facts` is `TrainingFacts` or its fields; `pick` the fusion weights that serve with it. Raises
    `AdapterError` where the adapter cannot be served on the workspace's base model.
    """
    known = _facts(facts)
    with workspace.new_version(domain, "adapters") as made:
        target = made.folder
        rank = export(folder, target, dtype)
        lora.check(target, lora.layers_of(models.resolve(workspace.settings.model)))
        folders = workspace.prompt_folders(domain)
        card = AdapterCard(
            domain=domain,
            base=base_of(known.base_model or workspace.settings.model),
            prompts={name: prompt_hash(name, folders) for name in known.prompts},
            rank=rank,
            method=_method(folder),
            training=known,
            versions=_versions(),
            commit=_commit(),
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        card.check_fits(base_of(workspace.settings.model), folders)
        if pick is not None:
            (target / PICK_FILE).write_text(json.dumps(pick.as_dict()), encoding="utf-8")
        _pair(workspace, domain, card, target)
    return made.name


def add(workspace: Workspace, domain: str, folder: Path) -> str:
    """Make a version of a folder from outside, once it is checked; a card in it must fit here.

    Without a card, the one written says that nothing is known of the training.
    """
    check_outside(workspace, folder)
    if not (folder / CARD_FILE).is_file():
        return register(workspace, domain, folder, TrainingFacts(prompts=()))
    card = AdapterCard.read(folder)
    card.check_fits(base_of(workspace.settings.model), workspace.prompt_folders(domain))
    with workspace.new_version(domain, "adapters") as made:
        target = made.folder
        for name in ("adapter_config.json", "adapter_model.safetensors", PICK_FILE):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, target / name)
        _pair(workspace, domain, card.model_copy(update={"domain": domain}), target)
    return made.name


def take_out(
    workspace: Workspace, domain: str, version: str, target: Path, dtype: Dtype = "float32"
) -> None:
    """Write the checked adapter of a version into a new or empty folder, with its card and, if it
    picks, its weights. A partner stays behind: it is a version of its own."""
    card = _verified(workspace, domain, version)
    folder = version_folder(workspace, domain, version)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "not empty" if target.is_dir() else "a file"
        raise InputError(f"{target} is {what}; give a new or an empty folder")
    export(folder, target, dtype)
    _write_card(card.model_copy(update={"partners": {}}), target)
    if card.taught("pick") and (folder / PICK_FILE).is_file():
        shutil.copyfile(folder / PICK_FILE, target / PICK_FILE)


def check_outside(workspace: Workspace, folder: Path) -> None:
    """Safetensors only, plain LoRA, one allowed rank, the base's shapes, finite numbers.

    Raises `AdapterError` saying which does not hold.
    """
    lora.check(folder, lora.layers_of(models.resolve(workspace.settings.model)))


def verify(workspace: Workspace, domain: str, version: str) -> AdapterCard:
    """Check a version and its partners as if they came from outside, and that their cards fit this
    workspace. Returns its card."""
    card = _verified(workspace, domain, version)
    check_parts(workspace, domain, version)
    for partner in card.partners.values():
        _verified(workspace, domain, partner)
    return card


def problem(workspace: Workspace, domain: str, version: str) -> str:
    """Why a version cannot serve, as far as its files show without reading the weights; else empty.
    `verify` looks at all of it."""
    try:
        for adapter in {f"{domain}@{version}", *check_parts(workspace, domain, version).adapters}:
            folder = folder_of(workspace, adapter)
            lora.read_config(folder)
            lora.check_whole(folder)
    except AdapterError as error:
        return str(error)
    return ""


def _verified(workspace: Workspace, domain: str, version: str) -> AdapterCard:
    folder = version_folder(workspace, domain, version)
    check_outside(workspace, folder)
    card = AdapterCard.read(folder)
    card.check_fits(base_of(workspace.settings.model), workspace.prompt_folders(domain))
    return card


def version_folder(workspace: Workspace, domain: str, version: str) -> Path:
    """The folder of a version. Raises `AdapterError` naming the versions there are."""
    known = workspace.versions(domain, "adapters")
    if version not in known:
        raise AdapterError(
            f"domain {domain!r} has no adapter {version!r}; it has: {', '.join(known) or 'none'}"
        )
    return workspace.domain_path(domain) / "adapters" / version


def promote(
    workspace: Workspace, domain: str, version: str, *, force: bool = False
) -> CurrentVersions:
    """Let a checked version serve from the next request on; what runs ends on the old one.

    Raises `AdapterError` where it did not pass the gate against what serves, unless forced.
    """
    verify(workspace, domain, version)
    with workspace.locked(domain):
        serving = workspace.current(domain).adapter
        if not force and version != serving:
            _check_gate(workspace, domain, version, serving)
        return workspace.set_current(domain, adapter=version)


def _check_gate(workspace: Workspace, domain: str, version: str, serving: str | None) -> None:
    name, now = f"{domain}@{version}", f"{domain}@{serving}" if serving else None
    again = f"run: shelftalker adapters gate {workspace.path} {name}"
    report = GateReport.read(version_folder(workspace, domain, version))
    if report is None:
        raise AdapterError(f"{name} was never gated; {again}; --force promotes it all the same")
    if report.serving != now:
        back = f"promote {report.serving} first, or " if report.serving else ""
        raise AdapterError(
            f"{name} was gated while {report.serving or 'no adapter'} served, but now "
            f"{now or 'none'} does; {back}{again}"
        )
    if not report.passed:
        raise AdapterError(f"{report.sentence}; --force promotes it all the same")


def rollback(
    workspace: Workspace, domain: str, say: Callable[[str], None] = lambda _: None
) -> CurrentVersions:
    """Let what served before serve again: a version, or none. Its pick weights come with it.

    A version that cannot serve any more is passed over, and `say` hears why. Raises `AdapterError`
    where there is nothing to go back to.
    """
    current = workspace.current(domain)
    passed_over: list[str] = []
    for steps, earlier in enumerate(reversed(current.previous_adapters), start=1):
        try:
            if earlier:
                verify(workspace, domain, earlier)
        except AdapterError as error:
            passed_over.append(f"{domain}@{earlier} cannot serve any more ({error})")
        else:
            for reason in passed_over:
                say(reason)
            return workspace.restore_adapter(domain, steps)
    serving = f"{domain}@{current.adapter}" if current.adapter else "the base model"
    why = "; ".join(passed_over) or f"nothing served before {serving}"
    raise AdapterError(
        f"domain {domain!r} has nothing to roll back to: {why}; let a version serve with: "
        f"shelftalker adapters promote {workspace.path} VERSION"
    )


def _facts(facts: TrainingFacts | Mapping[str, Any]) -> TrainingFacts:
    try:
        return TrainingFacts.model_validate(facts)
    except ValidationError as error:
        raise AdapterError(f"the training facts cannot be used: {error}") from None


def _method(folder: Path) -> str:
    """How it was trained: lora, rslora or adalora."""
    config = lora.read_config(folder)
    return "rslora" if config.get("use_rslora") else str(config["peft_type"]).lower()


def _pair(workspace: Workspace, domain: str, card: AdapterCard, folder: Path) -> None:
    """Write the card of a new version, with its partners: whoever serves the uses that it was not
    trained for."""
    own = card.model_copy(update={"partners": {}}).parts(domain)
    serving = parts_of(workspace, domain, workspace.current(domain).adapter)
    partners = {
        use: serves.rpartition("@")[2]
        for use, does, serves in zip(Parts._fields, own, serving, strict=True)
        if serves and not does and folder_of(workspace, serves).is_dir()
    }
    _write_card(card.model_copy(update={"partners": partners}), folder)


def _write_card(card: AdapterCard, folder: Path) -> None:
    (folder / CARD_FILE).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str:
    """The commit of the code where it runs from a checkout, else empty."""
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).resolve().parent), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
