"""Training and validation examples of one kind, and the example of writing."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shelftalker.engine.base import Prompt

Example = TypeVar("Example")


@dataclass(frozen=True)
class ExampleSet(Generic[Example]):
    """`counts`: what was made, and what was dropped, by reason."""

    train: list[Example] = field(default_factory=list)
    validation: list[Example] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextExample:
    """A prompt as in serving, `messages` by role and content, and `text`, the answer to learn."""

    user: str
    moment: float
    item: str
    messages: tuple[tuple[str, str], ...]
    text: str

    def prompt(self) -> Prompt:
        """The messages as engines take them."""
        return [{"role": role, "content": text} for role, text in self.messages]  # type: ignore[typeddict-item]


TextData = ExampleSet[TextExample]
