"""`verify`: one verdict a sentence, by the rows of its context."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.command_line import Run

CONTEXT = {
    "cid": "c1",
    "item": {"id": "1", "title": "Salt Road", "text": "", "price": 9.5,
             "attributes": {"genres": ["Western"], "year": 1961}},
    "history": [{"kind": "rating", "value": 5.0, "time": 1.0,
                 "item": {"id": "2", "title": "Grey Mesa", "attributes": {"genres": ["Western"]}}}],
    "request": {"message": "", "filters": []},
}  # fmt: skip
SENTENCES = [
    {"id": 1, "cid": "c1", "sentence": "Salt Road is a western from 1961."},
    {"id": 2, "cid": "c1", "sentence": "Salt Road is a western from 1971."},
    {"id": 3, "cid": "c1", "sentence": "You gave Grey Mesa 5 stars."},
]


def written(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


@pytest.mark.parametrize("name", ["contexts.jsonl", "contexts.jsonl.gz"])
def test_one_verdict_a_sentence(run: Run, tmp_path: Path, name: str) -> None:
    contexts = written(tmp_path / name, [CONTEXT])
    sentences = written(tmp_path / "s.jsonl", SENTENCES)
    out = tmp_path / "v.jsonl"
    done = run(*f"verify --contexts {contexts} --sentences {sentences} --out {out} --json".split())
    assert json.loads(done.stdout) == {"sentences": 3, "passed": 2, "written": str(out)}
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["passed"]) for row in rows] == [(1, True), (2, False), (3, True)]
    assert "1971" in rows[1]["reason"]
    assert {"span": [0, 9], "text": "Salt Road"}.items() <= rows[0]["claims"][0].items()


def test_a_sentence_without_its_context_is_an_error(run: Run, tmp_path: Path) -> None:
    contexts = written(tmp_path / "c.jsonl", [CONTEXT])
    sentences = written(tmp_path / "s.jsonl", [{"id": 1, "cid": "c9", "sentence": "It is new."}])
    done = run(*f"verify --contexts {contexts} --sentences {sentences} --out {tmp_path}/o".split())
    assert done.returncode == 1
    assert "'c9'" in done.stderr
    assert not (tmp_path / "o").exists()
