"""Shared parts of the benchmarks: options, progress lines, report files."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.datasets import read_data
from shelftalker.eval.leave_one_out import leave_one_out
from shelftalker.eval.result import command, commit, provenance
from shelftalker.scorer.base import Encoder
from shelftalker.store.atomic import replace_file


def script_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the module's docstring line by line."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def dataset_parser(description: str | None, out: str) -> argparse.ArgumentParser:
    """The options of a benchmark over public data sets; `out`: the file written into `--out`."""
    parser = script_parser(description)
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="data set folders")
    parser.add_argument("--cache", type=Path, help="where to keep text embeddings")
    parser.add_argument("--out", type=Path, help=f"write {out} into this folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validation", action="store_true", help="test on the validation events")
    return parser


def sets(options: argparse.Namespace) -> Iterator[tuple[str, Catalog, list[Event]]]:
    """Name, catalogue and log of each folder of `--data`; with `--validation` without each user's
    last event, so that the validation event is the test."""
    for folder in options.data:
        catalog, events = read_data(folder)
        yield folder.name, catalog, leave_one_out(events).train if options.validation else events


def stamp(options: argparse.Namespace, data: str, encoder: Encoder) -> dict[str, Any]:
    """The provenance of a report on one data set."""
    return {
        "data": data,
        "split": "validation" if options.validation else "test",
        "encoder": encoder.name,
        "seed": options.seed,
        "commit": commit(),
        "command": command(),
    }


def write(report: Mapping[str, Any], file: Path) -> None:
    """Write a JSON file atomically; its folder is created."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, (json.dumps(report, indent=2) + "\n").encode())


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
    """Print figures with their provenance as JSON, and write `<out>/<name>.json`."""
    whole = {"task": name, **figures, "provenance": provenance(facts, seconds).model_dump()}
    print(json.dumps(whole, indent=2))
    if out:
        write(whole, out / f"{name}.json")
