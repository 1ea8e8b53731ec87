"""Prompt templates: YAML files of chat messages with Jinja2 variables, one per task and language.

A file looks like this; unknown keys are refused, and so is a render that lacks a variable::

    version: 1
    variables: [history, request]
    messages:
      - role: user
        content: "{{ history }} {{ request }}"

Templates are searched in the given folders first (workspace, domain), then beside this file, as
`<name>.<language>.yaml`; an unknown language falls back to `en`.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, meta
from jinja2 import Template as JinjaTemplate
from pydantic import ValidationError

from shelftalker.data.config_model import ConfigModel
from shelftalker.engine.base import Message
from shelftalker.errors import PromptError

HERE = Path(__file__).parent
_JINJA = Environment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)


class _TemplateMessage(ConfigModel):
    role: Literal["system", "user", "assistant"]
    content: str


class Template(ConfigModel):
    """One prompt. `version` rises whenever the wording changes."""

    version: int
    variables: list[str]
    messages: list[_TemplateMessage]

    def render(self, **variables: object) -> list[Message]:
        """Fill in the variables; all missing ones are named at once in a `PromptError`."""
        missing = [name for name in self.variables if name not in variables]
        if missing:
            raise PromptError(f"the prompt needs {', '.join(missing)}, which were not given")
        return [
            Message(
                role=message.role,
                content=_compiled(message.content).render(**variables).strip(),
            )
            for message in self.messages
        ]

    @property
    def hash(self) -> str:
        """Hash of wording and version, 12 hex digits; adapters record it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def load(name: str, language: str = "en", folders: Sequence[Path] = ()) -> Template:
    """Find and check a template. Raises `PromptError` naming the file and what is wrong."""
    candidates = [
        folder / f"{name}.{tongue}.yaml"
        for tongue in dict.fromkeys((language, "en"))
        for folder in (*folders, HERE)
    ]
    for path in candidates:
        if path.is_file():
            facts = path.stat()
            return _read(path, (facts.st_mtime_ns, facts.st_size))
    known = sorted({path.name.split(".")[0] for path in HERE.glob("*.yaml")})
    raise PromptError(f"no prompt named {name!r}; available: {', '.join(known)}")


@lru_cache(maxsize=256)
def _compiled(content: str) -> JinjaTemplate:
    return _JINJA.from_string(content)


@lru_cache(maxsize=64)
def _read(path: Path, changed: tuple[int, int]) -> Template:
    """The template of a file; read again once the file has `changed`."""
    try:
        template = Template.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        used = set().union(
            *(meta.find_undeclared_variables(_JINJA.parse(m.content)) for m in template.messages)
        )
    except (ValidationError, yaml.YAMLError, TemplateSyntaxError) as error:
        raise PromptError(f"{path} is not a valid prompt: {error}") from None
    undeclared = used - set(template.variables)
    if undeclared:
        raise PromptError(f"{path} uses {', '.join(sorted(undeclared))} but does not list them")
    return template
