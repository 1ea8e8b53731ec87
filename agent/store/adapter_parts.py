"""The adapters that make up a version: its own and its partners'."""

from pathlib import Path

from shelftalker.errors import AdapterError
from shelftalker.store.adapter_card import BASE_ONLY, AdapterCard, AdapterParts
from shelftalker.store.workspace import Workspace


def adapter_folder(workspace: Workspace, name: str) -> Path:
    """The folder of a version named `movies@v3`; it may not exist."""
    owner, _, version = name.partition("@")
    return workspace.domain_path(owner) / "adapters" / version


def version_parts(workspace: Workspace, domain: str, version: str | None) -> AdapterParts:
    """The adapters of a version; None is the base model. Raises `AdapterError` without a card."""
    if version is None:
        return BASE_ONLY
    name = f"{domain}@{version}"
    return AdapterCard.read(adapter_folder(workspace, name)).parts(name)


def checked_parts(workspace: Workspace, domain: str, version: str) -> AdapterParts:
    """The adapters of a version. Raises `AdapterError` where the folder of one is missing."""
    name = f"{domain}@{version}"
    parts = version_parts(workspace, domain, version)
    for adapter in parts.adapters:
        folder = adapter_folder(workspace, adapter)
        if not folder.is_dir():
            raise AdapterError(
                f"{name} needs its partner {adapter}, which is gone; restore {folder}, promote "
                "another version, or export this one and add it again without the partner"
            )
    return parts
