"""Words that the request reader knows in any catalogue: `packs/words/requests.yaml`."""

from typing import TYPE_CHECKING, Any

from shelftalker.language.packs import words

globals().update(words("requests"))
if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
