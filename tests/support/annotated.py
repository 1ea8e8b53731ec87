"""The annotated requests of `requests.yaml`, and a rule reader of each of their catalogues."""

from functools import cache

from shelftalker.eval.bench.reader import read_cases
from shelftalker.understanding.rule_reader import RuleReader
from tests.cases import CASES as FOLDER

ANNOTATED = read_cases(FOLDER / "requests.yaml")
CASES = ANNOTATED.cases


@cache
def reader(domain: str) -> RuleReader:
    """The rule reader of an annotated catalogue: films, shop or music."""
    return RuleReader(ANNOTATED.catalogs[domain])
