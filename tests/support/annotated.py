"""The annotated requests of `requests.yaml`, and a rule reader of each of their catalogues."""

import asyncio
from functools import cache

from shelftalker.eval.bench.reader import read_cases
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import TurnContext, TurnReader
from tests.cases import CASES as FOLDER

ANNOTATED = read_cases(FOLDER / "requests.yaml")
CASES = ANNOTATED.cases


@cache
def reader(domain: str) -> RuleReader:
    """The rule reader of an annotated catalogue: films, shop or music."""
    return RuleReader(ANNOTATED.catalogs[domain])


def read_by(one: TurnReader, message: str, language: str | None = None) -> tuple[Request, str]:
    """The request that a reader finds in a message, and its notices as one text."""
    reading = asyncio.run(one.aread(message, TurnContext(language)))
    return reading.request(), " ".join(reading.notices)
