"""`ConfigModel`, the base of configuration files read by pydantic, and their error messages."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from shelftalker.errors import InputError, WorkspaceError, did_you_mean

Model = TypeVar("Model", bound=BaseModel)


class ConfigModel(BaseModel):
    """Base of everything read from a configuration file: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(file: Path, model: type[Model]) -> Model:
    """Read a TOML file. Raises `WorkspaceError`, which names file, key and what is known."""
    try:
        return model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{file} is not valid TOML ({error}); correct that place") from None
    except ValidationError as error:
        raise WorkspaceError(f"{file}: {validation_message(error, model)}") from None


def read_yaml(file: Path, model: type[Model], **defaults: Any) -> Model:
    """Read a YAML file. Raises `InputError`, which names file, key and what is known."""
    import yaml

    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return model.model_validate({**defaults, **values})
    except (yaml.YAMLError, TypeError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file} is no YAML with keys and values: {reason}") from None
    except ValidationError as error:
        raise InputError(f"{file}: {validation_message(error, model)}") from None


def validation_message(error: ValidationError, model: type[BaseModel]) -> str:
    """The message, on one line, for a file that `model` rejected: all its problems."""
    return "; ".join(_problem(one["type"], one["loc"], one["input"], one["msg"], model)
                     for one in error.errors())  # fmt: skip


def _problem(
    kind: str, place: tuple[int | str, ...], given: Any, message: str, model: type[BaseModel]
) -> str:
    name = ".".join(map(str, place)) or "the file"
    if kind != "extra_forbidden":
        return f"{name} = {given!r}: {message}"
    for part in place[:-1]:
        if part in model.model_fields:  # else an index, or a key of a mapping of models
            model = _model_in(model.model_fields[str(part)].annotation) or model
    hint = did_you_mean(str(place[-1]), model.model_fields)
    return f"unknown key {name!r}; known: {', '.join(model.model_fields)}; {hint}take its line out"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation contains, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
