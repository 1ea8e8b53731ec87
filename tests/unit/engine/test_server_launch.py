"""How the shared server is started: pytest tests/unit/engine/test_server_launch.py"""

import itertools
import json
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from shelftalker.engine.chat_client import API_KEY_VARIABLE
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.engine.server import launch
from shelftalker.engine.server.launch import ADAPTERS_VARIABLE, ServerOptions
from shelftalker.engine.server.protocol import AdapterFile
from shelftalker.errors import EngineError, InputError

FILE = AdapterFile(name="shop.films.v1", folder="/a", sha256="0")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
    monkeypatch.setattr(launch, "find_spec", lambda name: name)
    monkeypatch.setattr(launch, "entry_points", lambda group: Names())


class Names:
    names = frozenset({launch.PLUGIN})


def test_the_command_line_has_what_the_contract_needs() -> None:
    options = ServerOptions(DEFAULT_MODEL, "float32", socket="llm.sock", slots=4, more=["--x"])
    folder, *flags = launch.arguments(options)
    assert Path(folder).name == DEFAULT_MODEL
    given = dict(itertools.pairwise(flags))
    assert given["--worker-cls"].endswith("PatchedWorker")
    assert given["--logprobs-mode"] == "processed_logprobs"
    assert given["--dtype"] == "float32"
    assert given["--max-cpu-loras"] == given["--max-loras"] == "4"
    assert given["--served-model-name"] == DEFAULT_MODEL
    assert given["--api-server-count"] == "1"
    assert given["--uds"] == "llm.sock"
    assert {"--enable-lora", "--no-use-tqdm-on-load"} <= set(flags)
    assert "--host" not in flags
    assert flags[-1] == "--x"


def test_a_port_is_taken_where_there_is_no_socket() -> None:
    options = ServerOptions(DEFAULT_MODEL, port=9000)
    assert options.url == "http://127.0.0.1:9000"
    flags = launch.arguments(options)
    assert flags[flags.index("--port") + 1] == "9000"
    assert ServerOptions(DEFAULT_MODEL, socket="/run/llm.sock").url == "unix:/run/llm.sock"


def test_the_key_is_in_the_environment_and_other_plugins_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, "secret")
    options = ServerOptions(DEFAULT_MODEL, adapters=[FILE])
    own = launch.environment(options, {"VLLM_PLUGINS": "theirs", "VLLM_LOGGING_LEVEL": "INFO"})
    assert own["VLLM_API_KEY"] == "secret"
    assert "secret" not in launch.arguments(options)
    assert own["VLLM_PLUGINS"] == "theirs,shelftalker"
    assert own["VLLM_LOGGING_LEVEL"] == "INFO"
    assert [AdapterFile(**one) for one in json.loads(own[ADAPTERS_VARIABLE])] == [FILE]
    assert launch.environment(options, {})["VLLM_PLUGINS"] == "shelftalker"


@pytest.mark.usefixtures("installed")
def test_an_address_of_others_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for local in ({}, {"host": "localhost"}, {"host": "::1"}, {"socket": "s", "host": "0.0.0.0"}):
        launch.check(ServerOptions(DEFAULT_MODEL, **local))  # type: ignore[arg-type]
    for host in ("0.0.0.0", "gpu-1"):
        with pytest.raises(InputError, match=f"--host {host} can be reached.*{API_KEY_VARIABLE}"):
            launch.check(ServerOptions(DEFAULT_MODEL, host=host))
    monkeypatch.setenv(API_KEY_VARIABLE, "secret")
    launch.check(ServerOptions(DEFAULT_MODEL, host="0.0.0.0"))


@pytest.mark.usefixtures("installed")
def test_a_package_installed_before_it_had_the_routes_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Names, "names", frozenset({"another"}))
    with pytest.raises(EngineError, match="install it again"):
        launch.check(ServerOptions(DEFAULT_MODEL))


def test_the_package_names_the_plugin() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["vllm.endpoint_plugins"][launch.PLUGIN].split(":")
    plugin = getattr(import_module(module), name)()
    assert (plugin.name, plugin.required_tasks) == (launch.PLUGIN, ("generate",))
