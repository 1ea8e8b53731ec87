"""Chinese sentences: what may stand there that neither a claim nor the row holds."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.residue_zh import unsupported
from shelftalker.writing.verifier.unsafe import unsafe_words
from tests.support.verdicts import check

CUP = Item(
    "1", "山前 陶杯 300ml", "手拉坯，釉色青灰。杯口不带盖。一次能泡十二克茶。",
    {"品牌": "山前", "颜色": "青灰", "容量": "300ml"}, price=68.0, language="zh",
)  # fmt: skip
FILM = Item(
    "2", "渡口", "摆渡人收留了走失的女孩，桥通车那天他们一起离开。", {"类型": ("剧情",)},
    language="zh", called="film",
)  # fmt: skip


def test_the_unsupported_characters_of_a_sentence() -> None:
    reading = Grounds([], CUP).read("这只陶杯的釉色青灰，钢板做底。")
    assert "".join(reading.sentence[at] for at in unsupported(reading)) == "这只的钢板做底"


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("釉色青灰，你先看看。", True),
        ("这只杯是黄铜镀金，配檀木底座。", False),  # too much that no row shows
        ("杯口带盖。", False),  # the row denies it
        ("它不防摔。", False),  # denied, and no row says so
        ("一次能泡十二克茶。", True),
        ("一次能泡二十克茶。", False),
        ("能泡三十六道。", False),  # a number of whatever is counted
        ("摔坏包赔。", False),
        ("杯身一半是青灰。", False),
    ],
)
def test_sentences_about_a_cup(sentence: str, true: bool) -> None:
    assert check(sentence, [], CUP, request=Request(language="zh")).ok is true


def test_what_a_story_does_not_say_of_two_of_its_people() -> None:
    verdict = check("摆渡人后来反复责骂走失的女孩。", [], FILM)
    assert not verdict.ok
    assert "责骂" in verdict.reason
    assert check("摆渡人收留了走失的女孩。", [], FILM).ok
    assert check("《渡口》是一部剧情片。", [], FILM).ok


def test_the_reason_names_the_characters() -> None:
    reason = check("这只杯是黄铜镀金，配檀木底座。", [], CUP).reason
    assert reason.startswith("no row shows")


def test_what_stands_before_too_is_not_said_of_both() -> None:
    seen = Item("4", "河神", "", {"类型": ("剧情",), "导演": ("林可",), "片长": 90}, called="film")
    film = replace(FILM, attributes={"类型": ("家庭",), "导演": ("林可",), "片长": 87})
    past = [Past(Event("u", "4", "rating", 5.0, 0.0), seen)]
    request = Request(language="zh")
    for sentence, true in (
        ("你给《河神》打了五星，这部家庭片导演也是林可。", True),
        ("你给《河神》打了五星，这部也是家庭片。", False),
        ("你给《河神》打了五星，这部短三分钟。", True),  # without 比
        ("你给《河神》打了五星，这部短五分钟。", False),
    ):
        assert check(sentence, [], film, past, request).ok is true, sentence


def test_a_mothers_is_no_curse() -> None:
    assert unsafe_words().found("妈妈的锅") is None
    assert unsafe_words().found("妈的") == "妈的"


SOAP = Item(
    "3", "山茶 洁面皂", "洗手洗澡都好，pH约9。适合三到六岁的孩子。猫守在门口，狗也守在门口。",
    {"品牌": "山茶"}, price=32.0, language="zh",
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("山茶洁面皂三十二块。", True),  # a price, in either of its words
        ("山茶洁面皂32元。", True),
        ("山茶洁面皂33元。", False),
        ("洗手洗澡都好，pH约9。", True),  # the row writes it so
        ("洗手洗澡都好，KW约9。", False),
        ("洗手都好，洗澡都好。", True),  # three characters twice are no repetition
        ("洗手洗澡都好，洗手洗澡都好。", False),
        ("狗守在门口。", True),  # the text has the words twice, once in this order
    ],
)
def test_sentences_about_a_soap(sentence: str, true: bool) -> None:
    assert check(sentence, [], SOAP, request=Request(language="zh")).ok is true
