"""Tokenising prompts and detokenising answers, the same for all engines, so that figures compare.

A label or continuation is tokenised as if after a newline, because chat templates end the opened
assistant turn with one: `A` is scored, not ` A`. The text of special tokens (`<|im_end|>`) is
removed from messages, so that a catalogue text cannot open a turn.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import TemplateError

from shelftalker.engine.base import Message, Prompt
from shelftalker.engine.chat_tokenizer import ChatTokenizer, load_tokenizer
from shelftalker.engine.models import read_json
from shelftalker.errors import EngineError, InputError

MAX_CONTEXT = 8192
"""Longest prompt plus answer served, in tokens, where the model itself allows as much."""


class Tokens:
    """A model's tokenizer and chat template."""

    def __init__(self, folder: str) -> None:
        try:
            self.tokenizer = load_tokenizer(folder)
            longest = _longest(folder)
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(f"cannot load a model from {folder!r}: {error}") from error
        if not self.tokenizer.chat_template:
            raise EngineError(
                f"{folder!r} has no chat template; give an instruction-tuned model whose "
                "tokenizer has one"
            )
        self.context = min(MAX_CONTEXT, longest)
        added = self.tokenizer.backend.get_added_tokens_decoder().values()
        self._special = tuple(token.content for token in added if token.special)

    def prompt(self, messages: Prompt, room: int) -> list[int]:
        """Ids of a chat with the assistant's turn opened; `room` tokens must fit after it."""
        cleaned = [Message(role=m["role"], content=self._clean(m["content"])) for m in messages]
        beginning = (
            cleaned.pop()["content"] if cleaned and cleaned[-1]["role"] == "assistant" else ""
        )
        try:
            text = self.tokenizer.chat(cleaned)
        except (TemplateError, IndexError, KeyError) as error:
            raise InputError(f"the model's chat template refuses this prompt: {error}") from error
        ids = self.tokenizer.encode(text + beginning)
        if len(ids) + room > self.context:
            raise EngineError(
                f"the prompt has {len(ids)} tokens and {room} more are to follow, but the model "
                f"takes {self.context} in all; shorten the prompt"
            )
        return ids

    def labels(self, labels: Sequence[str]) -> list[int]:
        """One id a label. Raises `InputError` where a label is not one token, or two are alike."""
        if not labels:
            raise InputError("no labels were given; choose needs at least one")
        ids = [self.after(label) for label in labels]
        long = [label for label, one in zip(labels, ids, strict=True) if len(one) != 1]
        if long:
            raise InputError(
                f"each label must be one token of the model, but {', '.join(map(repr, long))} "
                "are not; single letters and digits are"
            )
        flat = [one[0] for one in ids]
        if len(set(flat)) < len(flat):
            raise InputError(f"labels must differ, got {', '.join(map(repr, labels))}")
        return flat

    def words(self, pattern: re.Pattern[str]) -> set[str]:
        """Vocabulary entries, stripped, that match as a whole and are one token after a newline."""
        backend = self.tokenizer.backend
        tokens = [[token] for token in range(backend.get_vocab_size())]
        texts = backend.decode_batch(tokens, skip_special_tokens=False)
        matching = {text for text in texts if pattern.fullmatch(text)}
        return {text.strip() for text in matching if len(self.after(text)) == 1}

    def continuations(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; raises `InputError` for an empty one."""
        ids = [self.after(text) for text in texts]
        if [] in ids:
            raise InputError(f"continuation {ids.index([])} is empty; every one needs some text")
        return ids

    def after(self, text: str) -> list[int]:
        """Ids of a text that opens the assistant's turn."""
        encode = self.tokenizer.encode
        newline, both = encode("\n"), encode("\n" + self._clean(text))
        if both[: len(newline)] == newline:
            return both[len(newline) :]
        return encode(self._clean(text))

    def _clean(self, text: str) -> str:
        before = None
        while before != text:  # removing one may join the halves of another
            before = text
            for special in self._special:
                text = text.replace(special, "")
        return text


def _longest(folder: str) -> int:
    """The most tokens that a model takes."""
    name = "max_position_embeddings"
    config = read_json(Path(folder) / "config.json")
    if name not in config:
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(folder).get_text_config().to_dict()
    return int(config.get(name, MAX_CONTEXT))


class TextStream:
    """Turns one request's ids into text pieces and watches for stop strings.

    Text that may be the start of a stop string, or half a character, waits for the next token.
    """

    def __init__(self, tokenizer: ChatTokenizer, stop: Sequence[str]) -> None:
        self.stopped = False
        self._tokenizer = tokenizer
        self._stop = [s for s in stop if s]
        self._overlap = max((len(s) - 1 for s in self._stop), default=0)
        self._ids: list[int] = []
        self._sent = 0

    def push(self, token: int) -> str:
        """Add a token; returns the text that is now certain."""
        self._ids.append(token)
        text = self._tokenizer.decode(self._ids)
        stops = [at for at in (text.find(s) for s in self._stop) if at >= 0]
        if stops:
            self.stopped = True
            return self._send(text[: min(stops)])
        return "" if text.endswith("\ufffd") else self._send(text[: len(text) - self._overlap])

    def end(self) -> str:
        """The rest, once no more tokens come."""
        text = self._tokenizer.decode(self._ids).rstrip("\ufffd")
        return "" if self.stopped else self._send(text)

    def _send(self, text: str) -> str:
        piece = text[self._sent :]
        self._sent = max(self._sent, len(text))
        return piece
