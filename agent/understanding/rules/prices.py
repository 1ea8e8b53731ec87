# ruff: noqa: E501
"""Sums of money in a message: "under $20", "thirty bucks", "exactly 19.99", "for free", 三十元以下."""

import re
from collections.abc import Iterator

from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.tokens import stem
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.bound import ABOUT, LESS, MORE, OR_SO, TO, Quantity, bound
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

NEAR = 0.25
"""Tolerance of "about" for prices, as a share of the sum."""
LEAST_IN_WORDS = 10
"""A number in words without a currency ("under five") below this is no price."""
_CURRENCY = r"(?:dollars?|bucks|usd|euros?|eur|pounds?|gbp|quid|\$|€|£|¥|美元|欧元|元|块(?:钱)?|yuan|cents|人民币)"
_COSTING = r"(?:(?:that )?(?:costs?|costing|priced?(?: at)?|for|budget(?: of)?(?: is)?|spend|pour|por|für|fur) )?"
_PRICE_WORDS = r"[$€£¥]|cheap|expensive|barat|billig|gunstig|cher|pric|cost|budget|spend"
_BARE_END = r"(?=\s*(?:$|[,;!?，。]|\.(?!\d)|and\b|but\b|please\b|或|的))"
_EXACTLY = r"(?:exactly|precisely|genau|exactement|exactamente|正好|刚好|恰好)(?: (?:at|for|zu|a))?"
_NO_PRICE = (
    r"(?! ?(?:off|discount|cheaper|more|less|bills?|notes?|vouchers?|coupons?|gutschein|优惠|折))"
)


def _money(name: str) -> str:
    """A pattern for a sum with or without a currency; `name` is the group of the amount."""
    return rf"(?:[$€£¥] ?)?(?P<{name}>{NUMBER})(?:\s?{_CURRENCY}(?![a-z]))?"


_PATTERNS = [
    (re.compile(pattern), side)
    for pattern, side in (
        (rf"(?:between|from|zwischen|entre)? ?{_money('low')}{TO}{_money('high')}", "both"),
        (rf"(?<![a-z]){_COSTING}{_EXACTLY} ?{_money('exact')}", "exact"),
        (rf"{_money('exact')} ?(?:exactly|precisely|on the dot|整)", "exact"),
        (rf"(?<![a-z]){_COSTING}{LESS} ?{_money('high')}", "high"),
        (rf"(?<![a-z]){_COSTING}{MORE} ?{_money('low')}", "low"),
        (rf"{_money('high')} ?(?:or (?:less|cheaper|under)|at most|max|tops|以下|以内|之内|之下)", "high"),
        (rf"{_money('low')} ?(?:or more|and up|\+(?![\w+])|以上|起)", "low"),
        (rf"\b(?:budget(?: of| is|:)?|spend(?: up to)?) {_money('high')}", "high"),
        (rf"(?<![a-z]){_COSTING}{ABOUT} ?{_money('near')}", "near"),
        (rf"{_money('near')} ?{OR_SO}", "near"),
    )
]  # fmt: skip
LIMITS = [pattern for pattern, _ in _PATTERNS]
"""Words that make a sum a limit."""
_SUM = re.compile(
    rf"(?<![a-z\d.,]){_COSTING}(?:[$€£¥] ?(?P<high>{NUMBER})(?!\d)|(?P<high_>{NUMBER})\s?{_CURRENCY}(?![a-z])){_NO_PRICE}"
)
_FREE = re.compile(
    r"(?<![a-z-])(?:for free|free of (?:charge|cost)|at no cost|no charge|costs? nothing|gratis|kostenlos\w*|umsonst|gratuite?s?|免费)(?![a-z])"
    r"|(?:^|(?<=\bnot )|(?<=\bnothing )|(?<![a-z])(?:a|an|any|some|something|anything|only|totally|completely|that's|that is|which is) )"
    r"free(?= (?P<noun>[a-z]+)|\s*(?:$|[,.;!?])| (?:and|but|please|or)\b)"
)


def prices(text: str, vocabulary: CatalogVocabulary) -> Iterator[Quantity]:
    """Bounds from sums with a currency, or from a bare bound at the end of a clause ("under 20"). A
    sum alone is an upper bound."""
    for field in vocabulary.measured("price")[:1]:
        for pattern, side in _PATTERNS:
            for match in pattern.finditer(text):
                if _is_money(match, text):
                    yield _priced(match, side, field)
        for match in _FREE.finditer(text):
            noun = match["noun"]
            if noun is None or noun in _AFTER_FREE or (stem(noun),) in vocabulary.categories:
                yield Quantity(match.start(), match.end(), field, None, 0.0)
        for match in _SUM.finditer(text):
            most = _amount(match, match["high"] or match["high_"])
            yield Quantity(match.start(), match.end(), field, None, most)


_AFTER_FREE = {*request_words.ITEM_NOUNS, "and", "but", "please", "or"}


def _priced(match: re.Match[str], side: str, field: str) -> Quantity:
    if side == "both":
        low, high = (_amount(match, match[end]) for end in ("low", "high"))
        return Quantity(match.start(), match.end(), field, low, high)
    amount = _amount(match, match[side])
    if side == "exact":
        return Quantity(match.start(), match.end(), field, amount, amount)
    return bound(match, field, side, amount, near=NEAR)


def _amount(match: re.Match[str], text: str) -> float:
    return value(text) / (100 if re.search(r"\bcents\b", match[0]) else 1)


def names_money(text: str) -> bool:
    """Whether the text names a currency or a price."""
    return bool(re.search(rf"{_CURRENCY}|{_PRICE_WORDS}", text))


def _is_money(match: re.Match[str], text: str) -> bool:
    if names_money(match[0]):
        return True
    if match.groupdict().get("near") and re.search("左右|上下", match[0]):
        return not 1900 <= value(match["near"]) <= 2100
    amounts = [match[name] for name in ("low", "high", "exact") if match.groupdict().get(name)]
    plain = len(amounts) == 1 and (amounts[0][0].isdigit() or value(amounts[0]) >= LEAST_IN_WORDS)
    return plain and bool(re.match(_BARE_END, text[match.end() :]))


VAGUE = re.compile(
    r"(?<![a-z-])(?:(?:very |quite |really |fairly )?(?:cheap|inexpensive|affordable|low[ -]priced|low[ -]cost)(?! than)|good value"
    r"|gunstig(?:e[nrs]?)?|billig(?:e[nrs]?)?|preiswert(?:e[nrs]?)?|bon marche)(?![a-z])|(?<!最)(?:便宜|实惠|平价)(?!一点|点|些)"
)
"""Words for a low price without a sum."""
