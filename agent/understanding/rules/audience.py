"""The audience that a message names: "für meine Tochter, sie ist sechs", 适合六岁.

An age becomes a filter that the catalogue can check: on a minimum age, on a certificate, or on the
category of items for children.
"""

import re

from shelftalker.data.filters import Filter
from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.tokens import phrase, stem
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

CHILD_UNTIL = 11
"""Up to this age a request means items for children."""
SHELF = 0.02
"""Share of a catalogue that items for children must have to be all that a child's age may mean."""
MAX_AGE = 20
"""An age above this is not told from another number."""


def find_age(text: str) -> tuple[re.Match[str], int] | None:
    """The age in a folded message. "She is six" counts only if the message mentions a child."""
    names = ("AGED", "IS_AGED") if re.search(request_words.CHILD, text) else ("AGED",)
    patterns = (getattr(request_words, name).replace("{n}", f"({NUMBER})") for name in names)
    for match in (match for pattern in patterns for match in re.finditer(pattern, text)):
        age = value(next(filter(None, match.groups())))
        if age <= MAX_AGE:
            return match, int(age)
    return None


def age_filters(age: int, vocabulary: CatalogVocabulary) -> list[Filter]:
    """The filters for that age; none if the catalogue has no field for it."""
    for field in vocabulary.measured("plain"):
        if field.casefold() in request_words.AGE_FIELDS:
            return [Filter(field, "at_most", float(age))]
    if filters := _certified(age, vocabulary):
        return filters
    found = vocabulary.categories.get((stem("children"),), ())
    children = [entry for entry in found if entry.rows >= SHELF * vocabulary.size]
    if children and age <= CHILD_UNTIL:
        return [Filter(children[0].field, "contains", children[0].value)]
    return []


def _certified(age: int, vocabulary: CatalogVocabulary) -> list[Filter]:
    """The certificates allowed at that age, if the catalogue has such a field."""
    fields: dict[str, set[str]] = {}
    for entries in [*vocabulary.categories.values(), *vocabulary.names.values()]:
        for entry in entries:
            least = request_words.CERTIFICATES.get(" ".join(phrase(entry.value)), MAX_AGE)
            if entry.field.casefold() in request_words.CERTIFICATE_FIELDS and least <= age:
                fields.setdefault(entry.field, set()).add(entry.value)
    return [Filter(name, "any_of", tuple(sorted(values))) for name, values in fields.items()][:1]
