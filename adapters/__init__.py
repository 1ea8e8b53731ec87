"""LoRA adapters: training data from logs, fine-tuning, export, gate, versions.

`AdapterVersions(workspace, domain)` is the way in; it is loaded on first use.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shelftalker.adapters.registry import AdapterVersions

__all__ = ["AdapterVersions"]


def __getattr__(name: str) -> Any:
    if name != "AdapterVersions":
        raise AttributeError(f"module 'shelftalker.adapters' has no attribute {name!r}")
    from shelftalker.adapters.registry import AdapterVersions

    return AdapterVersions
