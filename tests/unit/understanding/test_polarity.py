"""The polarity of a value: rules and role head together, with given shares of the roles."""

import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from shelftalker.language.tokens import words
from shelftalker.understanding.head.roles import ROLES, WordRoles
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.values import find_values
from tests.support.annotated import reader
from tests.support.catalogs import PRINT


def verdict_of(message: str, **shares: float) -> str:
    """The verdict on the one value of a message whose words all have these shares."""
    tokens = words(message)
    rest = (1 - sum(shares.values())) / (len(ROLES) - len(shares))
    row = [shares.get(role, rest) for role in ROLES]
    roles = WordRoles(np.array([row] * len(tokens)))
    films = reader("films")
    state = ParseState(message, "en", films.vocabulary, films.catalog, roles, date.today())
    return state.polarity.verdict(find_values(state)[0])[0]


@pytest.mark.parametrize(
    ("message", "shares", "verdict"),
    [
        ("a western", {"demand": 0.9}, "demand"),
        ("a western", {"exclude": 0.45, "demand": 0.5}, "wish"),
        ("a western", {"exclude": 0.6}, "wish"),
        ("a western", {"exclude": 0.9}, "exclude"),
        ("a western", {"background": 0.7, "demand": 0.2}, "wish"),
        ("no western", {"exclude": 0.9}, "exclude"),
        ("no western", {"demand": 0.95}, "exclude"),
        ("not the violent sort of western", {"demand": 0.9}, "wish"),
        ("enough of that western", {"demand": 0.8}, "wish"),
    ],
)
def test_only_what_both_want_is_demanded(
    message: str, shares: dict[str, float], verdict: str
) -> None:
    assert verdict_of(message, **shares) == verdict


@pytest.mark.parametrize(
    "message", ["I don’t like westerns", "I don't like westerns", "non western", "no western"]
)
def test_any_apostrophe_denies(message: str) -> None:
    assert [f.op for f in reader("films").request(message).filters] == ["excludes"]


def test_two_values_of_a_field_that_nothing_joins_are_wishes() -> None:
    request = reader("shop").request("white bag black pen")
    assert "color" not in {condition.field for condition in request.filters}


@pytest.mark.parametrize(
    ("said", "filters"),
    [
        ("I can't go over 300 pages", ["page_count at_most 300"]),
        ("no fewer than 100 pages", ["page_count at_least 100"]),
        ("between 100 and 300 pages please", ["page_count at_least 100", "page_count at_most 300"]),
    ],
)
def test_a_denied_bound_is_the_other_one(said: str, filters: list[str]) -> None:
    read = RuleReader(PRINT).request(said).filters
    assert [f"{f.field} {f.op} {f.value:g}" for f in read] == filters


def test_a_range_of_bare_numbers_is_a_range_of_prices() -> None:
    read = reader("shop").request("bags between 50 and 120").filters
    bounds = [(f.op, f.value) for f in read if f.field == "price"]
    assert bounds == [("at_least", 50), ("at_most", 120)]


def test_the_head_is_read_without_torch() -> None:
    code = (
        "import sys; from shelftalker.understanding.head.roles import open_head;"
        "from shelftalker.language.tokens import words; m = 'no horror';"
        "assert open_head().read(m, words(m)).of(1, 1)['exclude'] > 0.5;"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
