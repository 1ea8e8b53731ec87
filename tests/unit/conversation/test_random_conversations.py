"""Random conversations never violate an exclusion, and the test would see it if they did.

Run: pytest tests/unit/eval/test_conversations.py
"""

from dataclasses import replace
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.conversation import assistant
from shelftalker.conversation.taste import Taste
from tests.support.random_visitors import talk


async def test_random_conversations_violate_no_exclusion(recommender: Recommender) -> None:
    tally = await talk(recommender, 40)
    assert tally.violations == []
    assert tally.with_cards > tally.turns / 2  # else nothing has been tried
    assert tally.excluded > 40


async def test_a_chat_that_forgets_exclusions_is_noticed(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    understand = assistant.understand

    def forgetful(*args: Any) -> Any:
        move = understand(*args)
        kept = [c for c in move.taste.chips if not c.condition or c.condition.op != "excludes"]
        return replace(move, taste=Taste(tuple(kept)))

    monkeypatch.setattr(assistant, "understand", forgetful)
    tally = await talk(recommender, 10)
    assert any(breach.why.startswith("ruled out") for breach in tally.violations)


async def test_a_search_that_ignores_filters_is_noticed(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_of = assistant.request_of
    monkeypatch.setattr(
        assistant, "request_of", lambda *args: replace(request_of(*args), filters=())
    )
    tally = await talk(recommender, 10)
    assert any(breach.why == "breaks a chip" for breach in tally.violations)
