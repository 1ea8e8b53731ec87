"""shelftalker: items picked for one visitor, and a true, personal text for each.

Names are resolved on first use, so that importing shelftalker loads no torch.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Answer": "shelftalker.types",
    "Card": "shelftalker.types",
    "Catalog": "shelftalker.data.catalog",
    "Event": "shelftalker.data.events",
    "Filter": "shelftalker.data.filters",
    "Item": "shelftalker.data.catalog",
    "Recommender": "shelftalker.recommender",
    "ShelftalkerError": "shelftalker.errors",
    "Workspace": "shelftalker.store.workspace",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'shelftalker' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
