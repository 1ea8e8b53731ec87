"""What is read out of annotated requests: exact match and F1 of the filters, by rules alone and,
where an address is given, with an LLM's help.

python -m shelftalker.eval.bench.reader --url http://localhost:8000/v1 --model NAME [--out FOLDER]
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter
from shelftalker.engine.chat_client import ChatClient
from shelftalker.errors import InputError
from shelftalker.eval.bench.options import publish
from shelftalker.eval.metrics.statistics import Estimate, estimate, resamples
from shelftalker.language.notices import notice as notice_text
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.rule_reader import RequestReader, RuleReader

CASES = Path("tests/requests.yaml")
RULES_ONLY = tuple(notice_text("rules_only", language) for language in ("en", "zh"))
AT_ONCE = 8
"""Requests that are read beside each other: as many as a small server takes."""


@dataclass(frozen=True)
class Annotated:
    """Catalogues by domain, and what is said of them: domain, and the case as it is annotated."""

    catalogs: Mapping[str, Catalog]
    cases: Sequence[tuple[str, Mapping[str, Any]]]


@dataclass
class ReadingTally:
    """How the filters of each case were read: found, wrong and missed; `misread` says it in words.
    `notices` counts the cases that an LLM did not help with."""

    counts: list[tuple[int, int, int]] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    notices: int = 0

    @property
    def exact(self) -> Estimate:
        """The share of cases whose filters are all found and no other."""
        return estimate(np.array([not wrong + missed for _, wrong, missed in self.counts], float))

    @property
    def f1(self) -> Estimate:
        """F1 over the filters of all cases; the interval is over cases."""
        counts = np.array(self.counts, np.float64)
        drawn = np.concatenate([draws @ counts for draws in resamples(len(counts))])
        low, high = np.percentile(_f1(drawn), [2.5, 97.5])
        return Estimate(float(_f1(counts.sum(0))), float(low), float(high), len(counts))


def main() -> None:
    """Print and keep the figures of both readers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES, help="annotated requests, YAML")
    parser.add_argument("--url", help="an OpenAI-compatible address")
    parser.add_argument("--model", help="the model to ask for there")
    parser.add_argument("--seconds", type=float, default=30, help="that a reading may take")
    parser.add_argument("--out", type=Path, help="write reader.json into this folder")
    options = parser.parse_args()
    if (options.url is None) != (options.model is None):
        parser.error("--url and --model are given together, or neither")
    began = time.perf_counter()
    annotated = read_cases(options.cases)
    readers: dict[str, Callable[[RuleReader], RequestReader]] = {"rules": lambda rules: rules}
    if options.url is not None:
        client = ChatClient(options.url, options.model)
        readers["with an LLM"] = lambda rules: LlmReader(rules, client, options.seconds)
    found = {name: asyncio.run(tally(annotated, opened)) for name, opened in readers.items()}
    figures = {
        name: {
            "exact match": asdict(one.exact),
            "filter F1": asdict(one.f1),
            "not helped with": one.notices,
            "misread": one.misread,
        }
        for name, one in found.items()
    }
    facts = {"data": str(options.cases), "split": "all", "seed": 0, "model": options.model or ""}
    publish("reader", {"rows": figures}, facts, time.perf_counter() - began, options.out)


def read_cases(file: Path) -> Annotated:
    """The annotated requests of a file. Raises `InputError` where there is none."""
    if not file.is_file():
        raise InputError(f"no file {file}; give one like tests/requests.yaml with --cases")
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    catalogs = {
        name: Catalog.of(_item(dict(row)) for row in rows)
        for name, rows in whole["domains"].items()
    }
    cases = [(name, case) for name, said in whole["requests"].items() for case in said]
    return Annotated(catalogs, cases)


async def tally(
    annotated: Annotated, opened: Callable[[RuleReader], RequestReader]
) -> ReadingTally:
    """Read every case with the reader that `opened` makes on top of the rules of its domain."""
    readers = {name: opened(RuleReader(own)) for name, own in annotated.catalogs.items()}
    places, found = asyncio.Semaphore(AT_ONCE), ReadingTally()

    async def read(domain: str, case: Mapping[str, Any]) -> tuple[set[str], str]:
        async with places:
            request, notice = await readers[domain].aread(case["said"])
        return {as_annotated(condition) for condition in request.filters}, notice

    readings = await asyncio.gather(*(read(*case) for case in annotated.cases))
    for (_, case), (got, notice) in zip(annotated.cases, readings, strict=True):
        wanted = set(case["filters"])
        wrong, missed = sorted(got - wanted), sorted(wanted - got)
        found.counts.append((len(got & wanted), len(wrong), len(missed)))
        found.notices += notice.startswith(RULES_ONLY)
        if wrong or missed:
            found.misread.append(f"{case['said']!r}: wrong {wrong}, missed {missed}")
    return found


def as_annotated(condition: Filter) -> str:
    """A filter as the annotations write it."""
    value = condition.value
    if isinstance(value, tuple):
        shown = "|".join(value)
    else:
        shown = f"{value:g}" if isinstance(value, float | int) else value
    return f"{condition.field} {condition.op} {shown}"


def _item(row: dict[str, Any]) -> Item:
    own = {name: row.pop(name) for name in ("id", "title", "price", "language") if name in row}
    attributes = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Item(**own, attributes=attributes)


def _f1(counts: Any) -> Any:
    """Of found, wrong and missed in the last axis."""
    found, wrong, missed = np.moveaxis(counts, -1, 0)
    return 2 * found / np.maximum(2 * found + wrong + missed, 1)


if __name__ == "__main__":
    main()
