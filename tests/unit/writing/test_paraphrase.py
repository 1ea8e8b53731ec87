"""Words of the item's text: they stand as the text has them, or the sentence is refused and says
why."""

import pytest

from shelftalker.data.catalog import Item
from shelftalker.types import Request
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.paraphrase import paraphrase_problem

NURSE = Item(
    "1", "Night Ferry",
    "A nurse hides a boxer from her brother. The brother is saved by the ferryman. "
    "Unless the harbour freezes, they sail at dawn.",
    {"genres": ("Drama",)},
)  # fmt: skip
RAID = Item(
    "3", "Salt",
    "A smuggler sells a widow her own boat while pirates raid the harbour. Using a cart as a boat, "
    "she flees to Norway and battles the pirates. The old judge is replaced by Ann Vale.",
    {"genres": ("Drama",), "year": 1987}, called="film",
)  # fmt: skip


@pytest.mark.parametrize(
    ("true", "turned"),
    [
        ("A smuggler sells a widow a boat.", "A widow sells a smuggler a boat."),
        ("A boat is sold to a widow by a smuggler.", "A boat is sold to a smuggler by a widow."),
        ("Pirates turn up to raid the harbour.", "Pirates flee to the harbour."),
        ("Ann Vale replaces the old judge.", "The old judge replaces Ann Vale."),
        ("A widow takes a boat.", "The pirates take a cart."),
        ("Pirates raid a harbour.", "The pirates raid Norway."),
        ("A boat, sold by a smuggler.", "A smuggler is sold by a widow."),
        ("She who is a widow flees to Norway.", "A judge flees to Norway."),
        ("The judge is old.", "The judge is Ann Vale."),
        ("Made in 1987, it has pirates raid a harbour.", "Pirates raid a harbour in 1987."),
    ],
)
def test_a_story_turned_around_in_its_own_words(true: str, turned: str) -> None:
    assert not problem(RAID, true)
    assert problem(RAID, turned)


CHEF = Item(
    "2",
    "周日的桌子",
    "退休的大厨为三个女儿做一桌菜。大女儿被邻居误会。",
    {"类型": ("剧情",)},
    called="film",
)


def problem(item: Item, sentence: str, language: str = "en") -> str:
    return paraphrase_problem(Grounds([], item, (), Request(language=language)).read(sentence))


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("A nurse hides a boxer from her brother.", ""),
        ("A nurse hides a boxer.", ""),
        ("A boxer hides a nurse.", "'boxer' and 'hide'"),  # who does it
        ("The brother saved the ferryman.", "'saved' and 'ferryman'"),  # was saved by
        ("The harbour freezes.", "only after"),
        ("Two old friends meet again in spring.", ""),  # other words are not judged here
    ],
)
def test_words_of_an_english_text(sentence: str, said: str) -> None:
    found = problem(NURSE, sentence)
    assert (said in found) if said else not found


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("退休的大厨为三个女儿做一桌菜。", ""),
        ("三个女儿做一桌菜。", "only after '为'"),
        ("邻居被大女儿误会。", "so"),
        ("大厨后来突然责骂三个女儿。", "'后来突然责骂'"),
        ("大厨的三个女儿做一桌菜。", "only after '为'"),
        ("大厨有三个女儿。", ""),
        ("大厨退休。", ""),
    ],
)
def test_words_of_a_chinese_text(sentence: str, said: str) -> None:
    found = problem(CHEF, sentence, "zh")
    assert (said in found) if said else not found


MARKER = Item(
    "4", "Otto Marker, Black", "The ink won't bleed through paper. The alcohol-based ink dries at "
    "once. Retirement isn't for the faint of heart.", {"brand": "Otto"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("The ink does not bleed through paper.", True),
        ("The ink bleeds through paper.", False),
        ("The ink dries at once and bleeds through paper.", False),
        ("Alcohol-free ink dries at once.", False),
    ],
)
def test_a_negation_keeps_its_place(sentence: str, true: bool) -> None:
    assert ("den" not in Grounds([], MARKER).check(sentence).reason) is true
    assert "retirement" not in Grounds([], MARKER).facts.only_denied
