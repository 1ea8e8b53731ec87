"""Numbers in digits and in words: "1,299.00", "a hundred and twenty", "dreißig", 两百五十, 3千."""

import re

from shelftalker.language.packs import words

_SMALL = {word: n for n, line in words("numbers")["SMALL"].items() for word in line.split()}
_LARGE = {word: n for n, line in words("numbers")["LARGE"].items() for word in line.split()}
_WORD = "|".join(sorted([*_SMALL, *_LARGE], key=len, reverse=True))
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_HAN = "零〇一二两三四五六七八九十百千万"
_GOES_ON = rf"(?:(?:(?<=hundred)|(?<=thousand)) and (?=(?:{_WORD})(?! (?:hundred|thousand)))|[ -])"
NUMBER = (
    r"(?:\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?:[百千万](?!\d))?"
    rf"|(?>(?<![a-z])(?:an? (?=hundred|thousand|dozen|grand))?(?:{_WORD})(?![a-z])"
    rf"(?:{_GOES_ON}(?:{_WORD})(?![a-z])){{0,8}})"
    rf"|(?<![{_HAN}])[{_HAN}]{{1,12}})"
)
"""A pattern over folded text."""


def value(text: str) -> float:
    """The value of a match of `NUMBER`."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):  # thousands
        return float(re.sub("[.,]", "", text))
    if text[-1] in _PLACES and text[0].isdigit():
        return value(text[:-1]) * _PLACES[text[-1]]
    if text[0].isdigit():
        return float(text.replace(",", "."))
    if text.isascii() or "ß" in text:
        return _in_words(re.findall("[a-zß]+", text))
    return _in_chinese(text)


def _in_words(words: list[str]) -> float:
    total = current = 0
    for word in words:
        if word in _SMALL:
            current += _SMALL[word]
        elif word in _LARGE:
            current = max(current, 1) * _LARGE[word]
            if _LARGE[word] == 1000:
                total, current = total + current, 0
    return float(total + current)


def _in_chinese(text: str) -> float:
    total = section = digit = 0
    last = 10
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
            if sign in "零〇":
                last = 10
        elif sign == "万":
            total, section, digit, last = (total + section + digit or 1) * 10000, 0, 0, 10000
        else:
            section, digit, last = section + (digit or 1) * _PLACES[sign], 0, _PLACES[sign]
    trailing = digit * last // 10 if last > 10 and text[-1] in _DIGITS else digit  # 两百五: 250
    return float(total + section + trailing)
