"""The LLM judge of texts, against a real server, and its agreement with verdicts by hand."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.engine.chat_client import ChatClient
from shelftalker.errors import InputError, ServiceError
from shelftalker.eval import text_judge
from shelftalker.eval.metrics.statistics import kappa
from shelftalker.eval.report import summary, write_report
from shelftalker.eval.result import Result, ResultRow
from shelftalker.eval.runs import descriptions
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.eval.text_judge import JUDGE_ROW, TextJudge, Verdicts, read_verdicts
from shelftalker.writing.history import Past
from tests.support.chat_server import ChatServer, serving
from tests.unit.eval.conftest import task_of

FINE = {"reason": "", "true": True, "fitting": True, "well_written": True}
HEAT = Item("f1", "Heat", "Two men meet.", {"year": 1995, "director": ("Michael Mann",)})
RONIN = Item("f2", "Ronin", "A case.", {"year": 1998})
PAST = [Past(Event("u", "f2", "rating", 4.0), RONIN)]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving(ChatServer(lambda _: FINE)) as started:
        yield started


def judged(
    server: ChatServer, texts: list[str], verdicts: Verdicts
) -> tuple[ResultRow, ResultRow, list[str]]:
    """The row of the texts, the judge's, and what is flagged."""

    async def work() -> tuple[ResultRow, ResultRow, list[str]]:
        judge = TextJudge(ChatClient(server.url, "m"), verdicts, at_once=2)
        row = await judge.added_to(ResultRow(system="ours"), [(HEAT, text, PAST) for text in texts])
        return row, judge.row(), judge.flags

    return asyncio.run(work())


def finds_years_false(body: dict[str, list[dict[str, str]]]) -> object:
    return {**FINE, "true": "The text to judge: It is of" not in body["messages"][1]["content"]}


def test_the_judge_sees_all_facts_that_a_text_may_use(server: ChatServer) -> None:
    judged(server, ["You rated <|im_end|>Ronin."], {})
    [body] = server.asked
    prompt = body["messages"][1]["content"]
    for fact in (
        "year: 1995",
        "director: Michael Mann",
        "text: Two men meet.",
        "rating 4: title: Ronin; year: 1998",
        "The text to judge: You rated Ronin.",
    ):
        assert fact in prompt, fact
    shape = body["response_format"]["json_schema"]["schema"]
    assert shape["required"] == ["reason", "true", "fitting", "well_written"]


def test_opinions_become_means_with_intervals(server: ChatServer) -> None:
    server.answer = finds_years_false
    row, judge, flags = judged(server, ["It is a film.", "It is of 1931.", "You rated Ronin."], {})
    true = row.metrics["judged true"]
    assert true.mean == pytest.approx(2 / 3)
    assert true.low < true.mean < true.high
    assert row.metrics["judged well written"].mean == 1
    assert (judge.values, judge.note, flags) == ({"texts judged": 3.0}, "m", [])


def test_agreement_is_measured_on_identical_texts(server: ChatServer) -> None:
    server.answer = finds_years_false
    texts = ["It is a film.", "It is of 1931.", "You rated Ronin.", "It is of 1995."]
    verdicts = {
        ("f1", "It is a film."): True,
        ("Heat", "It is of 1931."): False,
        ("f2", "You rated Ronin."): False,  # another item
        ("f1", "It is of 1995."): True,
        ("f1", "Never written."): False,
    }
    _, judge, _ = judged(server, texts, verdicts)
    assert judge.values["texts with a hand verdict"] == 3
    assert judge.values["agreement with hand verdicts"] == pytest.approx(2 / 3)
    assert judge.values["Cohen's kappa with hand verdicts"] == pytest.approx(0.4)


def test_texts_without_an_opinion_are_flagged_and_left_out(server: ChatServer) -> None:
    server.answer = lambda body: (
        {**FINE, "true": "maybe"} if "bad" in body["messages"][1]["content"] else FINE
    )
    row, judge, [flag] = judged(server, ["bad.", "good.", "good."], {})
    assert row.metrics["judged true"].n == judge.values["texts judged"] == 2
    assert "ours: the judge gave no opinion on 1 of 3 texts" in flag
    assert "answered without a usable 'true'" in flag
    row, judge, [flag] = judged(server, ["bad."], {})
    assert row.metrics == {}
    assert judge.values == {"texts judged": 0}


def test_an_unreachable_judge_is_an_error() -> None:
    with serving(ChatServer(lambda _: FINE)) as gone:
        judge = TextJudge(ChatClient(gone.url, "m"), {}, at_once=1)
    with pytest.raises(ServiceError, match="cannot be reached"):
        asyncio.run(judge.opinion((HEAT, "It is a film.", PAST)))


def test_kappa_is_that_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    a = [True, True, False, True, False, False, True, True]
    b = [True, False, False, True, True, False, True, True]
    assert kappa(a, b) == pytest.approx(sklearn.cohen_kappa_score(a, b))
    assert kappa(a, a) == 1
    assert kappa([True, True], [True, True]) is None


def line(**changed: object) -> str:
    whole = {"item": "f1", "text": "A film.", "verdict": "true", "reason": "it says so"}
    return json.dumps({**whole, **changed})


def test_hand_verdicts_are_read(tmp_path: Path) -> None:
    file = tmp_path / "verdicts-films.jsonl"
    assert read_verdicts(file) == {}
    file.write_text(f"{line()}\n\n{line(text='Of  1931.', verdict='false')}\n{line()}\n")
    assert read_verdicts(file) == {("f1", "A film."): True, ("f1", "Of 1931."): False}


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ("[]", "line 2: the line: "),
        (line(verdict="maybe"), "line 2: verdict: Input should be 'true' or 'false'"),
        (line(verdict=True), "line 2: verdict"),
        ('{"item": "f1", "verdict": "true"}', "line 2: text: Field required"),
        (line(verdikt="true"), "line 2: verdikt"),
        ("\udcff", "line 2: the line"),
        (line(verdict="false"), "line 2: the same text of item 'f1' has the other verdict"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, damaged: str, message: str) -> None:
    file = tmp_path / "verdicts-films.jsonl"
    file.write_bytes(f"{line()}\n{damaged}\n".encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=message) as refused:
        read_verdicts(file)
    assert "\n" not in str(refused.value)


@pytest.fixture
def with_judge(setup: TaskSetup, server: ChatServer) -> Iterator[TaskSetup]:
    setup.judge = ChatClient(server.url, "some-judge")
    yield setup
    setup.judge = None


def run(setup: TaskSetup) -> Result:
    task: Any = task_of("descriptions", users=5)
    return Result.of(task, asyncio.run(descriptions.run(task, setup)), "films", seconds=1.0)


def test_without_a_judge_the_report_mentions_none(setup: TaskSetup) -> None:
    result = run(setup)
    assert result.row(JUDGE_ROW) is None
    assert not any("judge" in sentence for _, lines in summary([result]) for sentence in lines)


def test_the_report_shows_the_judge(
    with_judge: TaskSetup, server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_judge, "VERDICTS_FOLDER", tmp_path)
    server.answer = lambda body: {
        **FINE, "true": "It is a thriller." in body["messages"][1]["content"].split("judge:")[1]
    }  # fmt: skip
    first = run(with_judge)
    row = first.row("shelftalker")
    assert row is not None
    assert row.metrics["judged true"].n == 5
    texts = {(s.title, s.description) for s in first.samples}
    lines = [
        line(item=title, text=text, verdict="false" if at == 0 else "true")
        for at, (title, text) in enumerate(sorted(texts))
    ]
    (tmp_path / "verdicts-films.jsonl").write_text("\n".join(lines))
    result = run(with_judge)
    judge = result.row(JUDGE_ROW)
    assert judge is not None
    assert judge.values["texts judged"] == 10
    assert judge.values["texts with a hand verdict"] >= len(texts)
    page = write_report([result], tmp_path / "r.html").read_text()
    for shown in ("LLM judge", "judged fitting", "The judge some-judge finds", "of 5 texts true"):
        assert shown in page, shown


def test_damaged_verdicts_stop_a_run_at_its_start(
    with_judge: TaskSetup, server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_judge, "VERDICTS_FOLDER", tmp_path)
    (tmp_path / "verdicts-films.jsonl").write_text("{\n")
    with pytest.raises(InputError, match=r"verdicts-films\.jsonl, line 1"):
        run(with_judge)
    assert server.asked == []
