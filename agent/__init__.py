"""shelftalker's public interface: recommendations for one user, with a checked text for each item.

Names are imported on first use, so that `import shelftalker` loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from shelftalker import errors

if TYPE_CHECKING:
    from shelftalker.adapters.registry import AdapterVersions
    from shelftalker.data.catalog import Catalog, Item
    from shelftalker.data.events import Event, Kind
    from shelftalker.data.filters import Filter
    from shelftalker.data.profile import Profile
    from shelftalker.engine.base import Engine, Reuse, Sampling
    from shelftalker.errors import (
        AdapterError,
        DataError,
        EngineError,
        EvaluationError,
        InputError,
        MissingExtra,
        NotFitted,
        PromptError,
        ServiceError,
        ShelftalkerError,
        UnknownDomain,
        UnknownItem,
        WorkspaceError,
    )
    from shelftalker.learning.fit import fit
    from shelftalker.recommender import Recommender
    from shelftalker.serving.options import GenerateOptions
    from shelftalker.store.importing import ImportSummary, import_files
    from shelftalker.store.settings import Settings
    from shelftalker.store.workspace import Workspace
    from shelftalker.types import (
        Answer,
        Card,
        CardReason,
        Checked,
        Done,
        Evidence,
        Picked,
        Request,
        RequestFields,
        Scored,
        Shortlisted,
        Style,
        Token,
        Update,
    )

__all__ = [
    "AdapterError",
    "AdapterVersions",
    "Answer",
    "Card",
    "CardReason",
    "Catalog",
    "Checked",
    "DataError",
    "Done",
    "Engine",
    "EngineError",
    "EvaluationError",
    "Event",
    "Evidence",
    "Filter",
    "GenerateOptions",
    "ImportSummary",
    "InputError",
    "Item",
    "Kind",
    "MissingExtra",
    "NotFitted",
    "Picked",
    "Profile",
    "PromptError",
    "Recommender",
    "Request",
    "RequestFields",
    "Reuse",
    "Sampling",
    "Scored",
    "ServiceError",
    "Settings",
    "ShelftalkerError",
    "Shortlisted",
    "Style",
    "Token",
    "UnknownDomain",
    "UnknownItem",
    "Update",
    "Workspace",
    "WorkspaceError",
    "fit",
    "import_files",
]

_MODULES = {
    "AdapterVersions": "adapters.registry",
    "Catalog": "data.catalog",
    "Engine": "engine.base",
    "Event": "data.events",
    "Filter": "data.filters",
    "GenerateOptions": "serving.options",
    "ImportSummary": "store.importing",
    "Item": "data.catalog",
    "Kind": "data.events",
    "Profile": "data.profile",
    "Recommender": "recommender",
    "Reuse": "engine.base",
    "Sampling": "engine.base",
    "Settings": "store.settings",
    "Workspace": "store.workspace",
    "fit": "learning.fit",
    "import_files": "store.importing",
}
"""Where a public name is defined; the others are in `types` or `errors`."""

if not TYPE_CHECKING:  # type checkers read the imports above, and reject any other name

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'shelftalker' has no attribute {name!r}")
        module = _MODULES.get(name) or ("errors" if hasattr(errors, name) else "types")
        return getattr(import_module(f"shelftalker.{module}"), name)

    def __dir__() -> list[str]:
        return __all__
