"""Results as text tables, for the page and for Markdown files."""

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
    parts = [row for row in result.rows if row.segment != "all"]
    tables = [
        _figures("Figures with 95% intervals", _metrics_only(overall)),
        _figures("Further figures", _values_only(overall)),
        _segments(parts),
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


Cells = list[tuple[str, dict[str, str]]]


def _metrics_only(rows: list[ResultRow]) -> Cells:
    return [(row.system, {k: shown(v) for k, v in row.metrics.items()}) for row in rows]


def _values_only(rows: list[ResultRow]) -> Cells:
    return [(row.system, {k: shown(v) for k, v in row.values.items()}) for row in rows]


def _figures(caption: str, rows: Cells) -> ResultTable:
    """Figures as rows, systems as columns, which fits a phone."""
    rows = [(system, cells) for system, cells in rows if cells]
    names = list(dict.fromkeys(name for _, cells in rows for name in cells))
    return ResultTable(
        caption,
        ["", *(system for system, _ in rows)],
        [[name, *(cells.get(name, "") for _, cells in rows)] for name in names],
    )


def _segments(rows: list[ResultRow]) -> ResultTable:
    if not rows or not rows[0].metrics:
        return ResultTable("", [], [])
    metric = next(iter(rows[0].metrics))
    systems = list(dict.fromkeys(row.system for row in rows))
    table: dict[str, dict[str, Estimate]] = {}
    for row in rows:
        if metric in row.metrics:
            table.setdefault(row.segment, {})[row.system] = row.metrics[metric]
    return ResultTable(
        f"{metric} by segment",
        ["segment", "users", *systems],
        [
            [
                segment,
                str(next(iter(own.values())).n),
                *(shown(own[s]) if s in own else "" for s in systems),
            ]
            for segment, own in table.items()
        ],
    )


def _differences(result: Result) -> ResultTable:
    return ResultTable(
        "Paired differences over the same users",
        ["systems", "metric", "users", "n", "difference", "", ""],
        [
            [
                f"{c.a} less {c.b}",
                c.metric,
                c.segment,
                str(c.difference.n),
                f"{c.difference.mean:+.4f} [{c.difference.low:+.4f}, {c.difference.high:+.4f}]",
                c.difference.p_text,
                c.difference.verdict,
            ]
            for c in result.comparisons
        ],
    )
