"""What a request computes and where: the engine's loop stays free, log lines share one id."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.engine.base import Prompt, Sampling
from shelftalker.serving import cards
from shelftalker.serving.domain import Domain
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.request_id import REQUEST_ID, in_request, request_id
from shelftalker.serving.request_state import StageClock
from shelftalker.store.settings import Budgets
from shelftalker.types import Picked, Token
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.writing import describe, text_request
from shelftalker.writing.history import HistoryIndex
from tests.support.fakes import FakeEngine

FALSE = "It won nine Oscars and you loved Titanic."


class LoopEngine(FakeEngine):
    """Notes the thread of the event loop and the request id of each stream."""

    thread = 0

    def stream(self, prompt: Prompt, sampling: Sampling, adapter: str | None = None) -> Any:
        self.thread = threading.get_ident()
        self.ids = [*getattr(self, "ids", []), REQUEST_ID.get()]
        return super().stream(prompt, sampling, adapter)


def noted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[int]:
    """The threads in which a function of a module or class is called from now on."""
    threads: list[int] = []
    real: Callable[..., Any] = getattr(owner, name)

    def called(*given: Any, **named: Any) -> Any:
        threads.append(threading.get_ident())
        return real(*given, **named)

    monkeypatch.setattr(owner, name, called)
    return threads


def test_what_computes_for_a_card_leaves_the_engines_loop(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [
        (cards, "choose_evidence"), (describe, "Grounds"), (describe, "composed_lines"),
        (text_request, "PromptSet"), (cards, "picked_cards"), (cards, "arranged"),
        (RuleReader, "_parsed"), (Domain, "asked_for"), (Domain, "history_lines"),
    ]  # fmt: skip
    threads = {name: noted(monkeypatch, owner, name) for owner, name in places}
    engine = LoopEngine([FALSE])
    with Recommender.open(place, engine=engine) as recommender:
        assert len(recommender.generate("u0", "a film from Norway").cards) == 3
    assert engine.thread
    for name, called in threads.items():
        assert called, name
        assert engine.thread not in called, name
    assert len(threads["Grounds"]) == 6  # for each card: is a text ready, then for the model


def test_the_engine_loads_while_the_domain_does(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, real = threading.Event(), DomainStore._load

    def load(*_: Any, **__: Any) -> FakeEngine:
        loading.set()
        return FakeEngine([FALSE])

    def load_domain(*given: Any) -> Domain:
        assert loading.wait(10)
        return real(*given)

    monkeypatch.setattr("shelftalker.engine.open_engine", load)
    monkeypatch.setattr(DomainStore, "_load", load_domain)
    with Recommender.open(place) as recommender:
        assert len(recommender.generate("u0").cards) == 3


def test_the_history_is_indexed_once_an_answer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def counted(self: HistoryIndex, history: Any = ()) -> None:
        sizes.append(len(self))

    monkeypatch.setattr(HistoryIndex, "__init__", counted)
    with Recommender.open(place, engine=FakeEngine([FALSE])) as recommender:
        recommender.generate("u0")
    assert [size for size in sizes if size] == [3]  # u0 liked three films


async def numbers(ids: list[str]) -> AsyncGenerator[int, None]:
    for number in range(3):
        await asyncio.sleep(0)
        ids.append(REQUEST_ID.get())
        yield number


async def test_requests_that_interleave_in_one_task_keep_their_own_ids() -> None:
    first: list[str] = []
    second: list[str] = []
    one, two = in_request(numbers(first)), in_request(numbers(second))
    for _ in range(3):
        await anext(one)
        assert REQUEST_ID.get() == ""
        await anext(two)
    assert [await anext(one, None), await anext(two, None)] == [None, None]
    assert len(set(first)) == len(set(second)) == 1
    assert len({"", *first, *second}) == 3


async def test_a_request_left_early_closes_its_stages_under_its_id() -> None:
    ids: list[str] = []

    async def stages() -> AsyncGenerator[int, None]:
        try:
            ids.append(REQUEST_ID.get())
            yield 1
        finally:
            ids.append(REQUEST_ID.get())

    async with contextlib.aclosing(in_request(stages())) as updates:
        await anext(updates)
    assert len(ids) == 2
    assert ids[0] == ids[1] != ""
    assert REQUEST_ID.get() == ""


async def test_a_request_inside_a_request_keeps_its_id() -> None:
    ids: list[str] = []
    with request_id() as outer:
        assert [number async for number in in_request(numbers(ids))] == [0, 1, 2]
    assert set(ids) == {outer}


async def test_all_stages_of_an_answer_share_one_id_and_two_answers_do_not(place: Path) -> None:
    engine = LoopEngine([FALSE])
    with Recommender.open(place, engine=engine) as recommender:
        await asyncio.gather(recommender.agenerate("u0"), recommender.agenerate("u1"))
    assert len(engine.ids) == 2 * 3 * 2  # two answers, three cards, one retry
    assert len({"", *engine.ids}) == 3
    assert REQUEST_ID.get() == ""


def test_refused_sentences_are_counted_by_rule_without_their_words(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "shelftalker")
    with Recommender.open(place, engine=FakeEngine([FALSE])) as recommender:
        answer = recommender.generate("u0")
    assert answer.cards
    lines = [r.getMessage() for r in caplog.records if r.name.endswith("accepted_text")]
    assert lines == ["2 sentences refused: claims 2"] * len(answer.cards)
    for said in ("Oscars", "Titanic", "u0", "thriller"):
        assert said not in caplog.text


def test_an_engine_that_fails_in_a_text_is_logged(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recommender.open(place, engine=FakeEngine([FALSE], fail_after=1)) as recommender:
        assert all(card.description for card in recommender.generate("u0").cards)
    lines = [r for r in caplog.records if r.name.endswith("describe")]
    assert {r.levelno for r in lines} == {logging.WARNING}
    assert all("EngineError" in r.getMessage() for r in lines)


def test_a_stage_over_its_budget_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "shelftalker")
    clock = StageClock(Budgets(pick_seconds=1e-9, describe_seconds=60))
    clock.mark("pick")
    clock.mark("describe")
    slow, quick = caplog.records
    assert (slow.levelno, quick.levelno) == (logging.WARNING, logging.DEBUG)
    assert "slow stage: pick" in slow.getMessage()
    assert list(clock.timings()) == ["pick", "describe", "total"]


def test_the_sentences_of_a_stream_are_those_of_its_cards(place: Path) -> None:
    engine = FakeEngine(["It is a film from Norway, and it runs for more than an hour."])
    with Recommender.open(place, engine=engine) as recommender:
        updates = list(recommender.stream("u0"))
        answer = updates[-1].answer  # type: ignore[union-attr]
    assert any(isinstance(update, Picked) for update in updates)
    for card in answer.cards:
        sentences = [u.text for u in updates if isinstance(u, Token) and u.rank == card.rank]
        assert " ".join(sentences) == card.description


def test_what_a_visitor_asks_for_and_had_before_is_said(recommender: Recommender) -> None:
    answer = recommender.generate("u0", "The Silent Ledger", k=3)
    said = "You have had “The Silent Ledger” already"
    assert [one for one in answer.notices if one.startswith(said)]
    again = recommender.generate("u0", "The Silent Ledger again", k=3)
    assert [card.item.title for card in again.cards] == ["The Silent Ledger"]
    assert not [one for one in again.notices if one.startswith(said)]


def test_few_items_are_told_with_what_was_asked_for(recommender: Recommender) -> None:
    answer = recommender.generate("new", "a thriller from 1981", k=3)
    assert answer.notices[0] == (
        "You asked for: Thriller, year 1981. I looked for 3 items and found 1."
    )
    assert "Leave out “year 1981” to see 4." in answer.notices
