"""Write the tables of `docs/results.md` from committed results.

    python -m shelftalker.eval.report.readme docs/results.md eval/results

The text between `<!-- eval:TASK -->` and `<!-- /eval -->` is replaced by the results of `make eval`
in `demo/` of that folder, the text between `<!-- scorer -->` and `<!-- /scorer -->` by the results
of `shelftalker.eval.bench.scorer`.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.report.tables import ResultTable, cells, shown
from shelftalker.eval.result import Result, results_of
from shelftalker.store.atomic import replace_file

DEMO_FOLDER = "demo"
TABLE_MARK = re.compile(r"(<!-- eval:([a-z0-9-]+) -->\n).*?(<!-- /eval -->)", re.DOTALL)
SCORER_MARK = re.compile(r"(<!-- scorer -->\n).*?(<!-- /scorer -->)", re.DOTALL)
SHOWN_METRICS = {
    "ranking": ("ndcg@10", "recall@10", "mrr@10"),
    "classification": ("auc", "f1_macro", "accuracy"),
    "picking": ("ndcg@10", "recall@1"),
    "descriptions": ("groundedness", "composed", "picks the user"),
    "speed": ("first card (s)", "first sentence (s)", "all (s)"),
}
"""Metrics in the tables, by kind of task."""


def main(file: Annotated[Path, typer.Argument(exists=True)], folder: Path) -> None:
    """Replace the tables of one Markdown file."""
    text = file.read_text(encoding="utf-8")
    if TABLE_MARK.search(text):
        text = with_tables(text, results_of(folder / DEMO_FOLDER))
    if SCORER_MARK.search(text):
        files = sorted(folder.glob("ranking-*.json"))
        if not files:
            raise InputError(
                f"{folder} holds no ranking-SET.json; make one with: "
                f"python -m shelftalker.eval.bench.scorer --data SET --out {folder}"
            )
        text = with_scorer(text, [json.loads(one.read_text(encoding="utf-8")) for one in files])
    replace_file(file, text.encode())


def with_tables(text: str, results: Sequence[Result]) -> str:
    """The text with its marked tables filled. Raises `InputError` for a task without results."""
    by_task = {result.task: result for result in results}

    def filled(match: re.Match[str]) -> str:
        if match[2] not in by_task:
            raise InputError(
                f"the text asks for results of task {match[2]!r}; there are: {', '.join(by_task)}"
            )
        return f"{match[1]}{_table(by_task[match[2]])}\n{match[3]}"

    return TABLE_MARK.sub(filled, text)


def with_scorer(text: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """The text with NDCG@10 of the scorer and its peers, one column per data set."""
    names = [report["data"] for report in reports]
    rows = [
        [name, *(shown(Estimate(**report["rows"][name]["ndcg@10"])) for report in reports)]
        for name in reports[0]["rows"]
        if all(name in report["rows"] for report in reports)
    ]
    gains = [
        f"{report['ratio_to_best_peer']:.2f} x {report['best_peer']}, paired gain "
        f"{shown(Estimate(**report['gain_over_best_peer']))}"
        for report in reports
    ]
    table = ResultTable("", ["NDCG@10", *names], [*rows, ["the best peer", *gains]]).markdown()
    made = (f"`{report['command']}` at {report['commit']}, n = {report['n']}" for report in reports)
    lines = "\n".join(f"- {line}" for line in made)
    return SCORER_MARK.sub(lambda match: f"{match[1]}{table}\n\n{lines}\n{match[2]}", text)


def _table(result: Result) -> str:
    names = SHOWN_METRICS.get(result.kind) or tuple(result.rows[0].metrics)
    rows = [
        [row.system, *cells(row.metrics, names)]
        for row in result.rows
        if row.segment == "all" and set(names) & set(row.metrics)
    ]
    made = result.provenance
    return (
        f"{ResultTable('', ['', *names], rows).markdown()}\n\n"
        f"{made.data}; {made.split}; n = {result.n}; seed {made.seed}; task {result.task} version "
        f"{result.version}; commit {made.commit}; `{made.command}`"
    )


if __name__ == "__main__":
    try:
        typer.run(main)
    except ShelftalkerError as error:
        sys.exit(str(error))
