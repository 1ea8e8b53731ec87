"""The folder of one training run: what was interrupted goes on from what lies there.

`recipe.json` says whose it is, `examples.json` and the checkpoints what was done, and `VERSION` in
the end which version of the domain came of it.
"""

from pathlib import Path

from shelftalker.adapters.recipe import Recipe
from shelftalker.errors import InputError
from shelftalker.store.atomic import replace_file

_RECIPE, _VERSION = "recipe.json", "VERSION"


def begin(run: Path, recipe: Recipe) -> None:
    """Make the folder a recipe's. Raises `InputError` where it holds the run of another one, whose
    checkpoints may be hours of work."""
    run.mkdir(parents=True, exist_ok=True)
    file, own = run / _RECIPE, recipe.model_dump_json(indent=2).encode()
    if not file.is_file():
        replace_file(file, own)
    elif file.read_bytes() != own:
        raise InputError(
            f"{run} holds an interrupted run of another recipe ({file}); give that one again to go "
            "on with it, or delete the folder to begin anew"
        )


def keep(run: Path, version: str) -> None:
    """The run became a version of its domain."""
    replace_file(run / _VERSION, version.encode())


def kept(run: Path) -> str:
    """The version that the run became; empty as long as it did not."""
    file = run / _VERSION
    return file.read_text(encoding="utf-8") if file.is_file() else ""
