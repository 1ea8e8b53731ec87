"""An adapter for the pick, from a log to service and back: python finetune.py demo

The recipe is tiny, two steps on eight examples, so that this ends soon. What it trains is worth
nothing, and the gate says so. For one that may serve, take RECIPE = recipes.load("lora").
"""

import sys
from pathlib import Path

from shelftalker import AdapterVersions, Workspace
from shelftalker.adapters import recipe as recipes
from shelftalker.errors import AdapterError

RECIPE = recipes.Recipe.model_validate(
    {
        "name": "tiny",
        "data": {"pick": 8, "validation": 4, "negatives": 2, "cuts": [0.4, 0.6], "end": 0.7},
        "budget": {"batch": 4, "max_steps": 2, "stop_on": "loss"},
        "gate": {"examples": 100, "turned": 4, "descriptions": 0},
    }
)


def main(folder: str) -> None:
    with Workspace.open(Path(folder)) as workspace:
        versions = AdapterVersions(workspace, workspace.domains()[0])
        version = versions.finetune(RECIPE)
        print(versions.gate(version, RECIPE.gate).sentence)  # on events newer than its data
        try:
            versions.promote(version)
        except AdapterError as error:
            print(f"not promoted: {error}")
            versions.promote(version, force=True)  # only to show the way back
        print(f"in service: {versions.domain}@{workspace.current(versions.domain).adapter}")
        versions.rollback()
        print(f"after rollback: {workspace.current(versions.domain).adapter}")


if __name__ == "__main__":
    main(*sys.argv[1:])
