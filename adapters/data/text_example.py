"""One example of writing: a prompt as in serving, and the text to learn."""

from dataclasses import dataclass

from shelftalker.engine.base import Prompt


@dataclass(frozen=True, slots=True)
class TextExample:
    """`messages`: role and content of each message of the prompt; `text`: the answer to learn."""

    user: str
    moment: float
    item: str
    messages: tuple[tuple[str, str], ...]
    text: str

    def prompt(self) -> Prompt:
        """The messages as engines take them."""
        return [{"role": role, "content": text} for role, text in self.messages]  # type: ignore[typeddict-item]
