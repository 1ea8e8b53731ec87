"""Annotated cases: requests with their reading, sentences with their verdict."""

from pathlib import Path

import yaml

CASES = Path(__file__).parent


def known_failures(group: str) -> dict[str, dict[str, list[str]]]:
    """Of `known_failures.yaml`: false sentences that are missed and true ones that are refused, by
    set. A test compares them with what it finds, so that a change either way is seen."""
    every = yaml.safe_load((CASES / "known_failures.yaml").read_text(encoding="utf-8"))
    return {
        name: {kind: rows.get(kind, []) for kind in ("missed", "refused")}
        for name, rows in every[group].items()
    }
