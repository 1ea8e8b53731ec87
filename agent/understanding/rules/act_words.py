"""Patterns of the dialogue acts: `packs/words/acts.yaml`, in five languages."""

from typing import TYPE_CHECKING, Any

from shelftalker.language.packs import words

globals().update(words("acts"))
if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
