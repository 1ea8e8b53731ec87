"""Patterns of questions about cards on show: `packs/words/questions.yaml`, in five languages."""

from typing import TYPE_CHECKING, Any

from shelftalker.language.packs import words

globals().update(words("questions"))
if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
