"""Pairs to be judged blind: sides in random order, the key apart, equal texts left out."""

import csv
from pathlib import Path

from shelftalker.eval.blind_pairs import COLUMNS, write_pairs


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.reader(source))


def test_the_sheet_hides_who_wrote_what_and_the_key_tells(tmp_path: Path) -> None:
    cases = [(f"Item {n}", "", f"model {n}", f"rows {n}") for n in range(30)]
    cases.append(("Same", "", "equal", "equal"))
    assert write_pairs(tmp_path / "p.csv", ("llm", "composed"), cases, seed=1) == 30
    head, *rows = read(tmp_path / "p.csv")
    assert tuple(head) == COLUMNS
    key = {pair: (a, b) for pair, a, b in read(tmp_path / "p.key.csv")[1:]}
    sides = [key[row[0]] for row in rows]
    assert {("llm", "composed"), ("composed", "llm")} == set(sides)
    for row, (a, _) in zip(rows, sides, strict=True):
        assert row[3].startswith("model" if a == "llm" else "rows")
    assert [row[1] for row in rows] != [f"Item {n}" for n in range(30)]
