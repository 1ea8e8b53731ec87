"""What benchmarks share: options, how progress is printed, where figures go."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shelftalker.eval.results import provenance
from shelftalker.storage import replace_file


def bench_parser(description: str | None, out: str) -> argparse.ArgumentParser:
    """The common options; `out` says what is written into the folder of `--out`."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="folders with sets")
    parser.add_argument("--cache", type=Path, help="where to keep text embeddings")
    parser.add_argument("--out", type=Path, help=f"write {out} into this folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validation", action="store_true", help="without the last events")
    return parser


def show(done: int, total: int, line: str) -> None:
    """One line of progress."""
    print(f"  {done}/{total} {line}", flush=True)


def publish(
    name: str,
    figures: Mapping[str, Any],
    facts: Mapping[str, Any],
    seconds: float,
    out: Path | None,
) -> None:
    """Print figures with where they come from as JSON, and write `<out>/<name>.json`."""
    whole = {"task": name, **figures, "provenance": provenance(facts, seconds).model_dump()}
    text = json.dumps(whole, indent=1)
    print(text)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / f"{name}.json", (text + "\n").encode())
