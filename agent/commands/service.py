"""Commands that serve programs: serve, llm, mcp, keys."""

import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from shelftalker.commands.log_output import configure_logging
from shelftalker.commands.terminal import (
    Dir,
    EngineOption,
    Host,
    Json,
    Port,
    check_port,
    report,
    say,
)
from shelftalker.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from shelftalker.engine.server.protocol import AdapterFile
    from shelftalker.store.workspace import Workspace


def serve(
    context: typer.Context,
    directory: Dir,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Processes; each loads the models.", min=1)] = 1,
    engine: EngineOption = "auto",
    demo: Annotated[
        bool, typer.Option("--demo", help="Anybody may choose any user on the chat page.")
    ] = False,
) -> None:
    """Serve the HTTP API, MCP and the chat page."""
    _needs_extra()
    from shelftalker.service.running import ServeOptions, serve

    page: Literal["visitors", "demo", "off"] = "demo" if demo else "visitors"
    if workers > 1:
        page = "off"
        say("the chat page is not served: its sessions need a single worker")
    elif find_spec("gradio") is None:
        if demo:
            raise MissingExtra("gradio", "chat")
        page = "off"
        say(f"the pages are not served: {MissingExtra('gradio', 'chat')}")
    check_port(host, port)
    logs = context.parent.params if context.parent else {}
    where = f"http://{host}:{port} (OpenAPI at /docs; Ctrl-C ends it)"
    say(f"loading {directory}, to serve it at {where}")
    serve(ServeOptions(str(directory), host, port, workers, engine, page, **logs))


def worker_app(serving: Any, shared: Any) -> Any:
    """The app of a process that serves."""
    from shelftalker.service.running import app_of

    configure_logging(serving.log_format, serving.log_level)
    return app_of(serving, shared)


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


def mcp(directory: Dir, engine: EngineOption = "auto") -> None:
    """Serve a workspace's tools to an agent, by MCP over standard input and output."""
    _needs_extra()
    from shelftalker.service.mcp_tools import serve_stdio

    serve_stdio(directory, engine)


def keys(
    directory: Dir,
    action: Annotated[
        Literal["create", "list", "revoke", "rotate"], typer.Argument(help="What to do.")
    ],
    key_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The key to revoke or rotate.")
    ] = None,
    scopes: Annotated[
        str | None, typer.Option(help="serve, ingest, admin; several with commas.")
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(help="Requests a minute; default: no limit.", min=1)
    ] = None,
    overlap_hours: Annotated[
        float, typer.Option(help="How long a rotated key is still good.", min=0)
    ] = 0,
    as_json: Json = False,
) -> None:
    """Make, list, end or replace API keys. A new key is printed once, as the last line."""
    _needs_extra()
    from shelftalker.service.keys import create_key, revoke_key, rotate_key
    from shelftalker.store.service_db import ServiceDb
    from shelftalker.store.workspace import Workspace

    with Workspace.open(directory) as workspace, ServiceDb.of(workspace.path) as store:
        if action == "list":
            report({"keys": [_described(row) for row in store.all_keys()]}, as_json)
        elif action == "create":
            if scopes is None:
                raise InputError("--scopes is missing; allowed: serve, ingest, admin, with commas")
            _print_new(create_key(store, scopes, per_minute), as_json)
        elif key_id is None:
            raise InputError(f"{action} needs the ID of a key; list them with: keys DIR list")
        elif action == "rotate":
            _print_new(rotate_key(store, key_id, 3600 * overlap_hours), as_json)
        else:
            revoke_key(store, key_id)
            say(f"key {key_id} has ended")


def _print_new(key: str, as_json: bool) -> None:
    if not as_json:
        say("This key is shown once; keep it where only its user can read it:")
    report({"key": key}, as_json, [key])


def _described(row: Any) -> dict[str, Any]:
    ended = row.ends is not None and row.ends <= time.time()
    state = "ended" if ended else "ends soon" if row.ends else "in use"
    return {"id": row.id, "scopes": row.scopes, "per_minute": row.per_minute, "state": state}


def _needs_extra() -> None:
    """Raises `MissingExtra`, whichever package of the extra is not there."""
    for package in ("fastapi", "uvicorn", "prometheus_client", "jwt", "mcp"):
        if find_spec(package) is None:
            raise MissingExtra(package, "service")


def _in_service(workspace: "Workspace") -> "list[AdapterFile]":
    """The adapters of the versions in service, of all domains."""
    from shelftalker.engine.server.protocol import AdapterFile
    from shelftalker.store.adapter_parts import adapter_folder, version_parts

    owner = workspace.settings.remote.workspace or ""
    parts = [version_parts(workspace, d, workspace.current(d).adapter) for d in workspace.domains()]
    names = [name for part in parts for name in part.adapters]
    return [AdapterFile.of(owner, name, adapter_folder(workspace, name)) for name in names]
