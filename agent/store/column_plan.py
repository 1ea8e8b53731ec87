"""`columns.yaml` of a domain: how the columns of each imported file are read.

Written by every import, read by the next one of a file with the same columns. Its owner may change
a meaning: `attribute cost` keeps a column that was left out, `left out: inner` drops one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from shelftalker.data.config_model import ConfigModel, validation_message
from shelftalker.errors import DataError
from shelftalker.store.atomic import replace_file

FILE = "columns.yaml"
_HEAD = (
    "# How the columns of imported files are read: our field, `attribute NAME` (texts may speak\n"
    "# of it), or `left out: REASON`. Change a line and import the file again.\n"
)


class FilePlan(ConfigModel):
    """One file. `columns`: column → meaning; `dates`, `decimal`: None where not settled."""

    file: str
    layout: str = ""
    dates: Literal["dmy", "mdy", "ymd"] | None = None
    decimal: Literal[".", ","] | None = None
    columns: dict[str, str]


def read_plans(folder: Path) -> dict[str, FilePlan]:
    """The plans of a domain, by file. Raises `DataError` for a file that cannot be read."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return {one.file: one for one in map(FilePlan.model_validate, data)}
    except ValidationError as error:
        problem = validation_message(error, FilePlan)
    except (yaml.YAMLError, OSError, TypeError) as error:
        problem = str(error)
    raise DataError(f"{path}: {problem}; mend it, or delete it: the next import writes it anew")


def write_plans(folder: Path, plans: Mapping[str, FilePlan]) -> None:
    """Replace the plans of a domain."""
    data = [plan.model_dump(exclude_defaults=True) for plan in plans.values()]
    text = _HEAD + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    replace_file(folder / FILE, text.encode())
