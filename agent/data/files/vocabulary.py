"""The usual names of columns and the words in them, in several languages, from `words.yaml`."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from shelftalker.data.config_model import ConfigModel
from shelftalker.language.yaml_file import read_yaml

_FILE = Path(__file__).with_name("words.yaml")
_List = Annotated[tuple[str, ...], BeforeValidator(str.split)]
_Set = Annotated[frozenset[str], BeforeValidator(str.split)]
_ByWord = Annotated[
    dict[str, str],
    BeforeValidator(
        lambda of: {word: name for name, words in of.items() for word in words.split()}
    ),
]


class NameWords(ConfigModel):
    """Columns of one sort, by words in their names; `beside_events`: in a file that also says who
    did something; `details`: what a name may add to a word."""

    words: _Set
    phrases: _Set
    details: _Set = frozenset()
    beside_events: _Set = frozenset()


class EpisodeNames(ConfigModel):
    """Names of columns with a series' id, and of those that episodes have."""

    series: _List
    marks: _Set


class Vocabulary(ConfigModel):
    """`item_fields`, `event_fields`, `graph_fields`: our field → their names as `key` gives them,
    the best first; `kinds`: a word → kind of event, `return`, or empty for what is left out;
    `word_classes`: a word of a name → its class; `named_by`: our field → the classes that name
    it."""

    word_classes: _ByWord
    named_by: dict[str, tuple[_Set, ...]]
    item_fields: dict[str, _List]
    event_fields: dict[str, _List]
    graph_fields: dict[str, _List]
    episodes: EpisodeNames
    kinds: _ByWord
    available: _ByWord
    people: NameWords
    of_items: _Set
    inner: NameWords


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the package."""
    return Vocabulary.model_validate(read_yaml(_FILE))


@lru_cache(maxsize=4096)
def classes_in(column: str) -> frozenset[str]:
    """The classes of the words in a column's name: item and id for `Product No.`, `articleId` and
    `商品编号`; none where a word has no class."""
    known = vocabulary().word_classes
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
    known = vocabulary().word_classes
    if word in known:
        return [word]
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in known and (rest := _compound(word[end:])):
            return [word[:end], *rest]
    return None


def key(column: str) -> str:
    """A column name for comparison: `item_id:token`, `itemId` and `Item ID` give the same."""
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", column).split(":")[0].lower())
