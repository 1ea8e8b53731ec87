"""`shelftalker users`. Run: pytest tests/unit/commands/test_users.py"""

import json

from tests.unit.commands.conftest import Run


def traces(run: Run, user: str) -> list[str]:
    printed = run("users", "ws", "show-traces", user, "--json").stdout
    return list(json.loads(printed)["versions"])


def test_versions_that_saw_a_person_are_named_until_the_events_are_deleted(run: Run) -> None:
    assert "films scorer v1" in traces(run, "u1")
    assert traces(run, "nobody") == []
    run("users", "ws", "delete", "u1")
    assert traces(run, "u1") == []
