"""How texts of a domain are worded: `Voice`, read from `domains/D/voice.toml`.

```toml
tone = "calm and practical"       # for the prompts of prepared and written texts
person = "you"                    # "none": no text speaks to the reader
never = ["cheap", "guys"]         # a text with one of these is not shown, whoever wrote it
prefer = { film = "movie" }       # put in place of the composer's own words; told to the LLM
examples = ["Two eggs, one pan."] # for the prompts
emoji = false
require_approval = true           # prepared texts are shown only after `hooks approve`; by default
                                  # those of a model of less than a billion weights
links = "composed"                # who writes the personal part beside a prepared text; or "model"
prompts = "small"                 # "capable": longer prompts, for models of some billion weights;
                                  # "structured": such a model also states the claims of a sentence
```
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from shelftalker.data.config_model import ConfigModel, read_toml
from shelftalker.types import Style

VOICE_FILE = "voice.toml"
LIMITS = {"headline": 60, "push": 110}
"""Characters of a format at most."""
SENTENCES = {"short": 1, "medium": 2, "long": 3}
"""Sentences of a card at most, by length."""


class Voice(ConfigModel):
    """The style guide of a domain; see the module's text."""

    tone: str = ""
    person: Literal["you", "none"] = "you"
    never: tuple[str, ...] = ()
    prefer: dict[str, str] = Field(default_factory=dict)
    examples: tuple[str, ...] = ()
    emoji: bool = False
    require_approval: bool | None = None
    links: Literal["composed", "model"] = "composed"
    prompts: Literal["small", "capable", "structured"] = "small"
    length: Literal["short", "medium", "long"] = "long"

    def __hash__(self) -> int:
        return hash((self.tone, self.never))

    def refusal(self, text: str) -> str:
        """Why a text may not be shown in this voice; empty where it may."""
        for word in self.never:
            edge = r"(?!\w)" if word[-1:].isascii() else ""
            if re.search(rf"(?<![a-z]){re.escape(word.casefold())}{edge}", text.casefold()):
                return f"the voice never says {word!r}"
        if not self.emoji and _EMOJI.search(text):
            return "the voice has no emoji"
        if self.person == "none" and _READER.search(text):
            return "the voice does not speak to the reader"
        return ""

    def preferred(self, words: str) -> str:
        """The composer's own words with those that the voice prefers."""
        for word, better in self.prefer.items():
            words = re.sub(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", better, words)
        return words

    def sentences(self, style: Style) -> int:
        """How many sentences a card has at most."""
        return SENTENCES[style.length or self.length]


_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
_READER = re.compile(r"\byou(?:r|rs|['’]\w+)?\b|你|您", re.IGNORECASE)


def read_voice(domain_folder: Path) -> Voice:
    """The voice of a domain, plain where it has no file. Raises `WorkspaceError` naming what is
    wrong in the file."""
    file = domain_folder / VOICE_FILE
    return _read(file, file.stat().st_mtime_ns) if file.is_file() else Voice()


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Voice:
    """`changed`, the file's time, makes the cache read it again."""
    return read_toml(file, Voice)
