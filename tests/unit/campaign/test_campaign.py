"""Campaigns without Ray: one row a user whatever is killed: pytest tests/unit/campaign"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import polars as pl
import pytest

from shelftalker import Recommender, Style
from shelftalker.campaign.part_writer import PartWriter, WrittenPart
from shelftalker.campaign.plan import CampaignPart, CampaignPlan, CampaignSettings, OutputFolder
from shelftalker.campaign.run import Campaign
from shelftalker.campaign.workers import LocalWorker
from shelftalker.errors import EngineError, InputError, ServiceError
from tests.support.fakes import FakeEngine

USERS = [f"u{n}" for n in range(30)]
SETTINGS = CampaignSettings("films", style=Style("email"), part_size=4)


def plan(out: Path, users: list[str] | None = None) -> CampaignPlan:
    return CampaignPlan.begin(str(out), SETTINGS, users, USERS)


def rows(out: Path) -> pl.DataFrame:
    return pl.read_parquet(str(out / "part-*.parquet"))


def test_a_row_is_the_answer_of_generate(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the logits of a few users at a time are computed at once."""
    monkeypatch.setattr("shelftalker.serving.composing.LOGITS", 100)
    users = [*USERS, "a new one"]
    written = PartWriter(str(world), SETTINGS, "none").write(users)
    (tmp_path / "part.parquet").write_bytes(written.content)
    table = pl.read_parquet(tmp_path / "part.parquet")
    with Recommender.open(world, engine="none") as recommender:
        for row in table.iter_rows(named=True):
            answer = recommender.generate(row["user"], style=Style("email"))
            texts = [(card["item"], card["text"], card["source"]) for card in row["cards"]]
            assert texts == [(c.item.id, c.description, c.source) for c in answer.cards]
            assert row["text"] == answer.text
            assert row["scorer"] == answer.scorer
    assert table["user"].to_list() == users


def test_plan_goes_on_with_what_is_not_written(tmp_path: Path) -> None:
    begun = plan(tmp_path / "out")
    assert [len(part.users) for part in begun.left] == [4] * 7 + [2]
    begun.out.write(begun.left[2].name, b"rows")
    again = CampaignPlan.begin(str(tmp_path / "out"), SETTINGS, None, ["somebody who came later"])
    assert again.users == USERS
    assert (again.done, len(again.left)) == (4, 7)


@pytest.mark.parametrize(
    ("settings", "users", "what"),
    [(CampaignSettings("films", k=5), None, "options"), (SETTINGS, ["u1"], "other users")],
)
def test_plan_refuses_another_campaign(
    tmp_path: Path, settings: CampaignSettings, users: list[str] | None, what: str
) -> None:
    plan(tmp_path / "out")
    with pytest.raises(InputError, match=what):
        CampaignPlan.begin(str(tmp_path / "out"), settings, users, USERS)


def test_object_store(tmp_path: Path) -> None:
    out = OutputFolder("memory://campaign/may")
    assert out.names() == set()
    out.write("a", b"1")
    out.write("a", b"2")
    assert (out.names(), out.read("a")) == ({"a"}, b"2")
    with pytest.raises(InputError, match="nowhere"):
        OutputFolder("nowhere://bucket")


class TroubledWorker:
    """Writes the users' names. `trouble`: the error of a call, by the name of its part; "" of a
    start."""

    def __init__(self, trouble: "Trouble") -> None:
        self._trouble = trouble

    def start(self) -> "Future[object]":
        return self._done("", None)

    def write(self, part: CampaignPart) -> "Future[object]":
        content = "\n".join(part.users).encode()
        return self._done(part.name, WrittenPart(content, len(part.users), 1.0, 0, 0))

    def close(self) -> None:
        pass

    def _done(self, name: str, value: object) -> "Future[object]":
        future: Future[object] = Future()
        trouble = self._trouble(name)
        future.set_exception(trouble) if trouble else future.set_result(value)
        return future


Trouble = Callable[[str], BaseException | None]
FIRST, SECOND = "part-000000.parquet", "part-000001.parquet"


def troubled(out: Path, trouble: Trouble = lambda _: None, rate: float = 0) -> Campaign:
    return Campaign(plan(out), 2, lambda: TroubledWorker(trouble), rate)  # type: ignore[arg-type,return-value]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelftalker.campaign.run.FIRST_DELAY", 0.01)


def test_what_a_lost_worker_had_is_given_out_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    once: dict[str, BaseException] = {FIRST: BrokenProcessPool(), SECOND: EngineError("gone")}
    report = troubled(out, lambda name: once.pop(name, None)).run()
    written = [u for f in sorted(out.glob("part-*")) for u in f.read_text().split()]
    assert written == USERS
    assert (report.wrote, report.lost) == (30, 2)


@pytest.mark.parametrize(
    ("name", "error", "raised", "said"),
    [
        (FIRST, BrokenProcessPool(), ServiceError, r"part-000000\.parquet failed 4 times"),
        (FIRST, EngineError("late"), EngineError, r"part-000000\.parquet failed 4 times \(late"),
        ("", EngineError("no server"), EngineError, "a worker failed 10 times"),
        (
            SECOND,
            ZeroDivisionError("ours"),
            ZeroDivisionError,
            "ours",
        ),  # a fault of ours: not tried again
    ],
)
def test_gives_up(
    tmp_path: Path, name: str, error: BaseException, raised: type[BaseException], said: str
) -> None:
    with pytest.raises(raised, match=said):
        troubled(tmp_path / "out", lambda called: error if called == name else None).run()


def test_rate_and_estimate(tmp_path: Path) -> None:
    campaign = troubled(tmp_path / "out", rate=100.0)
    cost = campaign.estimate()
    assert (cost.users, cost.seconds) == (30, 30 / 4 / 2)  # a second for 4 users, two workers
    start = time.monotonic()
    campaign.run()
    assert 0.25 < time.monotonic() - start < 2


def test_a_part_is_not_composed_where_the_llm_failed(world: Path) -> None:
    class Failing(FakeEngine):
        async def stream(self, *_: object, **__: object):  # type: ignore[no-untyped-def,override]
            raise EngineError("the server is gone")
            yield ""

    writer = PartWriter(str(world), SETTINGS, "none")
    writer._host = writer._pipeline._host = type(writer._host)(None, Failing())
    with pytest.raises(EngineError, match="while a part was written"):
        writer.write(["u1", "u2"])


def command(world: Path, out: Path) -> list[str]:
    return [
        sys.executable, "-m", "shelftalker.cli", "campaign", str(world), "--out", str(out),
        "--engine", "none", "--local", "--workers", "1", "--part", "1", "--json",
    ]  # fmt: skip


@pytest.mark.timeout(600)
def test_killed_worker_and_killed_driver(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen(command(world, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        _wait_for(lambda: out.exists() and len(list(out.glob("part-*"))) > 2)
        first.kill()
        first.wait()
    finally:
        first.kill()
    kept = {file.name: file.stat().st_mtime_ns for file in out.glob("part-*")}
    assert len(kept) < len(USERS)

    campaign = Campaign(plan_of_command(out), 2, lambda: LocalWorker(arguments(world, out)))
    killed: list[int] = []

    def kill_one(done: int, total: int, text: str) -> None:
        if not killed and done > len(kept) + 1:
            worker, _ = next(iter(campaign._busy.values()))
            assert isinstance(worker, LocalWorker)
            process = next(iter(worker._pool._processes.values()))
            killed.append(process.pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    try:
        report = campaign.run(kill_one)
    finally:
        campaign.close()
    assert report.lost == 1
    assert Counter(rows(out)["user"]) == Counter(USERS)
    assert {f.name: f.stat().st_mtime_ns for f in out.glob("part-*") if f.name in kept} == kept


def plan_of_command(out: Path) -> CampaignPlan:
    read = json.loads((out / "campaign.json").read_text())
    settings = CampaignSettings(**read | {"style": Style(**read["style"])})
    return CampaignPlan.begin(str(out), settings, None, [])


def arguments(world: Path, out: Path) -> tuple[str, CampaignSettings, str]:
    return str(world), plan_of_command(out).settings, "none"


def _wait_for(condition, seconds: float = 240) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
