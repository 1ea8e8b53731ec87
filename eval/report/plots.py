"""Plots of a result as inline SVG: systems with intervals, gains by segment, reliability, quality
against latency, scaling. Needs the extra `report` (matplotlib).
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from shelftalker.errors import MissingExtra
from shelftalker.eval.result import Comparison, Curve, Result

COLOURS = ("#1b5e85", "#c2571a", "#3c7a3a", "#7a3c78", "#8a6d1d", "#4a4a4a", "#b03a5b")
MARKS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True, slots=True)
class Plot:
    """`svg`: an element of a page."""

    caption: str
    svg: str


def plots_of(result: Result) -> list[Plot]:
    """Every plot that the result has data for. Raises `MissingExtra`."""
    plots = []
    metric = next((name for row in result.rows for name in row.metrics), "")
    if result.kind in ("ranking", "picking") and metric:
        plots.append(_systems(result, metric))
    if parts := [c for c in result.comparisons if c.segment != "all"]:
        plots.append(_forest(parts))
    for kind, axes in _AXES.items():
        if curves := [curve for curve in result.curves if curve.kind == kind]:
            plots.append(_curves(kind, curves, **axes))
    return plots


def _draw(caption: str, draw: Callable[[Any], None], rows: int = 6) -> Plot:
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "report") from None
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": caption,
        "font.size": 10,
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(5.6, max(2.6, 0.36 * rows + 1.1)), layout="constrained")
        draw(figure.subplots())
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    svg = text.getvalue()
    return Plot(caption, svg[svg.index("<svg") :])


def _systems(result: Result, metric: str) -> Plot:
    rows = [r for r in result.rows if r.segment == "all" and metric in r.metrics][::-1]
    colours = [COLOURS[0 if row.system in ("ours", "fused") else 5] for row in rows]
    estimates = [row.metrics[metric] for row in rows]

    def draw(ax: Any) -> None:
        _intervals(ax, [row.system for row in rows], estimates, colours)
        for at, one in enumerate(estimates):
            ax.annotate(f"{one.mean:.3f}", (one.mean, at), (0, 6), textcoords="offset points",
                        ha="center", fontsize=8)  # fmt: skip
        ax.set_xlabel(metric)

    return _draw(f"{metric} with 95% intervals", draw)


def _forest(parts: Sequence[Comparison]) -> Plot:
    """Differences by segment, of the first pair of systems that differ."""
    head = next((c for c in parts if c.difference.mean), parts[0])
    shown = [c for c in parts if (c.a, c.b) == (head.a, head.b)][::-1]
    differences = [c.difference for c in shown]
    verdicts = {"better": COLOURS[2], "worse": COLOURS[1]}
    colours = [verdicts.get(one.verdict, COLOURS[5]) for one in differences]
    names = ["\n".join(textwrap.wrap(f"{c.segment} ({c.difference.n})", 28)) for c in shown]

    def draw(ax: Any) -> None:
        ax.axvline(0, color="#999", lw=1)
        _intervals(ax, names, differences, colours)

    return _draw(f"{head.a} less {head.b}, {head.metric}, by segment", draw, len(shown))


def _intervals(
    ax: Any, names: Sequence[str], values: Sequence[Any], colours: Sequence[str]
) -> None:
    """A row for each estimate or difference: its mean as a point, its interval as a line."""
    for at, (one, colour) in enumerate(zip(values, colours, strict=True)):
        ax.plot([one.low, one.high], [at, at], color=colour, lw=2)
        ax.plot(one.mean, at, "o", color=colour, ms=6)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(-0.6, len(names) - 0.3)
    ax.grid(axis="x", alpha=0.25)


def _curves(
    kind: str, curves: Sequence[Curve], *, diagonal: bool = False, caption: str = "", **axes: Any
) -> Plot:
    def draw(ax: Any) -> None:
        if diagonal:
            ax.plot([0, 1], [0, 1], color="#999", lw=1, ls="--")
        for at, curve in enumerate(curves):
            ax.plot(curve.x, curve.y, marker=MARKS[at % len(MARKS)], ms=6, label=curve.name,
                    color=COLOURS[at % len(COLOURS)])  # fmt: skip
        ax.legend(frameon=False, fontsize=8)
        ax.set(**axes)
        ax.grid(alpha=0.25)

    return _draw(caption or kind.capitalize(), draw)


_AXES: dict[str, dict[str, Any]] = {
    "reliability": {
        "caption": "Reliability: stated against observed", "diagonal": True,
        "xlabel": "stated probability", "ylabel": "observed share",
        "xlim": (0, 1), "ylim": (0, 1),
    },
    "quality against latency": {
        "xlabel": "milliseconds a user", "ylabel": "NDCG", "xscale": "symlog",
    },
    "scaling": {
        "caption": "Scorer by catalogue size", "xlabel": "items in the catalogue",
        "xscale": "log", "yscale": "log",
    },
    "requests a second": {
        "caption": "Throughput", "xlabel": "visitors at once", "ylabel": "requests a second",
    },
}  # fmt: skip
"""The axes of each kind of curve."""
