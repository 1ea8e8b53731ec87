"""The rule about numbers: each must be what the catalogue, the history or the request says."""

from collections.abc import Sequence

from shelftalker.data.values import numbers_of
from shelftalker.writing.verifier.attribution import subject_of
from shelftalker.writing.verifier.sentence import Sentence, number_of
from shelftalker.writing.verifier.user_claims import ratings


def numbers(s: Sentence) -> str | None:
    """Every number needs a field, of the role that its unit says, or the catalogue's text."""
    for at, token in enumerate(s.tokens):
        number = number_of(token)
        if number is None or at in s.asked or at in s.denied:
            continue
        if token.kind == "word" and token.folded == "one" and s.unit(at) is None:
            continue
        if reason := _number_problem(s, at, number):
            return reason
    return ratings(s)


def _number_problem(s: Sentence, at: int, number: float) -> str | None:
    unit = s.unit(at)
    token = s.tokens[at]
    if _is_limit(s, at, number):
        return None
    if unit == "currency" or token.text[0] in "$€£¥":
        return "the catalogue names no currency"
    if unit == "stars":
        return None
    subject = subject_of(s, at)
    facts = numbers_of(s.facts.history[subject].item) if subject >= 0 else s.facts.numbers
    if unit == "hours":
        number, unit = number * 60, "runtime"
    roles = [unit] if unit else list(facts)
    if unit == "decade":
        return None if _is_decade(number, facts.get("year", [])) else f"wrong: {token.text}s"
    if any(number in facts.get(role, []) for role in roles):
        return None
    quoted = s.is_in_text(at) and not s.is_misquoted(at)
    return None if quoted else f"no fact says {token.text}"


def _is_limit(s: Sentence, at: int, number: float) -> bool:
    """`under $25`, where the request says it and the price is lower."""
    before = s.tokens[at - 1].folded if at else ""
    asked = s.tokens[at].text.lstrip("$€£¥") in s.facts.asked_words
    prices = s.facts.numbers.get("price", [])
    return before in ("under", "below") and asked and any(price < number for price in prices)


def _is_decade(number: float, years: Sequence[float]) -> bool:
    return any(year // 10 * 10 == number for year in years)
