"""One example of writing: a prompt as it serves, and the text to learn."""

from dataclasses import dataclass

from shelftalker.engine.base import Prompt


@dataclass(frozen=True, slots=True)
class TextExample:
    """`messages`: role and content of each of the prompt's; `text`: the answer to learn."""

    user: str
    moment: float
    item: str
    messages: tuple[tuple[str, str], ...]
    text: str

    def prompt(self) -> Prompt:
        """As engines take it."""
        return [{"role": role, "content": text} for role, text in self.messages]  # type: ignore[typeddict-item]
