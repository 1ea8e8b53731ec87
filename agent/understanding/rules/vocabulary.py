"""The vocabulary of a catalogue: its values, names, titles and numeric fields, indexed by words.

Built once per catalogue, then read-only. Fields are sorted into categories (genre, colour, country:
few values; plurals and synonyms match), names (people, brands: match as a whole, by a unique
surname, or with a small misspelling), numbers and flags. Free-text fields are left out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import Column, list_members
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.tokens import phrase, stem
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.transliteration import SoundedNames

Phrase = tuple[str, ...]
Measure = Literal["year", "minutes", "seconds", "hours", "price", "plain"]

K = TypeVar("K")

FUZZY_LETTERS = 6
FUZZY_SCORE = 90
MAX_MEANINGS = 8
"""Meanings kept per phrase; a phrase with more is ambiguous anyway."""
MAX_PHRASE_WORDS = 8
FEW_ITEMS = 10
"""Items of a value below which it may be incidental."""
MANY_ITEMS = 100
"""Items of a catalogue from which a shelf of one is none."""
DAYS_OF_A_YEAR = 365.2425


class VocabularyEntry(NamedTuple):
    """One value of one field, on `rows` items. `tied`: a common word, a value only in context."""

    field: str
    value: str
    rows: int
    tied: bool = False


class CatalogVocabulary:
    """The words of one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self.size = catalog, len(catalog)
        self.categories: dict[Phrase, tuple[VocabularyEntry, ...]] = {}
        self.names: dict[Phrase, tuple[VocabularyEntry, ...]] = {}
        self.surnames: dict[str, tuple[VocabularyEntry, ...]] = {}
        self.given_names: dict[str, tuple[VocabularyEntry, ...]] = {}
        self.measures: dict[str, Measure] = {}
        self.dates: list[str] = []
        self.era = (float("inf"), float("-inf"))
        self.flags: dict[Phrase, str] = {}
        self.single: set[str] = set()
        self.coverage: dict[str, float] = {}
        for field in dict.fromkeys([*catalog.fields, "language", "price"]):
            self._read_field(field, catalog.column(field))
        self._add_compounds()
        self.titles = _titles(catalog)
        self.title_text = "\n".join(item.title.lower() for item in catalog)
        self._blocks = _blocks(name for name in self.names if len(" ".join(name)) >= FUZZY_LETTERS)
        self._title_blocks = _blocks(self.titles)

    def measured(self, measure: Measure) -> list[str]:
        """The numeric fields with this measure."""
        return [field for field, known in self.measures.items() if known == measure]

    @property
    def durations(self) -> dict[str, float]:
        """The fields of durations, with how many of their units a minute has."""
        units: dict[Measure, float] = {"minutes": 1, "seconds": 60, "hours": 1 / 60}
        return {field: unit for one, unit in units.items() for field in self.measured(one)}

    def spelled(self, field: str, text: str) -> str | None:
        """The catalogue's spelling of a value of a field, also for a plural, a synonym, a unique
        surname or a misspelled name; None if the field has no such value."""
        words = phrase(text)
        surname = self.surnames.get(words[0], ()) if len(words) == 1 else ()
        near = self.near_name(words) or ()
        for entries in (
            self.categories.get(_stems(words), ()),
            self.names.get(words, ()),
            surname if len({entry.value for entry in surname}) == 1 else (),
            self.names.get(near, ()),
        ):
            if items := [entry.value for entry in entries if entry.field == field]:
                return items[0]
        return None

    @cached_property
    def frequency(self) -> Counter[str]:
        """For each stem, how many items have it in their title, text or fields."""
        counts: Counter[str] = Counter()
        stems = lru_cache(100_000)(lambda text: frozenset(map(stem, phrase(text))))
        for item in self._catalog:
            values = (str(one) for value in item.facts().values() for one in list_members(value))
            counts.update(frozenset().union(*map(stems, (item.title, item.text, *values))))
        return counts

    @cached_property
    def sounded(self) -> SoundedNames:
        """The names of people by their sound."""
        named = (entry for entries in self.names.values() for entry in entries)
        return SoundedNames({e.value: e.rows for e in named if role_of(e.field) in PEOPLE})

    def is_incidental(self, entry: VocabularyEntry) -> bool:
        """Whether few items have a value and more than as many others only speak of it, or a single
        one of many has it: no shelf that a visitor would ask for."""
        if not 0 < entry.rows < FEW_ITEMS:
            return False
        if entry.rows == 1 and self.size > MANY_ITEMS:
            return True
        value = _stems(phrase(entry.value))
        if len(value) > 1 and not value[0].isascii():
            return False  # 花 and 茶 say nothing of 花茶
        return min((self.frequency[word] for word in value), default=0) > 2 * entry.rows

    def near_name(self, words: Phrase) -> Phrase | None:
        """The most similar name (at least `FUZZY_SCORE` of 100), or None."""
        return _nearest(words, self._blocks)

    def near_title(self, words: Phrase) -> Phrase | None:
        """The most similar title (at least `FUZZY_SCORE` of 100), or None."""
        return _nearest(words, self._title_blocks)

    def _read_field(self, field: str, column: Column) -> None:
        present = [value for value in column.values if value is not None and value != ""]
        if not present:
            return
        self.coverage[field] = len(present) / len(column.values)
        sample = present[0]
        if isinstance(sample, bool):
            self.flags[phrase(field.replace("_", " "))] = field
        elif isinstance(sample, int | float):
            self.measures[field] = _measure(field, column)
            if self.measures[field] == "year":
                self._widen_era(column.numbers)
        elif column.is_dates:
            self.dates.append(field)
            self._widen_era(column.days / DAYS_OF_A_YEAR)
            self.dates.sort(key=lambda name: not re.search("publi|release|issue", name, re.I))
        else:
            if not isinstance(sample, list | tuple):
                self.single.add(field)
            self._read_values(field, column, len(present))

    def _widen_era(self, years: npt.NDArray[np.float64]) -> None:
        """Extend `era`, the first and the last year that any field has."""
        self.era = min(self.era[0], np.nanmin(years)), max(self.era[1], np.nanmax(years))

    def _read_values(self, field: str, column: Column, present: int) -> None:
        values = column.spelling
        if sum(map(len, values)) > 40 * len(values):
            return
        category = _is_category(field, len(values), present)
        for key, value in values.items():
            words = phrase(value)
            if not words or len(words) > MAX_PHRASE_WORDS:
                continue
            entry = VocabularyEntry(field, value, len(column.rows[key]), _is_tied(field, words))
            if category:
                self._add_category(words, entry)
            else:
                self._add_name(words, entry)

    def _add_category(self, words: Phrase, entry: VocabularyEntry) -> None:
        for other in _synonyms(entry.field, words):
            same = entry._replace(tied=_is_tied(entry.field, other))
            _put(self.categories, _stems(other), same)
        for form in {words, tuple(w for w in words if w not in ("and", "und", "et", "y"))}:
            if form:
                _put(self.categories, _stems(form), entry)

    def _add_compounds(self) -> None:
        """科幻小说 means 科幻 if the catalogue has no value 科幻小说."""
        for words, entries in list(self.categories.items()):
            plain = [e for e in entries if e.field.casefold() not in request_words.COLOURS.split()]
            if len(words) < 2 or words[0].isascii() or not plain:
                continue
            for noun in request_words.NOUNS_ZH.split():
                if "".join(words).endswith(noun):
                    break
                self.categories.setdefault((*words, *noun), tuple(plain))

    def _add_name(self, words: Phrase, entry: VocabularyEntry) -> None:
        _put(self.names, words, entry)
        for index, word in ((self.surnames, words[-1]), (self.given_names, words[0])):
            if len(words) > 1 and len(word) >= 4 and word not in request_words.COMMON:
                _put(index, word, entry)


def _put(index: dict[K, tuple[VocabularyEntry, ...]], words: K, entry: VocabularyEntry) -> None:
    known = index.get(words, ())
    if len(known) < MAX_MEANINGS and not any(other[:2] == entry[:2] for other in known):
        index[words] = (*known, entry)


def _is_category(field: str, distinct: int, present: int) -> bool:
    name, few = field.casefold(), distinct <= min(300, max(8, 0.2 * present))
    listed = name in request_words.CATEGORY_FIELDS.split()
    return (listed or few) and name not in request_words.NAME_FIELDS.split()


def _is_tied(field: str, words: Phrase) -> bool:
    if field.casefold() in request_words.COLOURS.split():
        return False
    return len(words) == 1 and (words[0] in request_words.COMMON or words[0].isdigit())


def _measure(field: str, column: Column) -> Measure:
    """The measure of a numeric field, from its name and its values."""
    numbers = column.numbers[~np.isnan(column.numbers)]
    name, role = field.casefold(), role_of(field)
    if role == "price" or "price" in name or name == "cost":
        return "price"
    if role == "year" or "year" in name or name in ("published", "released"):
        return "year"
    if role == "runtime" or any(hint in name for hint in ("duration", "length", "playtime")):
        if name.endswith("hours"):
            return "hours"
        return "seconds" if np.median(numbers) > 1000 or "sec" in name else "minutes"
    return "minutes" if name == "minutes" else "plain"


@lru_cache(maxsize=8)
def _groups(table: str) -> dict[Phrase, tuple[Phrase, ...]]:
    """Every phrase of a synonym table with all the phrases of its lines."""
    groups: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in table.splitlines():
        group = tuple(phrase(part) for part in line.split("/"))
        for member in group:
            groups[member] = groups.get(member, ()) + group
    return groups


def _synonyms(field: str, words: Phrase) -> tuple[Phrase, ...]:
    name, table = field.casefold(), request_words.SYNONYMS
    if name.startswith("language"):
        table = request_words.LANGUAGES
    if name.startswith(("countr", "region", "origin")):
        table = request_words.COUNTRIES
    return _groups(table).get(words, ())


def _stems(words: Phrase) -> Phrase:
    return tuple(stem(word) for word in words)


def _titles(catalog: Catalog) -> dict[Phrase, tuple[str, ...]]:
    """Items by the words of their title: whole, without its article, a bracket or a subtitle."""
    items: dict[Phrase, list[str]] = {}
    for item_id, title in zip(catalog.ids, catalog.frame["title"], strict=True):
        main = phrase(title.partition(": ")[0])
        forms = _forms(phrase(title), phrase(title.partition(" (")[0]), main if main[1:] else ())
        for form in forms:
            items.setdefault(form, []).append(item_id)
    return {form: tuple(dict.fromkeys(ids)) for form, ids in items.items()}


def _forms(*titles: Phrase) -> Iterable[Phrase]:
    for title in dict.fromkeys(titles):
        if title:
            yield title
            if len(title) > 1 and title[0] in ("the", "a", "an"):
                yield title[1:]


def _blocks(phrases: Iterable[Phrase]) -> dict[tuple[int, str, str], list[str]]:
    """Phrases by what those that are compared have in common."""
    blocks: defaultdict[tuple[int, str, str], list[str]] = defaultdict(list)
    for words in phrases:
        blocks[_block_of(words)].append(" ".join(words))
    return blocks


def _block_of(words: Phrase) -> tuple[int, str, str]:
    return len(words), words[0][:1], words[-1][:1]


def _nearest(words: Phrase, blocks: dict[tuple[int, str, str], list[str]]) -> Phrase | None:
    joined = " ".join(words)
    if len(joined) < FUZZY_LETTERS:
        return None
    best = process.extractOne(
        joined, blocks.get(_block_of(words), ()), scorer=fuzz.ratio, score_cutoff=FUZZY_SCORE
    )
    return tuple(best[0].split(" ")) if best else None
