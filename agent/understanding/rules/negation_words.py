"""Words that rule out, or only look so: `packs/words/negation.yaml`, in five languages."""

from typing import TYPE_CHECKING, Any

from shelftalker.language.packs import words

globals().update(words("negation"))
if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
