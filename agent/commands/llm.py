"""The command llm: one LLM server for many processes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelftalker.commands.terminal import Dir, Host, Port, check_port, say

if TYPE_CHECKING:
    from shelftalker.engine.server.protocol import AdapterFile
    from shelftalker.store.workspace import Workspace

commands = typer.Typer()


@commands.command()
def llm(
    directory: Dir,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- OPTIONS]", help="Further options of vllm serve, after --."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8001,
    socket: Annotated[
        Path | None, typer.Option(help="A Unix socket to listen on, in place of host and port.")
    ] = None,
    slots: Annotated[int, typer.Option(help="Adapters in memory at once.", min=1)] = 16,
    gpu_memory: Annotated[
        float, typer.Option(help="Share of a GPU's memory to take.", min=0.05, max=1)
    ] = 0.85,
) -> None:
    """Serve the workspace's LLM with vLLM, for the engine "server" of many processes."""
    from shelftalker.engine.server.launch import ServerOptions, check, start
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace:
        settings = workspace.settings
        options = ServerOptions(
            settings.model, settings.dtype, host, port, str(socket) if socket else None, slots,
            gpu_memory, _in_service(workspace), more or (),
        )  # fmt: skip
    check(options)
    if socket is None:
        check_port(host, port)
    names = ", ".join(file.name for file in options.adapters) or "none yet"
    say(f"starting vLLM with {options.model}; adapters: {names}; more are loaded when asked for")
    say(f'workspaces use it by: engine = "server", and under [remote] url = "{options.url}"')
    say('ready at "Application startup complete" (half a minute on a CPU); Ctrl-C ends it')
    start(options)


def _in_service(workspace: "Workspace") -> "list[AdapterFile]":
    """The adapters of the versions in service, of all domains."""
    from shelftalker.engine.server.protocol import AdapterFile
    from shelftalker.store.adapter_parts import adapter_folder, version_parts

    owner = workspace.settings.remote.workspace or ""
    parts = [version_parts(workspace, d, workspace.current(d).adapter) for d in workspace.domains()]
    names = [name for part in parts for name in part.adapters]
    return [AdapterFile.of(owner, name, adapter_folder(workspace, name)) for name in names]
