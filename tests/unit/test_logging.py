"""The privacy of logs: no record above DEBUG names a user, a message or an item title."""

import logging
from pathlib import Path

import pytest

from shelftalker import Recommender
from tests.support.fakes import FakeEngine

USER, MESSAGE = "visitor-7731", "a gloomy thriller like Night Ferry, not zebraic"


@pytest.mark.parametrize("broken", [False, True])
def test_no_record_above_debug_names_the_user_the_message_or_a_title(
    place: Path, caplog: pytest.LogCaptureFixture, broken: bool
) -> None:
    caplog.set_level(logging.INFO, logger="shelftalker")
    engine = FakeEngine(["It is a thriller. It won nine Oscars."], fail=broken)
    with Recommender.open(place, engine=engine) as recommender:
        answer = recommender.generate(USER, MESSAGE)
        recommender.feedback(USER, answer.cards[0].item.id, "like")
        assert recommender.generate(USER, MESSAGE).cards
        recommender.forget(USER)
    records = [record for record in caplog.records if record.name.startswith("shelftalker")]
    assert "domain loaded" in [record.getMessage() for record in records]
    private = [USER, "zebraic", "gloomy", *(card.item.title for card in answer.cards)]
    for record in records:
        everything = f"{record.getMessage()} {vars(record)}"
        assert [text for text in private if text in everything] == []
