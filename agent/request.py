"""A message turned into what it asks for: hard filters and free text."""

from dataclasses import dataclass

from shelftalker.filters import Filter


@dataclass(frozen=True, slots=True)
class Request:
    """What one message asks for. `text` is its soft part, for the scorer and the prompt."""

    message: str = ""
    text: str = ""
    filters: tuple[Filter, ...] = ()
    language: str = "en"
