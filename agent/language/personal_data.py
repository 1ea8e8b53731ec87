"""Contact and payment data in what people type: found by shape and checksum, and taken out.

Mail addresses, phone numbers, cards (Luhn), bank accounts (IBAN) and Chinese identity numbers go
before a message is stored, or sent to a model. Nothing else is taken: a title may be a number.
"""

import re
from collections.abc import Callable, Iterator

MASK = "***"
_MAIL = re.compile(r"[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}", re.ASCII)
_DIGITS = re.compile(r"(?:\d[ -]?){11,18}[\dXx](?!\d)")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_PHONE_DIGITS = 7
_REGIONS = {"en": ("US", "GB"), "zh": ("CN",), "de": ("DE",)}


def without_personal_data(
    message: str, language: str = "en", keep: Callable[[str], bool] = lambda _: False
) -> str:
    """The message with `MASK` in the place of personal data, but where `keep` says that the text
    is something else, such as a product's number."""
    spans = [
        (start, end)
        for start, end in _found(message, language)
        if not keep(message[start:end].strip())
    ]
    for start, end in sorted(spans, reverse=True):
        message = message[:start] + MASK + message[end:]
    return message


def _found(message: str, language: str) -> Iterator[tuple[int, int]]:
    """The spans of personal data, none over another."""
    taken: list[tuple[int, int]] = []
    for start, end in _candidates(message, language):
        if all(end <= first or start >= last for first, last in taken):
            taken.append((start, end))
            yield start, end


def _candidates(message: str, language: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _MAIL.finditer(message))
    if sum(map(str.isdigit, message)) < _PHONE_DIGITS:
        return
    from stdnum import iban, luhn
    from stdnum.cn import ric

    for match in _ACCOUNT.finditer(message):
        start, account = match.start(), match.group()
        while account and not iban.is_valid(account):
            account = account.rpartition(" ")[0]  # the word after it
        if account:
            yield start, start + len(account)
    for match in _DIGITS.finditer(message):
        number = re.sub("[ -]", "", match.group())
        if ric.is_valid(number) or (_is_card(number) and luhn.is_valid(number)):
            yield match.span()
    yield from _phones(message, language)


def _is_card(number: str) -> bool:
    """Whether a number begins and is as long as those of the card networks (ISO/IEC 7812)."""
    return number.isdigit() and 13 <= len(number) <= 19 and number[0] in "3456"


def _phones(message: str, language: str) -> Iterator[tuple[int, int]]:
    """Phone numbers as they are written in the language's countries, or with a + anywhere."""
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in _REGIONS.get(language, ()):
        for match in PhoneNumberMatcher(message, region, leniency=Leniency.VALID):
            yield match.start, match.end
