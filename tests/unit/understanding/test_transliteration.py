"""Foreign names in Chinese signs. Run: pytest tests/unit/understanding/test_transliteration.py"""

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filter_labels import label_in
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.transliteration import SoundedNames, _of_signs

CAST = ("Sandra Bullock", "Tom Hanks", "Danny Nucci", "Jodie Foster", "Judy Davis", "Al Pacino")
FILMS = Catalog.of(
    Item(
        f"f{n}",
        f"Harbour {n}",
        attributes={"cast": (name, "Ann Lee"), "director": f"Clint Eastwood{n}", "genre": "Comedy"},
    )
    for n, name in enumerate([*CAST, *["Tom Hanks"] * 8, *["Jodie Foster"] * 3])
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("桑德拉布洛克主演的电影", ["Sandra Bullock"]),
        ("我想看汤姆汉克斯演的喜剧", ["Tom Hanks", "Comedy"]),
        ("不要汤姆·汉克斯", ["no Tom Hanks"]),
        ("朱迪福斯特出演的片子", ["Jodie Foster"]),
        ("周星驰主演的电影", []),
        ("周末和家人一起看的电影", []),
    ],
)
def test_a_name_is_known_by_its_sound(message: str, said: list[str]) -> None:
    request = RuleReader(FILMS).request(message)
    assert [label_in(one, "en") for one in request.filters] == said


def test_signs_of_a_name_are_read_one_by_one() -> None:
    """A phrase says nothing of a name, and whether phrases are loaded must not matter."""
    assert _of_signs("银行") == _of_signs("银") + _of_signs("行") == "nsn"


def test_who_directed_it_is_no_actor() -> None:
    both = {"cast": ("Clint Eastwood",), "director": "Clint Eastwood"}
    films = Catalog.of(Item(f"f{n}", f"Harbour {n}", attributes=both) for n in range(3))
    (condition,) = RuleReader(films).request("克林特伊斯特伍德导演的电影").filters
    assert condition.field == "director"


def test_of_two_names_that_sound_alike_neither_is_sure() -> None:
    assert not list(SoundedNames({"Gene Kelly": 2, "John Gray": 2}).find("金凯利主演的电影"))
