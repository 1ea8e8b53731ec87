"""Lists of words about attributes and items, in YAML files beside this one."""

from pathlib import Path
from typing import Any

import yaml


def word_lists(name: str) -> dict[str, Any]:
    """The lists of one file; words are separated by spaces, unless the file says otherwise."""
    lists: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    )
    return lists
