"""Words and messages as data: `words/*.yaml` for the rules, `messages/*.yaml` by language."""

from functools import cache
from pathlib import Path
from typing import Any

from shelftalker.language.yaml_file import read_yaml

FOLDER = Path(__file__).parent


@cache
def words(name: str) -> dict[str, Any]:
    """The tables of one file in `words/`. A list is a set of words; a table of tables with whole
    numbers as keys, such as `{price: {-1: cheaper}}`, has pairs as keys."""
    tables = read_yaml(FOLDER / "words" / f"{name}.yaml")
    return {key: _table(value) for key, value in tables.items()}


@cache
def messages(kind: str, language: str) -> dict[str, str]:
    """The messages of one kind in a language; in English where there is no file for it."""
    file = FOLDER / "messages" / f"{language}.yaml"
    if language != "en" and not (language.isalpha() and file.is_file()):
        return messages(kind, "en")
    tables: dict[str, dict[str, str]] = read_yaml(file)
    return tables[kind]


def words_in(text: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(text.split())


def _table(value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(value)
    if isinstance(value, dict) and all(isinstance(inner, dict) for inner in value.values()):
        signs = {(outer, sign): inner[sign] for outer, inner in value.items() for sign in inner}
        if signs and all(isinstance(sign, int) for _, sign in signs):
            return signs
    return value
