"""What the benchmarks on public sets share: their options, and how progress is printed."""

import argparse
from pathlib import Path


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
