"""An experiment on visitors: the file `experiment.toml` in a domain's folder.

    name = "exploring"          # another name deals the visitors anew

    [arms.control]
    share = 0.5                 # of the visitors; the shares add up to 1

    [arms.exploring]
    share = 0.5
    scorer = "v3"               # instead of the version in service
    adapter = "v2"              # instead of the version in service; "" is the base model
    writer = "composed"         # no LLM writes; "llm" is the default
    hooks = false               # no prepared texts
    rules = { explore = 0.1 }   # instead of those keys of rules.toml

Who is in which arm follows from a hash of the visitor and the name: the same for ever and on every
machine, and nothing is stored for it. Each item shown is logged with its arm and propensity.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from shelftalker.data.config_model import ConfigModel, read_toml
from shelftalker.ranking.dealing import place_of
from shelftalker.ranking.shop_rules import Rules

EXPERIMENT_FILE = "experiment.toml"


class Arm(ConfigModel):
    """One arm; what is left out is as in service."""

    share: float = Field(gt=0, le=1)
    scorer: str | None = Field(default=None, pattern=r"^v[1-9][0-9]*$")
    adapter: str | None = Field(default=None, pattern=r"^(v[1-9][0-9]*)?$")
    writer: Literal["llm", "composed"] = "llm"
    hooks: bool = True
    rules: Rules = Rules()

    def changed(self, rules: Rules) -> Rules:
        """The rules of this arm."""
        own: dict[str, Any] = {key: getattr(self.rules, key) for key in self.rules.model_fields_set}
        return rules.model_copy(update=own)


class Experiment(ConfigModel):
    """A running experiment; two arms or more."""

    name: str = Field(min_length=1, max_length=100)
    arms: Mapping[str, Arm] = Field(min_length=2)

    @model_validator(mode="after")
    def _adds_up(self) -> "Experiment":
        total = sum(arm.share for arm in self.arms.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the arms add up to {total:g}; make it 1")
        return self

    def arm_of(self, user: str) -> str:
        """The arm of a visitor."""
        place, upper = place_of(self.name, user), 0.0
        for name, arm in self.arms.items():
            upper += arm.share
            if place < upper:
                return name
        return name


def read_experiment(folder: Path) -> Experiment | None:
    """The experiment of a domain, if there is one. Raises `WorkspaceError` naming file and key."""
    file = folder / EXPERIMENT_FILE
    if not file.is_file():
        return None
    return read_toml(file, Experiment)
