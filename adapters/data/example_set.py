"""Training and validation examples of one kind, with their counts."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Example = TypeVar("Example")


@dataclass(frozen=True)
class ExampleSet(Generic[Example]):
    """`counts`: what was made, and what was dropped, by reason."""

    train: list[Example] = field(default_factory=list)
    validation: list[Example] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
