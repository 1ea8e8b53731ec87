"""The small trained adapters in the package: `trained/NAME/`, each as `adapters export` wrote it,
with its card and its gate report.
"""

from pathlib import Path

from shelftalker.adapters.gate.report import GATE_FILE
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

FOLDER = Path(__file__).parent / "trained"


def promote_bundled(workspace: Workspace, domain: str, *wanted: str) -> str | None:
    """Put these adapters in service in a domain whose data they were trained and gated on, in the
    order in which they were gated; returns the version in service at the end.

    None, and nothing is done, where the domain has adapters already. Raises `AdapterError` where
    one does not fit this workspace (another model, other prompts); those before it stay in service.
    """
    versions = AdapterVersions(workspace, domain)
    if versions.names():
        return None
    version = None
    for name in wanted:
        version = versions.add(FOLDER / name)
        report = (FOLDER / name / GATE_FILE).read_bytes()
        replace_file(versions.folder(version) / GATE_FILE, report)
        versions.promote(version)
    return version
