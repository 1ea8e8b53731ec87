"""What is taken out of messages, and what stays.

Run: pytest tests/unit/language/test_personal_data.py
"""

import re

import pytest

from shelftalker import Recommender
from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation
from shelftalker.conversation.turn_json import saved
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.files import ReadOptions, read_items
from shelftalker.language.personal_data import MASK, without_personal_data
from tests.conftest import SHARED

REAL = ("ecom-amazon-office/Office_Products.item.json.gz", "movies-ml-latest-small/movies.csv.gz")


@pytest.mark.parametrize(
    ("language", "message", "left"),
    [
        ("en", "mail me at anna.b+x@shop.example.com please", "mail me at *** please"),
        ("en", "call +49 30 901820 or (212) 555-0187 tomorrow", "call *** or *** tomorrow"),
        ("de", "Ruf mich an: 030 901820, Film von 1999", "Ruf mich an: ***, Film von 1999"),
        ("en", "my card 4111 1111 1111 1111 thanks", "my card *** thanks"),
        ("en", "DE89 3704 0044 0532 0130 00 for the refund", "*** for the refund"),
        ("zh", "我的身份证11010519491231002X，电话13800138000", "我的身份证***，电话***"),
    ],
)
def test_personal_data_is_taken_out(language: str, message: str, left: str) -> None:
    assert without_personal_data(message, language) == left


@pytest.mark.parametrize(
    "message",
    [
        "2001: A Space Odyssey or 1984, under $1,200",
        "4111 1111 1111 1112 has no valid checksum",
        "DE88 3704 0044 0532 0130 00 neither",
        "Casio FX-991ES, ISBN 9780306406157, between 1990-2000",
        "films from 1990 1991 1992 1993 1994 1995",
        "12 x 500 ml, 100 200 300, @home at 5.30",
    ],
)
def test_other_numbers_stay(message: str) -> None:
    assert without_personal_data(message, "en") == message


def test_what_an_item_is_called_by_stays() -> None:
    catalog = Catalog.of([Item("x", "Dial (212) 555-0187")])
    asked = "is Dial (212) 555-0187 like 212-555-0199?"
    assert without_personal_data(asked, "en", catalog.names) == "is Dial (212) 555-0187 like ***?"


@pytest.mark.parametrize("file", REAL)
def test_titles_of_real_catalogues_stay(file: str) -> None:
    if not (SHARED / file).is_file():
        pytest.skip(f"{SHARED / file} is not here")
    every = read_items(SHARED / file, ReadOptions()).catalog.frame["title"].to_list()
    titles = [title for title in every if re.search(r"\d{4}|@", title)]
    catalog = Catalog.of(Item(str(n), title) for n, title in enumerate(titles))
    assert len(titles) > 30
    for title in titles[:2000]:
        asked = f"something like {title}"
        assert without_personal_data(asked, "en", catalog.names) == asked
    taken = [title for title in titles[:2000] if MASK in without_personal_data(title, "en")]
    assert len(taken) <= 10  # even where they are titles of no item


async def test_a_conversation_holds_no_personal_data(recommender: Recommender) -> None:
    assistant = Assistant(recommender)
    conversation: Conversation = assistant.begin("u1")
    async for turn in assistant.say(conversation, "a thriller, mail it to anna@example.com"):
        last = turn
    assert last.cards
    assert b"anna@example.com" not in saved(conversation)
    assert MASK in last.message


def test_a_request_holds_no_personal_data(recommender: Recommender) -> None:
    answer = recommender.generate("u1", "a thriller for anna@example.com")
    assert "anna@" not in str(answer.as_dict())
    assert len(answer.cards) == 3
