"""The evaluation report: one self-contained HTML page with summary, tables, plots and sample cards.

Plots are inline SVG, without scripts or outside addresses: the page works offline and in print.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shelftalker.eval.compare_runs import FigureChange
from shelftalker.eval.report.plots import Plot, plots_of
from shelftalker.eval.report.tables import ResultTable, tables_of
from shelftalker.eval.result import Result
from shelftalker.eval.task import all_tasks
from shelftalker.store.atomic import replace_file

TEMPLATES = Path(__file__).parent
QUESTIONS = {
    "Is it better?": ("better", "ranking task"),
    "For whom?": ("for_whom", "ranking task with large segments"),
    "At what price?": ("price", "speed task"),
    "Is the text true?": ("truth", "descriptions task"),
}
"""The macro of `summary.txt.j2` that answers each question, and the task that it needs."""
_JINJA = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["html.j2"], default=False),
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_report(
    results: Sequence[Result], file: Path, changes: Sequence[FigureChange] = ()
) -> Path:
    """Write the page. `changes`: comparison with another run. Raises `MissingExtra` without
    matplotlib."""
    titles = {name: task.title for name, task in all_tasks().items()}
    sections: list[tuple[Result, str, list[ResultTable], list[Plot]]] = [
        (result, titles.get(result.task, result.task), tables_of(result), plots_of(result))
        for result in results
    ]
    page = _JINJA.get_template("page.html.j2").render(
        summary=summary(results),
        sections=sections,
        changes=changes,
        flags=[(r.task, flag) for r in results for flag in r.flags],
        samples=[sample for r in results for sample in r.samples],
        version=version("shelftalker"),
    )
    replace_file(file, page.encode())
    return file


def summary(results: Sequence[Result]) -> list[tuple[str, list[str]]]:
    """Four questions with sentences made from the results alone; a question without a task in the
    run says so."""
    answers = _JINJA.get_template("summary.txt.j2").make_module({"results": list(results)})
    whole = []
    for question, (macro, task) in QUESTIONS.items():
        lines = [line for line in getattr(answers, macro)().splitlines() if line.strip()]
        whole.append((question, lines or [f"No {task} in this run."]))
    return whole
