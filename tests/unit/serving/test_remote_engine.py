"""A recommender and an evaluation whose model is behind an address.

Run: pytest tests/unit/serving/test_remote_engine.py
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker import Recommender, Workspace
from shelftalker.engine.remote import OpenAiEngine
from shelftalker.errors import InputError
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.store.settings import RemoteEngine, as_toml
from tests.support.chat_server import ChatServer, serving

SAID = "It is a thriller."


def at_address(place: Path, url: str | None) -> Path:
    """The workspace with its model at an address."""
    with Workspace.open(place) as workspace:
        settings = workspace.settings
    remote = settings.remote.model_copy(update={"url": url, "retries": 0})
    changed = settings.model_copy(update={"model": "some-model", "remote": remote})
    (place / "workspace.toml").write_text(as_toml(changed), encoding="utf-8")
    return place


def test_texts_come_from_the_address_and_a_dead_server_is_a_notice(place: Path) -> None:
    with serving(ChatServer(lambda _: [SAID])) as server:
        with Recommender.open(at_address(place, server.url), engine="openai") as recommender:
            answer = recommender.generate("u1", "a thriller", k=1)
            assert answer.engine == "openai"
            assert server.asked
            assert all(set(body) & {"model", "messages"} for body in server.asked)
            assert "u1" not in str(server.asked)  # no id leaves the machine
            server.faults = [500] * 20
            later = recommender.generate("u2", "a comedy", k=1)
        assert later.cards[0].description
        assert later.cards[0].source == "template"
    with Recommender.open(place, engine="openai") as recommender:  # the server is gone
        answer = recommender.generate("u1", "a thriller", k=1)
    assert answer.cards[0].description
    assert any("gave no answer" in notice for notice in answer.notices)


def test_an_evaluation_opens_it_like_a_recommender(place: Path) -> None:
    with (
        serving(ChatServer(lambda _: [SAID])) as server,
        Workspace.open(at_address(place, server.url)) as workspace,
    ):
        setup = TaskSetup(workspace, "films", "openai")
        engine = asyncio.run(setup.engine())
        assert isinstance(engine, OpenAiEngine)
        assert setup.adapter_name is None
        assert replace(setup, adapter="films@v3").adapter_name == "films@v3"


def test_without_an_address_it_is_refused_in_one_sentence(place: Path) -> None:
    with pytest.raises(InputError, match=r"needs an address; set url = .* under \[remote\]"):
        Recommender.open(at_address(place, None), engine="openai")


def test_money_is_a_number_of_tokens() -> None:
    paid = RemoteEngine(money_per_minute=0.5, price=2)
    assert paid.limits()["tokens_per_minute"] == 250_000
    assert paid.limits().keys().isdisjoint({"workspace", "money_per_minute", "price"})
    fewer = paid.model_copy(update={"tokens_per_minute": 1000})
    assert fewer.limits()["tokens_per_minute"] == 1000
    assert RemoteEngine().limits()["tokens_per_minute"] is None
    with pytest.raises(ValueError, match="needs the price of a million tokens"):
        RemoteEngine(money_per_minute=1)
