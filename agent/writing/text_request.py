"""What one text is written from: `TextRequest`, its prompt, and its key in the text cache."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import display_title
from shelftalker.engine.base import Prompt
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PromptSet
from shelftalker.types import Evidence, Request, Style
from shelftalker.writing.compose.composer import noun_in
from shelftalker.writing.compose.facts import TELLING_ROLES
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.hooks import Hook
from shelftalker.writing.style import Voice

HISTORY_IN_PROMPT = 10
"""History titles at the beginning of the prompts of the pick and of all texts."""
MAX_PROMPT_FACTS = 5
"""Facts in a prompt: each costs reading time, and a small model loses track of more."""
MAX_PROMPT_TEXT = 1200
"""Characters of the item's text in the prompt of a capable model."""


@dataclass(frozen=True, slots=True)
class TextRequest:
    """One text to write. `deadline` is in `time.monotonic()` seconds; cards beside each other get a
    `variant` each, so that composed texts differ. `hook`: a text prepared for this item."""

    item: Item
    evidence: Sequence[Evidence]
    history: Sequence[Past] = ()
    request: Request = field(default_factory=Request)
    adapter: str | None = None
    seed: int = 0
    variant: int = 0
    deadline: float | None = None
    style: Style = field(default_factory=Style)
    voice: Voice = field(default_factory=Voice)
    hook: Hook | None = None

    def shared(self) -> "TextRequest":
        """The same for a text without an LLM, with no more of the history than it depends on."""
        told = next((e.value for e in self.evidence if e.source == "history"), "")
        beside = HistoryIndex.of(self.history).beside(self.item, told)
        evidence = tuple(self.evidence)
        return replace(self, evidence=evidence, history=beside, adapter=None, deadline=None)

    def prompt(self, folders: Sequence[Path] = ()) -> Prompt:
        """The same user part as the pick's prompt begins with, then the facts as short sentences.
        Markup in catalogue text is removed. Raises `PromptError`."""
        language = self.request.language
        in_history = _fields_in_history_sentence(self.evidence)
        shown = prompted(self.evidence)
        if self._template == "describe" and self.request.like:
            shown = [e for e in shown if e.source != "history"]  # the lead names the example
        facts = [
            e
            for e in shown
            if e.source == "catalog" and e.field not in in_history and is_repeatable(e)
        ]
        return (
            PromptSet(folders, language)
            .template(self._template)
            .render(
                history=[neutral(title) for title in self._titles],
                request=neutral(self.request.text),
                title=neutral(display_title(self.item.title)),
                personal=[neutral(e.text) for e in shown if e.source != "catalog"],
                facts=[neutral(e.text) for e in facts],
                noun=noun_in(self.item, language),
                **self._guide,
            )
        )

    def key(self, model: str, folders: Sequence[Path] = ()) -> str:
        """Equal for requests that may have the same text of the same model: SHA-256 of all that it
        depends on."""
        item, request = self.item, self.request
        template = PromptSet(folders, request.language).template(self._template)
        parts = (item.id, item.facts(), list(map(asdict, self.evidence)), self._titles,
                 request.text, request.message, request.language, model, self.adapter,
                 template.hash, self.seed, self.style, self.voice.model_dump_json())  # fmt: skip
        whole = json.dumps(parts, default=str, ensure_ascii=False)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def _template(self) -> str:
        """The small model's template is the one that its adapters were trained with."""
        return "describe" if self.voice.prompts == "small" else "card"

    @property
    def _guide(self) -> dict[str, object]:
        """What only the prompts of capable models have."""
        if self._template == "describe":
            return {}
        voice = self.voice
        return {
            "text": neutral(self.item.text[:MAX_PROMPT_TEXT]),
            "tone": self.style.tone or voice.tone,
            "sentences": voice.sentences(self.style),
            "never": list(voice.never),
            "prefer": [f"{better} instead of {word}" for word, better in voice.prefer.items()],
            "examples": list(voice.examples),
            "hook": self.hook.text if self.hook else "",
            "structured": voice.prompts == "structured",
        }

    @property
    def _titles(self) -> list[str]:
        """The titles that the pick's prompt lists too, newest first."""
        return [past.item.title for past in self.history[:HISTORY_IN_PROMPT]]


_ROW_READ = re.compile(r"\b(?:listed|filed) (?:as|under)\b")
"""How a fact is put into a sentence whose values make no noun."""


def is_repeatable(fact: Evidence) -> bool:
    """Whether a text of a small model may say a fact as its sentence does: no price, and nothing
    that reads the row aloud."""
    return role_of(fact.field) != "price" and not reads_row(fact.text)


def reads_row(sentence: str) -> bool:
    """Whether a sentence only says where the catalogue has something: `listed under yarn`."""
    return _ROW_READ.search(sentence) is not None


def prompted(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that a prompt states, in at most `MAX_PROMPT_FACTS` sentences, the personal ones
    first. Fields that the history's sentence states have no sentence of their own, nor has how
    near it is to the request."""
    evidence = [e for e in evidence if e.source != "request" or e.field not in ("close", "far")]
    in_history = _fields_in_history_sentence(evidence)
    plain = [e for e in evidence if e.source == "catalog" and e.field not in in_history]
    personal = sum(e.source != "catalog" for e in evidence)
    left_out = plain[max(MAX_PROMPT_FACTS - personal, 0) :]
    return [e for e in evidence if e not in left_out]


def _fields_in_history_sentence(evidence: Sequence[Evidence]) -> set[str]:
    """The sentence about the history states telling fields only: no country or year in common."""
    fields = {e.field for e in evidence if e.source == "history"}
    return {field for field in fields if role_of(field) in TELLING_ROLES}
