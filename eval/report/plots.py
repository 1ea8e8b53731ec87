"""Plots of a result as inline SVG: systems with intervals, gains by segment, reliability, quality
against latency, scaling. Needs the extra `report` (matplotlib).
"""

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
    metric = _first_metric(result)
    if result.kind in ("ranking", "picking") and metric:
        plots.append(_draw(f"{metric} with 95% intervals", lambda ax: _systems(ax, result, metric)))
    parts = [c for c in result.comparisons if c.segment != "all"]
    if parts:
        head = next((c for c in parts if c.difference.mean), parts[0])
        wanted = [c for c in parts if (c.a, c.b) == (head.a, head.b)]
        title = f"{head.a} less {head.b}, {head.metric}, by segment"
        plots.append(_draw(title, lambda ax: _forest(ax, wanted), rows=len(wanted)))
    by_kind: dict[str, list[Curve]] = {}
    for curve in result.curves:
        by_kind.setdefault(curve.kind, []).append(curve)
    for kind, curves in by_kind.items():
        if kind in _CURVES:
            caption, draw = _CURVES[kind]
            plots.append(_draw(caption, lambda ax, d=draw, c=curves: d(ax, c)))  # type: ignore[misc]
    return plots


def _first_metric(result: Result) -> str:
    return next((name for row in result.rows for name in row.metrics), "")


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


def _systems(ax: Any, result: Result, metric: str) -> None:
    rows = [r for r in result.rows if r.segment == "all" and metric in r.metrics][::-1]
    for at, row in enumerate(rows):
        e = row.metrics[metric]
        own = row.system in ("ours", "fused")
        ax.plot([e.low, e.high], [at, at], color=COLOURS[0 if own else 5], lw=2)
        ax.plot(e.mean, at, "o", color=COLOURS[0 if own else 5], ms=7)
        ax.annotate(f"{e.mean:.3f}", (e.mean, at), (0, 6), textcoords="offset points", ha="center",
                    fontsize=8)  # fmt: skip
    ax.set_yticks(range(len(rows)), [row.system for row in rows])
    ax.set_ylim(-0.6, len(rows) - 0.3)
    ax.set_xlabel(metric)
    ax.grid(axis="x", alpha=0.25)


def _forest(ax: Any, parts: Sequence[Comparison]) -> None:
    ax.axvline(0, color="#999", lw=1)
    for at, c in enumerate(reversed(parts)):
        d = c.difference
        colour = {"better": COLOURS[2], "worse": COLOURS[1]}.get(d.verdict, COLOURS[5])
        ax.plot([d.low, d.high], [at, at], color=colour, lw=2)
        ax.plot(d.mean, at, "o", color=colour, ms=6)
    ax.set_yticks(range(len(parts)), [_wrapped(c.segment, c.difference.n) for c in reversed(parts)])
    ax.set_ylim(-0.6, len(parts) - 0.4)
    ax.grid(axis="x", alpha=0.25)


def _reliability(ax: Any, curves: Sequence[Curve]) -> None:
    ax.plot([0, 1], [0, 1], color="#999", lw=1, ls="--")
    _lines(ax, curves)
    ax.set(xlabel="stated probability", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))


def _tradeoff(ax: Any, curves: Sequence[Curve]) -> None:
    for at, curve in enumerate(curves):
        ax.plot(curve.x, curve.y, MARKS[at % len(MARKS)], color=_colour(at), ms=8, label=curve.name)
    ax.legend(frameon=False, fontsize=8)
    ax.set(xlabel="milliseconds a user", ylabel="NDCG")
    ax.set_xscale("symlog", linthresh=1)
    ax.grid(alpha=0.25)


def _scaling(ax: Any, curves: Sequence[Curve]) -> None:
    _lines(ax, curves)
    ax.set(xscale="log", yscale="log", xlabel="items in the catalogue")
    ax.grid(alpha=0.25)


def _rate(ax: Any, curves: Sequence[Curve]) -> None:
    _lines(ax, curves)
    ax.set(xlabel="visitors at once", ylabel="requests a second")
    ax.set_ylim(bottom=0)
    ax.grid(alpha=0.25)


def _lines(ax: Any, curves: Sequence[Curve]) -> None:
    for at, curve in enumerate(curves):
        ax.plot(curve.x, curve.y, marker=MARKS[at % len(MARKS)], color=_colour(at), ms=5,
                label=curve.name)  # fmt: skip
    ax.legend(frameon=False, fontsize=8)


_CURVES: dict[str, tuple[str, Callable[[Any, Sequence[Curve]], None]]] = {
    "reliability": ("Reliability: stated against observed", _reliability),
    "quality against latency": ("Quality against latency", _tradeoff),
    "scaling": ("Scorer by catalogue size", _scaling),
    "requests a second": ("Throughput", _rate),
}


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]


def _wrapped(segment: str, n: int) -> str:
    words, lines = segment.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 24:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines) + f" ({n})"
