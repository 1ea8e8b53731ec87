"""The small trained adapters that come along: in `trained/NAME/`, each as `adapters export` wrote
it, with its card and what the gate found.
"""

import shutil
from pathlib import Path

from shelftalker.adapters import registry
from shelftalker.adapters.verdict import GATE_FILE
from shelftalker.errors import AdapterError
from shelftalker.workspace import Workspace

FOLDER = Path(__file__).parent / "trained"


def names() -> list[str]:
    """What there is: `movies`, …"""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def serve(workspace: Workspace, domain: str, name: str) -> str | None:
    """Let one serve a domain whose data it was trained and gated on; returns its version.

    None where the domain has adapters already. Raises `AdapterError` where it does not fit this
    workspace: another model, other prompts.
    """
    if name not in names():
        known = ", ".join(names()) or "none"
        raise AdapterError(f"no adapter {name!r} comes along; there are: {known}")
    if workspace.versions(domain, "adapters"):
        return None
    version = registry.add(workspace, domain, FOLDER / name)
    shutil.copyfile(
        FOLDER / name / GATE_FILE, registry.version_folder(workspace, domain, version) / GATE_FILE
    )
    registry.promote(workspace, domain, version)
    return version
