"""Exact match and F1 of the filters read from annotated requests, by the rules and with an LLM.

python -m shelftalker.eval.bench.reader --url http://localhost:8000/v1 --model NAME [--out FOLDER]
"""

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
from shelftalker.eval.bench.options import publish, script_parser
from shelftalker.eval.metrics.statistics import Estimate, estimate, resamples
from shelftalker.language.notices import notice as notice_text
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.reconcile import Reconciled
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import TurnReader

CASES = Path(__file__).resolve().parents[2] / "tests/cases/requests.yaml"
"""Of a checkout; the package does not hold it."""
RULES_ONLY = tuple(notice_text("rules_only", language) for language in ("en", "zh"))
MAX_CONCURRENT_READINGS = 8
"""As many as a small LLM server handles."""


@dataclass(frozen=True)
class AnnotatedRequests:
    """Catalogues by domain, and cases: the domain with one annotated request."""

    catalogs: Mapping[str, Catalog]
    cases: Sequence[tuple[str, Mapping[str, Any]]]


@dataclass
class ReadingTally:
    """`counts` of each case: filters that are right, wrong and missed; `misread`: the faulty cases
    in words; `notices`: number of cases that the LLM failed on."""

    counts: list[tuple[int, int, int]] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    notices: int = 0

    @property
    def exact(self) -> Estimate:
        """Share of cases with exactly the annotated filters."""
        return estimate(np.array([not wrong + missed for _, wrong, missed in self.counts], float))

    @property
    def f1(self) -> Estimate:
        """F1 over the filters of all cases; bootstrap interval over cases."""
        counts = np.array(self.counts, np.float64)
        drawn = np.concatenate([draws @ counts for draws in resamples(len(counts))])
        low, high = np.percentile(_f1(drawn), [2.5, 97.5])
        return Estimate(float(_f1(counts.sum(0))), float(low), float(high), len(counts))


def main() -> None:
    """Print and write the figures of both readers."""
    parser = script_parser(__doc__)
    parser.add_argument("--cases", type=Path, default=CASES, help="annotated requests, YAML")
    parser.add_argument("--url", help="an OpenAI-compatible address of an LLM")
    parser.add_argument("--model", help="its model")
    parser.add_argument("--seconds", type=float, default=30, help="timeout of one request")
    parser.add_argument("--out", type=Path, help="write reader.json into this folder")
    options = parser.parse_args()
    if (options.url is None) != (options.model is None):
        parser.error("--url and --model are given together, or neither")
    began = time.perf_counter()
    annotated = read_cases(options.cases)
    readers: dict[str, Callable[[RuleReader], TurnReader]] = {"rules": lambda rules: rules}
    if options.url is not None:
        client = ChatClient(options.url, options.model)
        readers["with an LLM"] = lambda rules: Reconciled(
            rules, LlmReader(rules.catalog, rules.vocabulary, client, options.seconds)
        )
    results = {
        name: asyncio.run(evaluate_reader(annotated, opened)) for name, opened in readers.items()
    }
    figures = {
        name: {
            "exact match": asdict(one.exact),
            "filter F1": asdict(one.f1),
            "not helped with": one.notices,
            "misread": one.misread,
        }
        for name, one in results.items()
    }
    facts = {"data": options.cases.name, "split": "all", "seed": 0, "model": options.model or ""}
    publish("reader", {"rows": figures}, facts, time.perf_counter() - began, options.out)


def read_cases(file: Path) -> AnnotatedRequests:
    """The annotated requests of a file. Raises `InputError` if the file is missing."""
    if not file.is_file():
        raise InputError(
            f"no file {file}; give annotated requests with --cases, in the layout of "
            "tests/cases/requests.yaml in the repository"
        )
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    catalogs = {
        name: Catalog.of(_item(dict(row)) for row in rows)
        for name, rows in whole["domains"].items()
    }
    cases = [(name, case) for name, own in whole["requests"].items() for case in own]
    return AnnotatedRequests(catalogs, cases)


async def evaluate_reader(
    annotated: AnnotatedRequests, opened: Callable[[RuleReader], TurnReader]
) -> ReadingTally:
    """Read every case with the reader that `opened` builds on the rules of its domain."""
    readers = {name: opened(RuleReader(own)) for name, own in annotated.catalogs.items()}
    limit, figures = asyncio.Semaphore(MAX_CONCURRENT_READINGS), ReadingTally()

    async def read(domain: str, case: Mapping[str, Any]) -> tuple[set[str], bool]:
        async with limit:
            reading = await readers[domain].aread(case["said"])
        late = any(told in RULES_ONLY for told in reading.notices)
        return {as_annotated(condition) for condition in reading.filters}, late

    readings = await asyncio.gather(*(read(*case) for case in annotated.cases))
    for (_, case), (read_filters, late) in zip(annotated.cases, readings, strict=True):
        wanted = set(case["filters"])
        wrong, missed = sorted(read_filters - wanted), sorted(wanted - read_filters)
        figures.counts.append((len(read_filters & wanted), len(wrong), len(missed)))
        figures.notices += late
        if wrong or missed:
            figures.misread.append(f"{case['said']!r}: wrong {wrong}, missed {missed}")
    return figures


def as_annotated(condition: Filter) -> str:
    """A filter in the notation of the annotations: field op value."""
    value = condition.value
    if isinstance(value, tuple):
        text = "|".join(value)
    else:
        text = f"{value:g}" if isinstance(value, float | int) else value
    return f"{condition.field} {condition.op} {text}"


def _item(row: dict[str, Any]) -> Item:
    own = {name: row.pop(name) for name in ("id", "title", "price", "language") if name in row}
    attributes = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Item(**own, attributes=attributes)


def _f1(counts: Any) -> Any:
    """F1 of counts [..., 3]: right, wrong and missed."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(2 * right + wrong + missed, 1)


if __name__ == "__main__":
    main()
