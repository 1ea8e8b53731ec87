"""Prompt templates: YAML files of chat messages with Jinja2 variables, one per task and language.

A file looks like this; unknown keys are an error, and so is rendering without a variable::

    version: 1
    variables: [history, request]
    messages:
      - role: user
        content: "{{ history }} {{ request }}"

Files are named `<name>.<language>.yaml`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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
    """One prompt; `version` is raised with each change of wording."""

    version: int
    variables: list[str]
    messages: list[_TemplateMessage]

    def render(self, **variables: object) -> list[Message]:
        """Fill in the variables; a message that is empty then is left out. Raises `PromptError`
        naming all variables that are missing."""
        missing = [name for name in self.variables if name not in variables]
        if missing:
            raise PromptError(f"the prompt needs {', '.join(missing)}, which were not given")
        filled = (
            Message(role=m.role, content=_compiled(m.content).render(**variables).strip())
            for m in self.messages
        )
        return [message for message in filled if message["content"]]

    @property
    def hash(self) -> str:
        """Hash of wording and version, 12 hex digits; adapters record it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The templates in one language. `folders` (of a domain, of a workspace) are searched before
    the package's own; where there is no template in the language, the English one is used."""

    folders: Sequence[Path] = ()
    language: str = "en"

    def template(self, name: str) -> Template:
        """Find and check a template. Raises `PromptError` naming the file and what is wrong."""
        for language in dict.fromkeys((self.language, "en")):
            for folder in (*self.folders, HERE):
                path = folder / f"{name}.{language}.yaml"
                if path.is_file():
                    status = path.stat()
                    return _read(path, (status.st_mtime_ns, status.st_size))
        known = sorted({path.name.split(".")[0] for path in HERE.glob("*.yaml")})
        raise PromptError(f"no prompt named {name!r}; available: {', '.join(known)}")

    def render(self, name: str, **variables: object) -> list[Message]:
        """The messages of a template. Raises `PromptError` as `template` and `Template.render`."""
        return self.template(name).render(**variables)


PACKAGE_PROMPTS = PromptSet()
"""The English templates that come with the package."""


@lru_cache(maxsize=256)
def _compiled(content: str) -> JinjaTemplate:
    return _JINJA.from_string(content)


@lru_cache(maxsize=64)
def _read(path: Path, changed: tuple[int, int]) -> Template:
    """The template of a file. `changed`, its time and size, makes the cache read it again."""
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
