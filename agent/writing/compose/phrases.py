"""English articles, plurals and clauses that several sentences use."""

import re

from shelftalker.data.relations import relation_words


def with_article(phrase: str) -> str:
    """`an action film`, `a 1994 comedy`, `an 18th-century drama`."""
    vowel = phrase[:1].lower() in "aeio8" or phrase.startswith(("11", "18"))
    return f"{'an' if vowel else 'a'} {phrase}"


def relation_phrase(field: str) -> str:
    """`is a sequel of`, `is based on`; empty for a field whose name is no relation."""
    *head, last = relation_words(field) or [""]
    name = " ".join(head)
    return f"is {with_article(name) if last == 'of' else name} {last}" if head else ""


def lowered(value: str) -> str:
    """`science fiction` for `Science Fiction`; `LCD` as it is."""
    return value.lower() if value.istitle() else value


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


def this_is(kind: str) -> str:
    """`these are gel pens`, `this is an ink cartridge`, `this is glue`."""
    if is_plural(kind):
        return f"these are {kind}"
    return f"this is {kind if is_uncountable(kind) else with_article(kind)}"


def is_plural(kind: str) -> bool:
    """`gel pens`, `scissors`, but not `canvas`, `glass`."""
    return kind.endswith("s") and not kind.endswith(("ss", "us", "is", "as"))


def is_uncountable(kind: str) -> bool:
    """`copy paper`: without an article, never `another`."""
    return kind.split()[-1] in _UNCOUNTABLE


_UNCOUNTABLE = frozenset(
    re.findall(
        r"\w+",
        "ink toner paper cardstock tape glue lead string twine ribbon chalk clay tea coffee rice "
        "soap "
        "shampoo flour wire thread yarn fabric foam paint wax oil food",
    )
)
