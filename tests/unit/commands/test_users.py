"""`shelftalker users`. Run: pytest tests/unit/commands/test_users.py"""

import json

from tests.unit.commands.conftest import Run


def traces(run: Run, user: str) -> list[str]:
    printed = run("users", "ws", "show-traces", user, "--json").stdout
    return list(json.loads(printed)["versions"])


def test_the_retraining_is_offered(run: Run) -> None:
    printed = run("users", "ws", "show-traces", "u1", "--json").stdout
    [command] = json.loads(printed)["retrain"]
    assert command == "shelftalker fit ws --domain films"
    assert run(*command.split()[1:]).returncode == 0


def test_versions_that_saw_a_person_are_named_until_the_events_are_deleted(run: Run) -> None:
    assert "films scorer v1" in traces(run, "u1")
    assert traces(run, "nobody") == []
    run("users", "ws", "delete", "u1")
    assert traces(run, "u1") == []
