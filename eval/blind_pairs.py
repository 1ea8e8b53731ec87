"""Pairs of texts on the same pick to be judged blind: a CSV for the judge, with the sides in random
order, and beside it a key that says which system wrote which side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

COLUMNS = ("pair", "item", "history", "text a", "text b", "true a", "true b", "natural a (1-5)",
           "natural b (1-5)", "would print a", "would print b", "better (a, b, tie)")  # fmt: skip


def write_pairs(
    path: Path, systems: tuple[str, str], cases: Sequence[tuple[str, str, str, str]], seed: int
) -> int:
    """Write cases (item, history, first system's text, second's) whose texts differ, to `path` and
    `<name>.key.csv`. Returns the number of pairs."""
    draw = np.random.default_rng(seed)
    differing = [case for case in cases if case[2] != case[3]]
    rows, key = [], []
    for number, at in enumerate(draw.permutation(len(differing)), 1):
        item, history, *texts = differing[at]
        first = int(draw.integers(2))
        rows.append((number, item, history, texts[first], texts[1 - first], *[""] * 7))
        key.append((number, systems[first], systems[1 - first]))
    sheet = pl.DataFrame(rows, COLUMNS, orient="row")
    sheet.write_csv(path, include_bom=True)
    pl.DataFrame(key, ("pair", "a", "b"), orient="row").write_csv(path.with_suffix(".key.csv"))
    return len(differing)
