"""shelftalker: items picked for one visitor, and a true, personal text for each.

Names are resolved on first use, so that importing shelftalker loads no torch.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Answer": "shelftalker.answer",
    "Card": "shelftalker.answer",
    "Catalog": "shelftalker.catalog",
    "Event": "shelftalker.events",
    "Filter": "shelftalker.filters",
    "Item": "shelftalker.catalog",
    "Recommender": "shelftalker.recommender",
    "ShelftalkerError": "shelftalker.errors",
    "Workspace": "shelftalker.workspace",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'shelftalker' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
