"""Task files: valid as packaged, and errors that name the key and the nearest known name."""

from pathlib import Path

import pytest

from shelftalker.errors import InputError
from shelftalker.eval.task import (
    all_tasks,
    read_task,
)


def test_every_packaged_task_is_valid_and_named_after_its_file() -> None:
    tasks = all_tasks()
    assert {"ranking", "classification", "picking", "descriptions", "speed"} <= set(tasks)
    assert all(name == task.name for name, task in tasks.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: ranking\nspilt: x", "unknown key 'spilt'; .*did you mean 'split'"),
        ("kind: sorting", "unknown kind 'sorting'; .*allowed: ranking"),
        ("kind: ranking\nmetrics: [ndgc@10]", "did you mean 'ndcg'"),
        ("kind: [", "no YAML with keys and values"),
        ("name: x\nkind: ranking\nversion: 0", "version"),
        ("just text", "no YAML with keys and values"),
    ],
)
def test_a_bad_task_file_gets_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        read_task(tmp_path / "t.yaml")
