"""The usual names of columns and the words in them, in several languages, from `words.yaml`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`item_fields`, `event_fields`: our field → their names as `key` gives them, the best first;
    `kinds`: a word → kind of event, `return`, or an empty text for what is left out."""

    item_fields: dict[str, tuple[str, ...]]
    event_fields: dict[str, tuple[str, ...]]
    kinds: dict[str, str]
    availability: dict[str, str]
    people: frozenset[str]
    details: frozenset[str]
    people_phrases: frozenset[str]
    beside_events: frozenset[str]
    inner: frozenset[str]
    inner_phrases: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the package."""
    data: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))

    def fields(name: str) -> dict[str, tuple[str, ...]]:
        return {field: tuple(names.split()) for field, names in data[name].items()}

    kinds = {word: kind for kind, words in data["kinds"].items() for word in words.split()}
    kinds |= dict.fromkeys(data["returns"].split(), "return")
    kinds |= dict.fromkeys(data["ignored_kinds"].split(), "")
    people, inner = data["people"], data["inner"]
    return Vocabulary(
        item_fields=fields("item_fields"),
        event_fields=fields("event_fields"),
        kinds=kinds,
        availability={w: a for a, words in data["available"].items() for w in words.split()},
        people=frozenset(people["words"].split()),
        details=frozenset(people["details"].split()),
        people_phrases=frozenset(people["phrases"].split()),
        beside_events=frozenset(people["beside_events"].split()),
        inner=frozenset(inner["words"].split()),
        inner_phrases=frozenset(inner["phrases"].split()),
    )


def key(column: str) -> str:
    """A column name for comparison: `item_id:token`, `itemId` and `Item ID` give the same."""
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", column).split(":")[0].lower())
