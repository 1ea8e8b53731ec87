"""Exact match and F1 of the filters read from annotated requests, by the rules and with an LLM.

python -m shelftalker.eval.bench.reader --url http://localhost:8000/v1 --model NAME [--out FOLDER]
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
import yaml

from shelftalker.data.catalog import Catalog, Item
from shelftalker.engine.chat_client import ChatClient
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.statistics import Estimate, estimate, resamples
from shelftalker.language.notices import notice as notice_text
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.reconcile import Reconciled
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import TurnReader, TurnReading

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

    def report(self) -> dict[str, Any]:
        """As in the results file."""
        return {
            "exact match": asdict(self.exact),
            "filter F1": asdict(self.f1),
            "not helped with": self.notices,
            "misread": self.misread,
        }


async def measure(
    cases: Annotated[Path, typer.Option(help="annotated requests, YAML")] = CASES,
    url: Annotated[str | None, typer.Option(help="an OpenAI-compatible address")] = None,
    model: Annotated[str | None, typer.Option(help="its model")] = None,
    seconds: Annotated[float, typer.Option(help="timeout of one request")] = 30,
) -> harness.Report:
    """The figures of both readers, or of the rules alone."""
    if (url is None) != (model is None):
        raise InputError("--url and --model are given together, or neither")
    annotated = read_cases(cases)
    readers: dict[str, Callable[[RuleReader], TurnReader]] = {"rules": lambda rules: rules}
    if url is not None and model is not None:
        client = ChatClient(url, model)
        readers["with an LLM"] = lambda rules: Reconciled(
            rules, LlmReader(rules.catalog, rules.vocabulary, client, seconds)
        )
    rows = {name: (await evaluate_reader(annotated, own)).report() for name, own in readers.items()}
    facts = {"data": cases.name, "split": "all", "model": model or ""}
    return harness.Report("reader", "reader", {"rows": rows}, facts)


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
    figures = ReadingTally()

    async def read(case: tuple[str, Mapping[str, Any]]) -> TurnReading:
        return await readers[case[0]].aread(case[1]["said"])

    readings = await bounded_gather(read, annotated.cases, MAX_CONCURRENT_READINGS)
    for (_, case), reading in zip(annotated.cases, readings, strict=True):
        wanted, read_filters = set(case["filters"]), set(map(str, reading.filters))
        wrong, missed = sorted(read_filters - wanted), sorted(wanted - read_filters)
        figures.counts.append((len(read_filters & wanted), len(wrong), len(missed)))
        figures.notices += any(told in RULES_ONLY for told in reading.notices)
        if wrong or missed:
            figures.misread.append(f"{case['said']!r}: wrong {wrong}, missed {missed}")
    return figures


def _item(row: dict[str, Any]) -> Item:
    own = {name: row.pop(name) for name in ("id", "title", "price", "language") if name in row}
    attributes = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Item(**own, attributes=attributes)


def _f1(counts: Any) -> Any:
    """F1 of counts [..., 3]: right, wrong and missed."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(2 * right + wrong + missed, 1)


if __name__ == "__main__":
    harness.run(measure)
