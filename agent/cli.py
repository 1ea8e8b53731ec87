"""The command line: its commands, log options and error messages.

Every expected error (a `ShelftalkerError`, a wrong option, a full disk) becomes one sentence on
stderr and a non-zero exit status: 1, or 2 for wrong usage.
"""

import logging
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from shelftalker.commands import adapters, data, evaluate, read, serve, service, texts, train, users
from shelftalker.commands.log_output import LogFormat, LogLevel, configure_logging
from shelftalker.commands.terminal import say
from shelftalker.errors import ShelftalkerError

_LOG = logging.getLogger(__name__)

app = typer.Typer(
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Picks items for each visitor and writes a true, personal text for each pick.",
)
COMMANDS: dict[str, Callable[..., None]] = {
    "demo": data.demo,
    "init": data.init,
    "import": data.import_,
    "pictures": data.pictures,
    "fit": train.fit,
    "finetune": adapters.finetune,
    "feedback": serve.feedback,
    "generate": serve.generate,
    "recommend": serve.recommend,
    "chat": serve.chat,
    "serve": service.serve,
    "mcp": service.mcp,
    "keys": service.keys,
    "llm": service.llm,
    "prepare": texts.prepare,
    "hooks": texts.hooks,
    "campaign": texts.campaign,
    "read": read.read,
    "verify": read.verify,
    "users": users.users,
    "experiment": users.experiment,
    "files": data.files,
    "eval": evaluate.evaluate,
}
commands = typer.Typer()
for name, function in COMMANDS.items():
    commands.command(name)(function)
app.add_typer(commands)
app.add_typer(adapters.adapters, name="adapters")


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    log_format: Annotated[
        LogFormat, typer.Option(help="Logs on stderr: text, or json for one object per line.")
    ] = "text",
    log_level: Annotated[
        LogLevel, typer.Option(help="The least severe log records to print.")
    ] = "warning",
) -> None:
    configure_logging(log_format, log_level)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    else:
        _LOG.info("command started", extra={"command": context.invoked_subcommand})


def main() -> None:
    """Run the command line."""
    # peft imports bitsandbytes where it is installed, and that warns of a missing CPU kernel.
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)
    try:
        status = app(standalone_mode=False, prog_name="shelftalker")
    except ShelftalkerError as error:
        _fail(error, str(error), 1)
    except TyperException as error:
        _fail(error, _usage(error), 2)
    except OSError as error:
        _fail(error, f"{error}; check the path, its permissions and the free space", 1)
    if status:
        sys.exit(status)


def _fail(error: Exception, sentence: str, status: int) -> None:
    # The log has no sentence: it may quote a message or a user id.
    _LOG.info("command failed", extra={"error": type(error).__name__, "status": status})
    say(f"shelftalker: {sentence}", style="red")
    sys.exit(status)


def _usage(error: Any) -> str:
    """The message for wrong usage: what was received, what is allowed, what to do."""
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
    text: str = " ".join(error.format_message().split())
    return text.partition(" (Possible")[0].rstrip(".")


def _allowed(command: Any, parameter: Any) -> str:
    """The help of the parameter, or the names of the command's subcommands or options."""
    if parameter is not None:
        return (getattr(parameter, "help", None) or "").rstrip(".")
    if hasattr(command, "commands"):
        return f"allowed: {', '.join(command.commands)}"
    options = [name for p in command.params for name in p.opts if name.startswith("--")]
    arguments = [p.metavar for p in command.params if p.param_type_name == "argument"]
    return f"allowed: {', '.join([*arguments, *options])}"


if __name__ == "__main__":
    main()
