"""Read the YAML files of the package."""

from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where there is one, as it is much faster."""


def read_yaml(file: Path) -> Any:
    """What a YAML file holds. Raises `OSError`, `yaml.YAMLError`."""
    return yaml.load(file.read_text(encoding="utf-8"), _LOADER)
