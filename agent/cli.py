"""The command line: which commands there are, and how every error ends.

An error raised on purpose, a wrong option or a full disk ends in one sentence on stderr and a
non-zero exit status: 1, or 2 where the command was called wrongly.
"""

import logging
import sys
from typing import Any

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from shelftalker.commands import adapters as adapting
from shelftalker.commands import data, serve, train
from shelftalker.commands import evaluate as evaluation
from shelftalker.commands.terminal import err
from shelftalker.errors import ShelftalkerError

app = typer.Typer(
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Picks items for each visitor and writes a true, personal text for each pick.",
)
for group in (data, train, adapting, serve, evaluation):
    app.add_typer(group.commands)


@app.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; every expected error becomes one sentence."""
    # Where bitsandbytes is installed, peft imports it; it warns of a CPU kernel nobody asked for.
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)
    try:
        status = app(standalone_mode=False, prog_name="shelftalker")
    except ShelftalkerError as error:
        _end(str(error), 1)
    except TyperException as error:
        _end(_usage(error), 2)
    except OSError as error:
        _end(f"{error}; check the path, its rights and the free space", 1)
    if status:
        sys.exit(status)


def _end(sentence: str, status: int) -> None:
    err.print(
        f"shelftalker: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True
    )
    sys.exit(status)


def _usage(error: Any) -> str:
    """What was received, what is allowed, what to do."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    path = context.command_path if context else "shelftalker"
    parts = [_received(error), _allowed(context.command, parameter) if context else ""]
    return "; ".join([*filter(None, parts), f"see: {path} --help"])


def _received(error: Any) -> str:
    if isinstance(error.__cause__, ValidationError):
        problem = error.__cause__.errors()[0]
        name = error.param.opts[0] if error.param.opts else error.param.name
        given = repr(problem["input"])
        why = problem["msg"].removeprefix("Value error, ").removeprefix(f"{given} is ")
        return f"{name} is {given}: {why[0].lower()}{why[1:]}".rstrip(".")
    said: str = " ".join(error.format_message().split())
    return said.partition(" (Possible")[0].rstrip(".")


def _allowed(command: Any, parameter: Any) -> str:
    """What the parameter is for, or the names that the command knows."""
    if parameter is not None:
        return (getattr(parameter, "help", None) or "").rstrip(".")
    if hasattr(command, "commands"):
        return f"allowed: {', '.join(command.commands)}"
    options = [name for p in command.params for name in p.opts if name.startswith("--")]
    options = [name for p in command.params for name in p.opts if name.startswith("--")]
    arguments = [p.metavar for p in command.params if p.param_type_name == "argument"]
    return f"allowed: {', '.join([*arguments, *options])}"


if __name__ == "__main__":
    main()
