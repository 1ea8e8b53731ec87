"""Log output of the command line: its two formats, its level, and what it never prints."""

import json
import logging
from pathlib import Path

import pytest

from shelftalker.commands.log_output import configure_logging
from shelftalker.serving.request_id import request_id
from tests.support.command_line import Run


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_logs_are_one_object_a_line_on_stderr(run: Run) -> None:
    logs = "--log-format json --log-level info"
    asked = "generate ws --user visitor-7731 --message zebraic --engine none --json"
    done = run(*f"{logs} {asked}".split())
    assert json.loads(done.stdout)["user"] == "visitor-7731"
    assert not [text for text in ("visitor-7731", "zebraic") if text in done.stderr]
    first, *others = lines(done.stderr)
    assert list(first)[:5] == ["time", "level", "logger", "message", "request_id"]
    assert first["message"] == "command started"
    assert first["command"] == "generate"
    [loaded] = [line for line in others if line["message"] == "domain loaded"]
    assert loaded["logger"] == "shelftalker.serving.domain_store"
    assert (loaded["domain"], loaded["items"], loaded["scorer"]) == ("films", 11, "v1")


def test_without_options_a_command_logs_nothing(run: Run) -> None:
    assert run("generate", "ws", "--user", "u0", "--engine", "none").stderr == ""


def test_a_failed_command_is_logged_without_its_sentence(run: Run) -> None:
    done = run("--log-level", "info", "generate", "ws", "--user", "u0", "--k", 0)
    started, *_, failed, sentence = done.stderr.splitlines()
    assert started.endswith("INFO shelftalker.cli: command started command=generate")
    assert failed.endswith("INFO shelftalker.cli: command failed error=InputError status=1")
    assert sentence.startswith("shelftalker: k is 0")


def test_a_wrong_log_option_says_what_is_allowed(run: Run) -> None:
    done = run("--log-level", "loud", "generate", "ws", "--user", "u0")
    assert done.returncode == 2
    assert "--log-level is 'loud': not one of 'debug', 'info', 'warning', 'error'" in done.stderr


def test_a_record_has_the_id_of_its_request_its_fields_and_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json", "debug")
    log = logging.getLogger("shelftalker.test")
    with request_id() as number:
        log.info("slow %s", "pick", extra={"seconds": 2.5, "folder": Path("a")})
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("failed")
    logging.getLogger("other").info("chatter of another package")
    slow, failed = lines(capsys.readouterr().err)
    assert slow["request_id"] == number
    assert (slow["message"], slow["seconds"], slow["folder"]) == ("slow pick", 2.5, "a")
    assert failed["request_id"] == ""
    assert "ValueError: no" in str(failed["exception"])
