"""The folder of one training run, from which an interrupted run is resumed.

It holds the recipe (`recipe.json`), the examples (`examples.json`), checkpoints and, in the end,
the domain's version that was made of the run (`VERSION`).
"""

from pathlib import Path

from shelftalker.adapters.recipe import Recipe
from shelftalker.errors import InputError
from shelftalker.store.atomic import replace_file

_RECIPE, _VERSION = "recipe.json", "VERSION"


def start_run(run: Path, recipe: Recipe) -> None:
    """Store the recipe in the folder. Raises `InputError` where the folder holds the run of another
    recipe: its checkpoints may be hours of work."""
    run.mkdir(parents=True, exist_ok=True)
    file, own = run / _RECIPE, recipe.model_dump_json(indent=2).encode()
    if not file.is_file():
        replace_file(file, own)
    elif file.read_bytes() != own:
        raise InputError(
            f"{run} holds an interrupted run of another recipe ({file}); give that one again to go "
            "on with it, or delete the folder to begin anew"
        )


def record_version(run: Path, version: str) -> None:
    """Record the version that was made of the run."""
    replace_file(run / _VERSION, version.encode())


def recorded_version(run: Path) -> str:
    """The version that was made of the run; empty if there is none yet."""
    file = run / _VERSION
    return file.read_text(encoding="utf-8") if file.is_file() else ""
