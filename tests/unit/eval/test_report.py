"""The page, the README's tables, the texts' figures, and the command.

Run with `pytest tests/unit/eval/test_report.py`.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from shelftalker.cli import app
from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval.metrics.statistics import Difference, Estimate
from shelftalker.eval.report import summary, write_report
from shelftalker.eval.report.readme import with_scorer, with_tables
from shelftalker.eval.report.tables import shown
from shelftalker.eval.result import (
    Comparison,
    Curve,
    Result,
    ResultRow,
    Sample,
    command,
    provenance,
)
from shelftalker.eval.text_figures import audit, copied, distinct, reading_ease, repeated_openings
from shelftalker.types import Evidence
from shelftalker.writing.history import Past


def ranking() -> Result:
    better = Difference(0.02, 0.01, 0.03, 0.001, 900)
    worse = Difference(-0.02, -0.03, -0.01, 0.001, 90)
    return Result(
        task="ranking",
        version=1,
        kind="ranking",
        n=900,
        rows=[
            ResultRow(system="ours", metrics={"ndcg@10": Estimate(0.12, 0.11, 0.13, 900)}),
            ResultRow(system="ease", metrics={"ndcg@10": Estimate(0.10, 0.09, 0.11, 900)}),
        ],
        comparisons=[
            Comparison(metric="ndcg@10", a="ours", b="ease", difference=better),
            Comparison(metric="ndcg@10", a="ours", b="ease", segment="old", difference=worse),
        ],
        curves=[Curve(kind="reliability", name="ours", x=[0.1, 0.9], y=[0.2, 0.8])],
        samples=[
            Sample(user="7", title="<b>Heat</b>", description="A film.", source="model", score=0.5)
        ],
        flags=["ours: implausible"],
        provenance=provenance({"data": "films", "split": "last", "seed": 0}, 3.0),
    )


def test_the_page_needs_nothing_from_outside_and_shows_everything(tmp_path: Path) -> None:
    page = write_report([ranking()], tmp_path / "r.html").read_text()
    body = re.sub(r"xmlns(:\w+)?=\"[^\"]*\"|<(metadata|\?xml|!DOCTYPE).*?(</metadata>|>)", "", page)
    assert not re.search(r"<script|src=|<link|@import|url\(http", body)
    assert page.count("<svg") == 3
    for text in ("Next item", "0.1200 [0.1100, 0.1300]", "p = 0.001", "ours: implausible",
                 "Look at these first", "worse for old"):  # fmt: skip
        assert text in page, text


def test_catalogue_text_cannot_put_markup_on_the_page(tmp_path: Path) -> None:
    page = write_report([ranking()], tmp_path / "r.html").read_text()
    assert "<b>Heat</b>" not in page
    assert "&lt;b&gt;Heat&lt;/b&gt;" in page


@pytest.mark.parametrize(("milliseconds", "note"), [(900.0, "asked by letters"), (0.0, "")])
def test_the_summary_says_whether_the_llm_picks_better(milliseconds: float, note: str) -> None:
    unsure = Difference(0.01, -0.02, 0.04, 0.4, 60)
    row = ResultRow(system="fused", values={"milliseconds a user": milliseconds}, note=note)
    picks = ranking().model_copy(
        update={
            "task": "picking",
            "kind": "picking",
            "rows": [row],
            "comparisons": [Comparison(metric="ndcg@10", a="fused", b="scorer", difference=unsure)],
        }
    )
    answers = dict(summary([picks]))
    (better,) = answers["Is it better?"]
    assert "no clear difference, +0.0100 [-0.0200, +0.0400]" in better
    assert note in better
    assert ("900 ms" in " ".join(answers["At what price?"])) == bool(milliseconds)


def test_the_summary_answers_four_questions_and_says_what_was_not_measured() -> None:
    answers = dict(summary([ranking()]))
    assert "better, +0.0200 [+0.0100, +0.0300]" in answers["Is it better?"][0]
    assert answers["For whom?"] == ["ranking: worse for old."]
    assert answers["Is the text true?"] == ["No descriptions task in this run."]


def test_the_readme_gets_its_tables_between_the_marks_only() -> None:
    text = "Before\n<!-- eval:ranking -->\nold\n<!-- /eval -->\nAfter\n"
    made = with_tables(text, [ranking()])
    assert made.startswith("Before\n<!-- eval:ranking -->\n|  | ndcg@10 |")
    assert "old" not in made
    assert made.endswith("<!-- /eval -->\nAfter\n")
    assert with_tables(made, [ranking()]) == made


def test_the_scorer_gets_a_column_for_every_set() -> None:
    figure = {"mean": 0.125, "low": 0.1, "high": 0.15, "n": 9}
    report = {
        "data": "films",
        "n": 9,
        "commit": "abc",
        "command": "bench",
        "rows": {"ease": {"ndcg@10": figure}, "shelftalker": {"ndcg@10": figure}},
        "best_peer": "ease",
        "ratio_to_best_peer": 1.2,
        "gain_over_best_peer": figure,
    }
    made = with_scorer("A\n<!-- scorer -->\nold\n<!-- /scorer -->\nB\n", [report, report])
    assert "| shelftalker | 0.1250 [0.1000, 0.1500] | 0.1250 [0.1000, 0.1500] |" in made
    assert "1.20 x ease" in made
    assert "old" not in made


def test_the_recorded_command_reproduces_the_figures_without_local_paths() -> None:
    ours = ["/home/x/eval/bench/scorer.py", "--data", "d", "--cache", "/tmp/k", "--seed", "1"]
    assert command(ours) == "python -m shelftalker.eval.bench.scorer --data d --seed 1"


def test_a_mark_without_results_is_refused() -> None:
    with pytest.raises(InputError, match="asks for results of task 'speed'; there are: ranking"):
        with_tables("<!-- eval:speed -->\n<!-- /eval -->", [ranking()])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.1235"), (1.5, "1.50"), (12.345, "12.3"), (1234.5, "1,234"), (np.nan, "–")],
)
def test_figures_have_fewer_decimals_above_one(value: float, text: str) -> None:
    assert shown(float(value)) == text


def test_distinct_sees_repetition() -> None:
    same = ["a tense film about a heist in the city"] * 4
    other = ["a tense film about a heist", "songs on a farm", "two robots meet at sea"]
    assert distinct(same, 2) == pytest.approx(1 / 4)
    assert distinct(other, 2) == pytest.approx(1)


def test_short_words_read_easier_than_long_ones() -> None:
    easy = "The cat sat on the mat. It was glad."
    hard = "Extraordinarily sophisticated investigations necessitate considerable determination."
    assert reading_ease(easy) > 90
    assert reading_ease(hard) < 0


def test_openings_that_come_again_are_counted_page_by_page() -> None:
    texts = ["You gave it four.", "You gave it five.", "Another film by X."]
    assert repeated_openings(texts) == 1 / 3
    assert repeated_openings(texts, page=1) == 0


def test_words_in_runs_of_the_source_are_copied() -> None:
    source = "The pan works on gas and induction."
    assert copied("The pan works on gas, they say.", source) == 5 / 7
    assert copied("It works.", source) == 0


ITEM = Item("f1", "Heat", attributes={"year": 1995, "director": ("Michael Mann",)})
OWN = [Past(Event("7", "f2", "like"), Item("f2", "Ronin", attributes={"year": 1998}))]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It was directed by Michael Mann.", ""),
        ("It was released in 1995.", ""),
        ("It was released in 1931.", "nothing says 1931"),
        ("It was directed by Ridley Scott.", "Ridley"),
        ("You liked Alien.", "Alien"),
    ],
)
def test_the_audit_lists_unsupported_claims(text: str, wrong: str) -> None:
    evidence = [Evidence("It was released in 1995.", "catalog", "year", "1995")]
    faults = audit(text, ITEM, evidence, OWN)
    assert (wrong in " ".join(faults)) if wrong else not faults


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("safety --data nowhere", "no file nowhere/safety"),
        ("picking --adapter films@v9", "there is no adapter 'films@v9'"),
    ],
)
def test_what_is_missing_stops_a_run_that_has_begun(
    world: Path, tmp_path: Path, arguments: str, message: str
) -> None:
    called = ["eval", str(world), *arguments.split(), "--out", str(tmp_path / "out")]
    assert message in str(CliRunner().invoke(app, called).exception)


def test_public_data_sets_are_given_and_never_guessed(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["eval", str(world), "safety", "--out", str(tmp_path / "out")]
    monkeypatch.delenv("SHELFTALKER_DATA", raising=False)
    assert "--data or in the environment" in str(CliRunner().invoke(app, command).exception)
    monkeypatch.setenv("SHELFTALKER_DATA", "elsewhere")
    assert "no file elsewhere/safety/" in str(CliRunner().invoke(app, command).exception)
