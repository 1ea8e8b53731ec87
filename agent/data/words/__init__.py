"""Lists of words about attributes and items, in YAML files beside this one."""

from pathlib import Path
from typing import Any

from shelftalker.language.yaml_file import read_yaml


def word_lists(name: str) -> dict[str, Any]:
    """The lists of one file; words are separated by spaces, unless the file says otherwise."""
    lists: dict[str, Any] = read_yaml(Path(__file__).with_name(f"{name}.yaml"))
    return lists
