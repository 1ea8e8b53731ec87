"""The card of a new adapter version: where it was trained, on what, and its partners."""

import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shelftalker.engine import lora
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.errors import AdapterError
from shelftalker.store.adapter_card import AdapterCard, AdapterParts, TrainingFacts, prompt_hash
from shelftalker.store.adapter_parts import adapter_folder, version_parts
from shelftalker.store.workspace import Workspace

_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "safetensors", "shelftalker")


def new_card(
    workspace: Workspace, domain: str, facts: TrainingFacts, method: str, rank: int
) -> AdapterCard:
    """A card with the fingerprints of the base model and prompts as they are now. Raises
    `AdapterError` for a prompt that does not exist."""
    folders = workspace.prompt_folders(domain)
    return AdapterCard(
        domain=domain,
        base=base_fingerprint(facts.base_model or workspace.settings.model),
        prompts={name: prompt_hash(name, folders) for name in facts.prompts},
        rank=rank,
        method=method,
        training=facts,
        versions=_library_versions(),
        commit=git("rev-parse", "HEAD"),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def with_partners(workspace: Workspace, card: AdapterCard) -> AdapterCard:
    """The card with its partners: the adapters in service now for the uses that this one was not
    trained for."""
    own = card.model_copy(update={"partners": {}}).parts(card.domain)
    serving = version_parts(workspace, card.domain, workspace.current(card.domain).adapter)
    partners = {
        use: adapter.rpartition("@")[2]
        for use, trained, adapter in zip(AdapterParts._fields, own, serving, strict=True)
        if adapter and not trained and adapter_folder(workspace, adapter).is_dir()
    }
    return card.model_copy(update={"partners": partners})


def training_facts(facts: TrainingFacts | Mapping[str, Any]) -> TrainingFacts:
    """The facts, checked. Raises `AdapterError` for an unknown field or a wrong value."""
    try:
        return TrainingFacts.model_validate(facts)
    except ValidationError as error:
        raise AdapterError(f"the training facts cannot be used: {error}") from None


def method_of(folder: Path) -> str:
    """lora, rslora or adalora."""
    config = lora.read_config(folder)
    return "rslora" if config.get("use_rslora") else str(config["peft_type"]).lower()


def _library_versions() -> dict[str, str]:
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def git(*words: str) -> str:
    """What git says about the code; empty where it does not run from a checkout."""
    command = ["git", "-C", str(Path(__file__).resolve().parent), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
