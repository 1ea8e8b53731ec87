"""Results as text tables, for the page and for Markdown files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.result import Result, ResultRow


@dataclass(frozen=True, slots=True)
class ResultTable:
    """`head`: column names; every row has as many cells."""

    caption: str
    head: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        """A pipe table."""
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables_of(result: Result) -> list[ResultTable]:
    """Tables of all users, of segments, and of paired differences; without empty ones."""
    overall = [row for row in result.rows if row.segment == "all"]
    tables = [
        _figures("Figures with 95% intervals", {row.system: row.metrics for row in overall}),
        _figures("Further figures", {row.system: row.values for row in overall}),
        _segments([row for row in result.rows if row.segment != "all"]),
        _differences(result),
    ]
    return [table for table in tables if table.rows]


def shown(value: float | Estimate) -> str:
    """Four decimals below 1, fewer above; – for NaN."""
    if isinstance(value, Estimate):
        return f"{shown(value.mean)} [{shown(value.low)}, {shown(value.high)}]"
    if value != value:
        return "–"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.4f}"


def cells(column: Mapping[str, float | Estimate], names: Iterable[str]) -> list[str]:
    """The figures of these names; empty where there is none."""
    return [shown(column[name]) if name in column else "" for name in names]


def _figures(caption: str, columns: Mapping[str, Mapping[str, float | Estimate]]) -> ResultTable:
    """Figures as rows, systems as columns, which fits a phone."""
    filled = {system: own for system, own in columns.items() if own}
    names = list(dict.fromkeys(name for own in filled.values() for name in own))
    figures = [cells(own, names) for own in filled.values()]
    rows = [list(row) for row in zip(names, *figures, strict=True)]
    return ResultTable(caption, ["", *filled], rows)


def _segments(rows: list[ResultRow]) -> ResultTable:
    """The first metric by segment."""
    metric = next((name for row in rows for name in row.metrics), "")
    table: dict[str, dict[str, Estimate]] = {}
    for row in rows:
        if metric in row.metrics:
            table.setdefault(row.segment, {})[row.system] = row.metrics[metric]
    systems = dict.fromkeys(row.system for row in rows)
    lines = [
        [segment, str(next(iter(own.values())).n), *cells(own, systems)]
        for segment, own in table.items()
    ]
    return ResultTable(f"{metric} by segment", ["segment", "users", *systems], lines)


def _differences(result: Result) -> ResultTable:
    head = ["systems", "metric", "users", "n", "difference", "", ""]
    rows = [
        [f"{c.a} less {c.b}", c.metric, c.segment, str(c.difference.n), c.difference.signed,
         c.difference.p_text, c.difference.verdict]
        for c in result.comparisons
    ]  # fmt: skip
    return ResultTable("Paired differences over the same users", head, rows)
