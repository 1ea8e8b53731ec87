"""The weights of the log-linear fusion of a pick, and the file that holds them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from shelftalker.errors import WorkspaceError
from shelftalker.store.adapter_parts import adapter_folder, version_parts
from shelftalker.store.workspace import Workspace

ZeroShotMethod = Literal["likelihood", "letters", "pointwise"]
Method = ZeroShotMethod | Literal["names"]
PICK_FILE = "pick.json"


@dataclass(frozen=True, slots=True)
class PickWeights:
    """Weights of the log-linear fusion. They are fitted by maximum likelihood, so `scorer` is also
    an inverse temperature that calibrates the probabilities. `names`: for the method `names`, the
    one-word name of each known title, by the title's `digest`."""

    scorer: float = 1.0
    llm: float = 0.0
    popularity: float = 0.0
    method: Method = "likelihood"
    names: Mapping[str, str] = field(default_factory=dict, repr=False)


SCORER_ORDER = PickWeights()
"""The LLM is not used: the order is the scorer's."""


def weights_folder(workspace: Workspace, domain: str, version: str | None) -> Path:
    """The folder of a version's pick weights: the folder of the adapter that picks, or the domain's
    where the base model picks. Raises `AdapterError` where the version has no card."""
    picker = version_parts(workspace, domain, version).pick
    return adapter_folder(workspace, picker) if picker else workspace.domain_path(domain)


def weights_of(workspace: Workspace, domain: str, version: str | None) -> PickWeights:
    """The pick weights of a version. Raises `AdapterError` where it has no card."""
    return read_weights(weights_folder(workspace, domain, version))


def read_weights(folder: Path) -> PickWeights:
    """The weights in a folder, the scorer's order where it has none. Raises `WorkspaceError`."""
    path = folder / PICK_FILE
    if not path.is_file():
        return PickWeights()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return _WEIGHTS.validate_python(asdict(PickWeights(**stored)))
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"{path} is damaged; delete it, or fit it again with: shelftalker fit --pick-users 200"
        ) from None


_WEIGHTS = TypeAdapter(PickWeights)
