"""The version ranges in `pyproject.toml` are those that engines check when they start."""

import tomllib

from packaging.requirements import Requirement

from shelftalker.engine.compat import VERSIONS
from tests.support import ROOT


def test_pip_refuses_what_the_start_up_check_would_refuse() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for lines in extras for line in lines)]
    declared = {one.name: one.specifier for one in map(Requirement, lines)}
    for name, versions in VERSIONS.items():
        assert declared[name] == Requirement(name + versions).specifier, name
