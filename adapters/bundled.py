"""The small trained adapters that come along: in `trained/NAME/`, each as `adapters export` wrote
it, with its card and what the gate found.
"""

import shutil
from pathlib import Path

from shelftalker.adapters import registry
from shelftalker.adapters.gate.report import GATE_FILE
from shelftalker.errors import AdapterError
from shelftalker.store.workspace import Workspace

FOLDER = Path(__file__).parent / "trained"


def names() -> list[str]:
    """What there is: `movies`, `movies-pick`, …"""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def serve(workspace: Workspace, domain: str, *wanted: str) -> str | None:
    """Let these serve a domain whose data they were trained and gated on, in the order in which
    they were gated; returns the version that serves in the end.

    None where the domain has adapters already. Raises `AdapterError` where one does not fit this
    workspace: another model, other prompts. Those before it serve.
    """
    for name in wanted:
        if name not in names():
            known = ", ".join(names()) or "none"
            raise AdapterError(f"no adapter {name!r} comes along; there are: {known}")
    if workspace.versions(domain, "adapters"):
        return None
    version = None
    for name in wanted:
        version = registry.add(workspace, domain, FOLDER / name)
        target = registry.version_folder(workspace, domain, version)
        shutil.copyfile(FOLDER / name / GATE_FILE, target / GATE_FILE)
        registry.promote(workspace, domain, version)
    return version
