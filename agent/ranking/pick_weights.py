"""The weights of the log-linear fusion of a pick, and where they lie on disk."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from shelftalker.errors import WorkspaceError
from shelftalker.store.adapter_parts import folder_of, parts_of
from shelftalker.store.workspace import Workspace

ZeroShotMethod = Literal["likelihood", "letters", "pointwise"]
Method = ZeroShotMethod | Literal["names"]
PICK_FILE = "pick.json"


@dataclass(frozen=True, slots=True)
class PickWeights:
    """How much each voice counts in the log-linear fusion, whose shares are calibrated by being
    fitted by maximum likelihood: `scorer` is an inverse temperature too. `names`: for the method of
    that name, the one-word name of each title that it knows, by the title's `digest`."""

    scorer: float = 1.0
    llm: float = 0.0
    popularity: float = 0.0
    method: Method = "likelihood"
    names: Mapping[str, str] = field(default_factory=dict, repr=False)


SCORER_ORDER = PickWeights()
"""The LLM is not asked: the order is the scorer's."""


def weights_folder(workspace: Workspace, domain: str, version: str | None) -> Path:
    """Where the pick weights of a version lie: with the adapter that picks; with the domain, where
    that is the base model. Raises `AdapterError` without a card."""
    picker = parts_of(workspace, domain, version).pick
    return folder_of(workspace, picker) if picker else workspace.domain_path(domain)


def weights_of(workspace: Workspace, domain: str, version: str | None) -> PickWeights:
    """The pick weights of a version. Raises `AdapterError` without a card."""
    return read_weights(weights_folder(workspace, domain, version))


def read_weights(folder: Path) -> PickWeights:
    """The fusion weights in a folder; without any, the scorer's order stands."""
    path = folder / PICK_FILE
    if not path.is_file():
        return PickWeights()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return _WEIGHTS.validate_python(asdict(PickWeights(**found)))
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"{path} is damaged; delete it, or fit it again with: shelftalker fit --pick-users 200"
        ) from None


_WEIGHTS = TypeAdapter(PickWeights)
