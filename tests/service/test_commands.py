"""The commands keys and serve. Run: pytest tests/service/test_commands.py"""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shelftalker.cli import app
from shelftalker.commands import service
from shelftalker.service import running
from tests.support.command_line import Run
from tests.unit.commands.conftest import run  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("place")


def test_a_key_is_printed_once_as_the_last_line(run: Run, place: Path) -> None:  # noqa: F811
    made = run("keys", place, "create", "--scopes", "serve,ingest", "--per-minute", 60)
    key = made.stdout.splitlines()[-1]
    assert key.startswith("st_")
    listed = run("keys", place, "list")
    assert "serve,ingest" in listed.stdout
    assert "60" in listed.stdout
    assert key.split("_", 2)[2] not in listed.stdout
    [row] = json.loads(run("keys", place, "list", "--json").stdout)["keys"]
    rotated = run("keys", place, "rotate", row["id"]).stdout.splitlines()[-1]
    assert rotated.startswith("st_")
    assert json.loads(run("keys", place, "list", "--json").stdout)["keys"][0]["state"] == "ended"
    assert run("keys", place, "revoke", row["id"]).returncode == 1


def test_what_is_wrong_is_one_sentence(run: Run, place: Path) -> None:  # noqa: F811
    for arguments, said in (
        (("keys", place, "create", "--scopes", "everything"), "allowed: serve, ingest, admin"),
        (("keys", place, "create"), "--scopes is missing"),
        (("keys", place, "revoke"), "needs the ID"),
        (("serve", place, "--host", "0.0.0.0"), "has no API key; make one with"),
    ):
        ended = run(*arguments)
        assert ended.returncode == 1, arguments
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["serve", "chat"])
def test_a_port_in_use_is_said_before_the_models_are_loaded(
    run: Run,  # noqa: F811
    place: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "shelftalker.store.workspace.Workspace.open", lambda *_: pytest.fail("opened")
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(command, place, "--port", taken.getsockname()[1])
    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1:" in ended.stderr


def test_where_gradio_is_missing_the_service_has_no_pages(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `make demo CHAT=0` and the extra `service`."""
    served: list[running.ServeOptions] = []
    monkeypatch.setattr(running, "serve", served.append)
    monkeypatch.setattr(service, "find_spec", lambda name: None if name == "gradio" else name)
    told = CliRunner().invoke(app, ["serve", str(place)])
    assert [one.page for one in served] == ["off"], told
    assert "gradio is not installed; run: pip install" in told.stderr
    asked = CliRunner().invoke(app, ["serve", str(place), "--demo"])
    assert (len(served), str(asked.exception)[:6]) == (1, "gradio")
