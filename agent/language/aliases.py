"""Other words for the same value of an attribute: English synonyms and translations."""

from collections.abc import Mapping, Sequence

from shelftalker.language.packs import words
from shelftalker.language.stems import stem

SYNONYMS: Mapping[str, Sequence[str]] = words("aliases")["SYNONYMS"]
TRANSLATIONS: Mapping[str, Mapping[str, str]] = words("aliases")["TRANSLATIONS"]
"""By language, the translation of a value."""
COUNTRY_ADJECTIVES: frozenset[str] = words("aliases")["COUNTRY_ADJECTIVES"]


def aliases_of(value: str) -> list[str]:
    """The synonyms and translations of a value."""
    key = _key(value)
    translations = [words[key] for words in TRANSLATIONS.values() if key in words]
    return [*SYNONYMS.get(key, ()), *translations]


def translated(value: str, language: str) -> str:
    """A value in another language, the value itself where no translation is known."""
    return TRANSLATIONS[language].get(_key(value), value)


def _key(value: str) -> str:
    folded = value.casefold()
    known = any(folded in words for words in TRANSLATIONS.values()) or folded in SYNONYMS
    return folded if known else stem(folded)
