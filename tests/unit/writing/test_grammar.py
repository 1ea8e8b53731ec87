"""Values under the words of their own field: every value of a kind after the words of every other
kind is refused, and with a reason."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.types import Request
from shelftalker.writing.verifier.grammar import kind_of_field, taken_before
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.words_of import rows_of
from tests.support.verdicts import check

LAMP = Item(
    "1", "Lorrin Lamp", "",
    {"brand": "Halvard", "designer_name": "Ida Moos", "country": "Norway", "material": "Beech",
     "category": "Lamps", "colour": "Ochre", "currency": "EUR", "language": "Danish",
     "audience": "Readers", "weight_g": 900, "minutes": 35, "year": 2019},
    price=48.0,
)  # fmt: skip
FIELDS = {
    "maker": "Halvard", "place": "Norway", "material": "Beech", "category": "Lamps",
    "colour": "Ochre", "currency": "EUR", "language": "Danish", "audience": "Readers",
}  # fmt: skip
LAMP_ZH = Item(
    "2", "灯一号", "",
    {"品牌": "哈瓦", "产地": "挪威", "材质": "榉木", "类别": "台灯", "颜色": "赭色"},
    language="zh",
)  # fmt: skip
FIELDS_ZH = {"maker": "哈瓦", "place": "挪威", "material": "榉木", "category": "台灯",
             "colour": "赭色"}  # fmt: skip


def heads(language: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for kind, line in rows_of("grammar")[language].items():
        for head in line.split(","):
            found.setdefault(head.strip(), set()).add(kind)
    return {head: kinds for head, kinds in found.items() if not kinds <= {"rating", "count"}}


CASES = [
    (LAMP, f"It {head} {value}.", head)
    for head, kinds in heads("en").items()
    for kind, value in FIELDS.items()
    if kind not in kinds
] + [
    (LAMP_ZH, f"它{head}{value}。", head)
    for head, kinds in heads("zh").items()
    for kind, value in FIELDS_ZH.items()
    if kind not in kinds
]


def test_no_value_stands_under_the_words_of_another_kind() -> None:
    assert len(CASES) > 500
    passed = []
    for item, sentence, head in CASES:
        reading = Grounds([], item).read(sentence)
        reason = f"does not stand after {head!r}"
        if not any(reason in claim.problem for claim in reading.claims):
            passed.append(sentence)
    assert not passed


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("It is made of beech.", True),
        ("It is made of Halvard.", False),
        ("It comes from Norway.", True),
        ("It comes from Halvard.", True),
        ("It comes from EUR.", False),
        ("It comes from Ochre.", False),
        ("It is made from Ida Moos.", False),
        ("It costs 48 EUR.", True),
        ("It costs 48.", True),
        ("It costs EUR.", False),
        ("It costs 900.", False),
        ("It costs 35 EUR.", False),
        ("It weighs 900 g.", True),
        ("It weighs 0.9 kg.", True),
        ("It weighs 35 minutes.", False),
        ("It weighs 48.", False),
        ("It lasts 35 minutes.", True),
        ("It lasts 900 g.", False),
        ("It was released in 35.", False),
        ("It comes in ochre.", True),
        ("It is a Halvard lamp.", True),
        ("It is a EUR lamp.", False),
        ("Its brand is Halvard.", True),
        ("Its brand is Norway.", False),
        ("Its material is Halvard.", False),
        ("It is made of beech and Halvard.", False),
        ("It is by Halvard.", True),
        ("It is by Norway.", False),
    ],
)
def test_sentences_about_a_lamp(sentence: str, true: bool) -> None:
    assert check(sentence, [], LAMP).ok is true


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("它来自挪威。", True), ("它来自哈瓦。", True), ("它来自赭色。", False),
        ("品牌是哈瓦。", True), ("品牌是挪威。", False), ("它采用哈瓦。", False),
    ],
)  # fmt: skip
def test_sentences_in_chinese(sentence: str, true: bool) -> None:
    assert check(sentence, [], LAMP_ZH, request=Request(language="zh")).ok is true


def test_the_text_may_say_it_in_these_words() -> None:
    item = Item("1", "Lorrin Lamp", "Poured and cast, made of Ochre.", {"colour": "Ochre"})
    assert check("It is made of Ochre.", [], item).ok
    assert not check("It is made from Ochre.", [], item).ok


@pytest.mark.parametrize(
    ("field", "kind"),
    [("original_language", "language"), ("manufacturer", "maker"), ("weight_kg", "weight"),
     ("产地", "place"), ("材质", "material"), ("番号", ""), ("socket", "")],
)  # fmt: skip
def test_kind_of_a_field(field: str, kind: str) -> None:
    assert kind_of_field(field) == kind


def test_the_longest_words_before_a_value_count() -> None:
    grounds = Grounds([], LAMP)
    head, wanted = taken_before(Reading(grounds.facts, "It is made from the beech."), 5)
    assert (head, wanted) == ("made from", {"material"})


def test_a_time_after_words_of_a_date_is_a_time() -> None:
    assert not Grounds([], LAMP).read("Dim it after 35 minutes.").problem


FILM = Item(
    "3", "Cold Ledger", "", {"director": ("Anna Kessler",), "cast": ("Tom Vale",)}, called="film"
)


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Anna Kessler directs it.", ""),
        ("Anna Kessler directs it and also stars.", "Anna Kessler is not the cast"),
        ("Tom Vale stars in it, and he directs.", "Tom Vale is not the director"),
        ("It is directed by Anna Kessler and stars Tom Vale.", ""),
    ],
)
def test_a_later_verb_has_the_same_subject(sentence: str, problem: str) -> None:
    assert Grounds([], FILM).read(sentence).problem == problem
