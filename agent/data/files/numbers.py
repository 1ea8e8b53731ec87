"""Numbers and prices as people write them, with one decimal mark for a whole file.

`12,5`, `1.299,00 €` and `1,299.00` show which mark is the decimal one; `1,299` alone does not, and
is read as the other values of its column show it, else as those of the file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Mark = Literal[".", ","]
_AMOUNT = re.compile(r"[^\d\-,.]{0,6}([.,]?\d[\d.,' \u00a0\u202f]*?)\s*[^\d\-,.]{0,6}")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d")
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""One mark before exactly three digits: thousands or decimals."""
_CURRENCY = re.compile(r"[A-Z]{3}|[$€£¥₹₩₽₺]|\bzł|\bkr\b|\bKč|元|円")
SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Marks:
    """The decimal mark of a file, and whether values of it show it."""

    decimal: Mark = "."
    shown: bool = False


def marks_of(columns: Iterable[Sequence[str | None]], separator: str = ",") -> Marks:
    """The decimal mark that most values of these columns show. Where none does: a comma in a file
    that separates columns by semicolons (as spreadsheets of such countries do), else a point."""
    votes: Counter[Mark] = Counter()
    for values in columns:
        votes.update(mark for text in values[:SAMPLE] if text and (mark := _shown(text)))
    if votes:
        return Marks(votes.most_common(1)[0][0], True)
    return Marks("," if separator == ";" else ".")


def in_column(values: Sequence[str | None], file: Marks) -> Marks:
    """The marks of one column: its own where its values show them, else those of the file."""
    own = marks_of([values])
    return own if own.shown else file


def is_open(text: str) -> bool:
    """Whether a number can be read in two ways, such as `1,299`."""
    match = _AMOUNT.fullmatch(text.strip())
    return bool(match and _OPEN.fullmatch(match[1]))


def amount(text: str, decimal: Mark = ".") -> float | None:
    """A price such as `$1,299.00`, `1.299,00 €`, `USD .99`, `1e3`; None for ranges, negative
    amounts and other text. `decimal` decides about `1,299`."""
    text = text.strip()
    if _SCIENTIFIC.fullmatch(text):
        return float(text.replace(",", "."))
    plain = _digits(text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain) if plain else None
    mark, either = plain[last], _OPEN.fullmatch(plain)
    is_decimal = mark == decimal if either else plain.count(mark) == 1
    whole, part = re.sub(r"[.,]", "", plain[:last]), re.sub(r"[.,]", "", plain[last + 1 :])
    return float(f"{whole or 0}.{part or 0}") if is_decimal else float(whole + part)


def _digits(text: str) -> str:
    """The digits and marks of an amount, without the spaces between; empty for other text."""
    match = _AMOUNT.fullmatch(text.strip())
    return re.sub(r"[' \u00a0\u202f]", "", match[1]) if match else ""


def currencies(values: Iterable[str | None]) -> Counter[str]:
    """How often each currency sign or code stands in a column of prices."""
    prices = [text.strip() for text in values if text and _AMOUNT.fullmatch(text.strip())]
    return Counter(match.group() for text in prices if (match := _CURRENCY.search(text)))


def _shown(text: str) -> Mark | None:
    """The decimal mark that a value shows without doubt."""
    plain = _digits(text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0 or _OPEN.fullmatch(plain):
        return None
    mark: Mark = "." if plain[last] == "." else ","
    if plain.count(mark) == 1:
        return mark
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3}){2,}", plain)
    return ("," if mark == "." else ".") if grouped else None
