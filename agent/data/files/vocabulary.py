"""The usual names of columns and the words in them, in several languages, from `words.yaml`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shelftalker.language.yaml_file import read_yaml

_FILE = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`item_fields`, `event_fields`, `graph_fields`: our field → their names as `key` gives them,
    the best first; `kinds`: a word → kind of event, `return`, or empty for what is left out;
    `classes`: a word of a name → its class; `named_by`: our field → the classes that name it;
    `series`, `of_episodes`: names of columns with a series' id, and of those that episodes have."""

    classes: dict[str, str]
    named_by: dict[str, tuple[frozenset[str], ...]]
    item_fields: dict[str, tuple[str, ...]]
    event_fields: dict[str, tuple[str, ...]]
    graph_fields: dict[str, tuple[str, ...]]
    kinds: dict[str, str]
    availability: dict[str, str]
    people: frozenset[str]
    details: frozenset[str]
    people_phrases: frozenset[str]
    beside_events: frozenset[str]
    of_items: frozenset[str]
    inner: frozenset[str]
    inner_phrases: frozenset[str]
    series: tuple[str, ...]
    of_episodes: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the package."""
    data: dict[str, Any] = read_yaml(_FILE)

    def fields(name: str) -> dict[str, tuple[str, ...]]:
        return {field: tuple(names.split()) for field, names in data[name].items()}

    kinds = {word: kind for kind, words in data["kinds"].items() for word in words.split()}
    kinds |= dict.fromkeys(data["returns"].split(), "return")
    kinds |= dict.fromkeys(data["ignored_kinds"].split(), "")
    people, inner = data["people"], data["inner"]
    classes = {word: name for name, words in data["word_classes"].items() for word in words.split()}
    return Vocabulary(
        classes=classes,
        named_by={
            field: tuple(frozenset(one.split()) for one in listed)
            for field, listed in data["named_by"].items()
        },
        item_fields=fields("item_fields"),
        event_fields=fields("event_fields"),
        graph_fields=fields("graph_fields"),
        kinds=kinds,
        availability={w: a for a, words in data["available"].items() for w in words.split()},
        people=frozenset(people["words"].split()),
        details=frozenset(people["details"].split()),
        people_phrases=frozenset(people["phrases"].split()),
        beside_events=frozenset(people["beside_events"].split()),
        of_items=frozenset(data["of_items"].split()),
        inner=frozenset(inner["words"].split()),
        inner_phrases=frozenset(inner["phrases"].split()),
        series=tuple(data["episodes"]["series"].split()),
        of_episodes=frozenset(data["episodes"]["marks"].split()),
    )


@lru_cache(maxsize=4096)
def classes_in(column: str) -> frozenset[str]:
    """The classes of the words in a column's name: item and id for `Product No.`, `articleId` and
    `商品编号`; none where a word has no class."""
    known = vocabulary().classes
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+|(?<=[A-Z])(?=[A-Z][a-z])", " ", column).lower()
    found: set[str] = set()
    for word in spaced.split():
        parts = _compound(word)
        if parts is None:
            return frozenset()
        found.update(known[part] for part in parts)
    return frozenset(found - {"filler"})


def _compound(word: str) -> list[str] | None:
    """The known words that a word is made of: `artikel`, `nr` of `artikelnr`."""
    if word in vocabulary().classes:
        return [word]
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in vocabulary().classes and (rest := _compound(word[end:])):
            return [word[:end], *rest]
    return None


def key(column: str) -> str:
    """A column name for comparison: `item_id:token`, `itemId` and `Item ID` give the same."""
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", column).split(":")[0].lower())
