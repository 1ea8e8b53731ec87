"""A model's tokenizer and chat template, read without transformers, whose import takes seconds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shelftalker.engine.base import Message
from shelftalker.engine.models import read_json

_GENERAL = "TokenizersBackend"


@dataclass(frozen=True)
class ChatTokenizer:
    """`backend`: a `tokenizers.Tokenizer`. `special`: tokens by their role (`eos_token`)."""

    backend: Any
    chat_template: str
    special: Mapping[str, str]

    def encode(self, text: str) -> list[int]:
        """The ids of a text, none added."""
        ids: list[int] = self.backend.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, without special tokens."""
        text: str = self.backend.decode(ids, skip_special_tokens=True)
        return text

    @property
    def end(self) -> int:
        """The id of the token that ends a turn."""
        return int(self.backend.token_to_id(self.special["eos_token"]))

    def chat(self, messages: Sequence[Message]) -> str:
        """The text of a chat with the assistant's turn opened, without reasoning."""
        text: str = self._template.render(
            messages=messages, add_generation_prompt=True, enable_thinking=False, **self.special
        )
        return text

    @cached_property
    def _template(self) -> Any:
        extensions = [_Generation, "jinja2.ext.loopcontrols"]
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=extensions
        )
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        environment.globals["raise_exception"] = _refuse
        return environment.from_string(self.chat_template)


def load_tokenizer(folder: str) -> ChatTokenizer:
    """The tokenizer of a folder that names the general class; transformers' `AutoTokenizer` reads
    any other folder, or a Hugging Face id, as it may change what the files say."""
    config = read_json(Path(folder) / "tokenizer_config.json")
    if config.get("tokenizer_class") == _GENERAL:
        from tokenizers import Tokenizer

        special = {name: _content(config[name]) for name in config if name.endswith("_token")}
        backend = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        return ChatTokenizer(backend, _template_in(Path(folder), config), special)
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder)
    special = {name: _content(token) for name, token in loaded.special_tokens_map.items()}
    return ChatTokenizer(loaded.backend_tokenizer, loaded.chat_template or "", special)


def _template_in(folder: Path, config: Mapping[str, Any]) -> str:
    """The default template: a file of its own, else a text or one of several in the config."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    given = config.get("chat_template") or ""
    if isinstance(given, str):
        return given
    return {one["name"]: str(one["template"]) for one in given}.get("default", "")


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token or "")


def _refuse(message: str) -> None:
    raise TemplateError(message)


class _Generation(Extension):
    """The tag around what the assistant says, which matters in training only."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)
