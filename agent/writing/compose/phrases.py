"""Small turns of English that several sentences share."""

from collections.abc import Sequence


def with_article(phrase: str) -> str:
    """`an action film`, `a 1994 comedy`, `an 18th-century drama`."""
    vowel = phrase[:1].lower() in "aeio8" or phrase.startswith(("11", "18"))
    return f"{'an' if vowel else 'a'} {phrase}"


def joined_clauses(about: str, clauses: Sequence[str]) -> str:
    """`a film from Italy, directed by X, with Y in the cast`."""
    return " ".join([about, ", ".join(clauses)]).strip() if clauses else about


def lowered(value: str) -> str:
    """`science fiction` for `Science Fiction`; `LCD` as it is."""
    return value.lower() if value.istitle() else value


def capital(sentence: str) -> str:
    """The sentence with a capital at its start."""
    return sentence[:1].upper() + sentence[1:]
