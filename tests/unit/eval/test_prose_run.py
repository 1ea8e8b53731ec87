"""The task `prose`. Run: pytest tests/unit/eval/test_prose_run.py"""

import asyncio
from typing import cast

import pytest

from shelftalker.adapters.data.style_corpus import CorpusCatalog, CorpusSentence
from shelftalker.data.catalog import Item
from shelftalker.eval.metrics.statistics import wilson
from shelftalker.eval.runs import prose
from shelftalker.eval.task import ProseTask, all_tasks
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.writing.verifier.grounds import Grounds

LAMP = Item("1", "Brook Desk Lamp, Blue", "A lamp of painted steel.", {"brand": "Brook"})


class _Catalog(CorpusCatalog):
    def sentences(self) -> list[CorpusSentence]:  # type: ignore[override]
        grounds = Grounds([], LAMP)
        return [
            CorpusSentence("This lamp is by Brook.", grounds, "a"),
            CorpusSentence("This lamp is by Halden.", grounds, "a", "role"),
            CorpusSentence("It is a lamp of painted steel.", grounds, "b"),
            CorpusSentence("It is a lamp of painted wood.", grounds, "b", "attribute"),
            CorpusSentence("It is blue.", grounds, "c"),
            CorpusSentence("It is a blue lamp.", grounds, "c", "genre"),  # wrongly called false
        ]


def test_layers_and_kinds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prose, "corpus", lambda language, split: [_Catalog({})])
    task = ProseTask(name="prose", version=1, title="t", kind="prose", languages=["en"])
    result = asyncio.run(prose.run(task, cast(TaskSetup, None)))
    assert result.n == 6
    listed = result.row("exact rules and word list, en")
    assert listed is not None
    assert listed.metrics["true sentences passed"].mean == 1.0
    assert listed.metrics["falsehoods passed"].mean == pytest.approx(1 / 3)
    assert listed.metrics["pairs told apart"].mean == pytest.approx(2 / 3)
    exact = result.row("exact rules, en")
    assert exact is not None
    assert exact.metrics["falsehoods passed"].mean == pytest.approx(2 / 3)  # wood is no claim
    by_kind = {r.segment: r.metrics["falsehoods passed"].mean for r in result.rows if r.segment}
    assert by_kind["genre"] == 1.0
    assert by_kind["role"] == 0.0


def test_the_packaged_task_measures_the_part_that_nothing_was_trained_on() -> None:
    task = all_tasks()["prose"]
    assert isinstance(task, ProseTask)
    assert task.split == "test"


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 50, 0.0, 0.0713), (5, 10, 0.2366, 0.7634)]
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    figure = wilson(hits, n)
    assert (figure.mean, figure.n) == (hits / n, n)
    assert (figure.low, figure.high) == pytest.approx((low, high), abs=1e-4)
