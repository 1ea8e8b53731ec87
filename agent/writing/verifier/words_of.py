"""The words of a language by what they do in a sentence, from `words/LANGUAGE.yaml`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from shelftalker.language.yaml_file import read_yaml

HERE = Path(__file__).parent / "words"


class Words:
    """`words["you"]` is a set; `words.by("events")` has a set by name; `words.signs` maps a
    comparative to what it compares and whether more or less of it is claimed."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._sets = {k: frozenset(v.split()) for k, v in rows.items() if isinstance(v, str)}
        self._tables = {
            name: {key: frozenset(str(words).split()) for key, words in table.items()}
            for name, table in rows.items()
            if isinstance(table, dict)
        }
        signs = rows.get("comparatives", {}).items()
        self.signs = {word: (sign[1:], 1 if sign[0] == "+" else -1) for word, sign in signs}
        self.connecting = self["words"] | self["linking"]
        """Those that state nothing by themselves."""
        self.all = self.connecting.union(*self.by("nouns").values())

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._sets.get(name, frozenset())

    def by(self, name: str) -> Mapping[str, frozenset[str]]:
        """The sets of words under a name."""
        return self._tables.get(name, {})


@lru_cache(maxsize=4)
def words_of(language: str) -> Words:
    """The words of a language: `en` or `zh`."""
    return Words(rows_of(language))


@lru_cache(maxsize=64)
def pattern(name: str) -> re.Pattern[str]:
    """A regular expression of `words/patterns.yaml`."""
    return compiled(rows_of("patterns")[name])


def compiled(text: str) -> re.Pattern[str]:
    """A regular expression as a file has it, with line breaks after bars."""
    return re.compile("|".join(part.strip() for part in text.split("|")), re.IGNORECASE)


@lru_cache(maxsize=8)
def rows_of(name: str) -> Mapping[str, Any]:
    """A file of `words/`."""
    rows: dict[str, Any] = read_yaml(HERE / f"{name}.yaml")
    return rows


@lru_cache(maxsize=1)
def units() -> Mapping[str, tuple[str, float]]:
    """By unit, what it measures and its size in that measure's first unit."""
    return {
        str(unit): (kind, float(size))
        for kind, by in rows_of("units").items()
        for unit, size in by.items()
    }


def negated(text: str) -> bool:
    """Whether a text contains a negation, English or Chinese."""
    return bool(denial_in(text))


def denial_in(text: str) -> str:
    """A text from its first negation on, English or Chinese; empty where it has none."""
    english = words_of("en")["denying"]
    found = (m.start() for m in re.finditer(r"\w+(?:['’]\w+)?", text) if m[0].casefold() in english)
    chinese = (text.find(word) for word in words_of("zh")["denying"])
    starts = [*found, *(at for at in chinese if at >= 0)]
    return text[min(starts) :] if starts else ""
