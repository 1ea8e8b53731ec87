"""Numbers in digits and in words: "1,299.00", "a hundred and twenty", "dreißig", 两百五十, 3千.

`ends` reads what Chinese leaves open: 两三百, 三百多.
"""

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
ROUGH_NUMBER = rf"(?:(?<![{_HAN}])几[十百千万]|{NUMBER}[多余几来]?)"
"""A number, or one that Chinese leaves open."""
ROUGHLY = 0.25
"""How far 来 reaches to both sides, as a share of the number."""
_ONES = "零〇一二两三四五六七八九"
_PAIR = re.compile(rf"(?<![{_ONES}])([{_ONES[2:]}])([{_ONES[2:]}])(?![{_ONES}])")


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


def ends(text: str) -> tuple[float, float]:
    """The lowest and the highest value of a match of `ROUGH_NUMBER`: 200 and 300 of 两三百, 300 and
    399 of 三百多, 75 and 125 of 一百来, 80 and 100 of 百八十. Both are the value of any other."""
    stated = re.sub("^几", "二九", text).rstrip("多余几来")
    if around := re.fullmatch(r"([百千万])(八[十百千])", stated):
        return value(around[2]), value(around[1])
    pair = _PAIR.search(stated)
    if pair and _DIGITS[pair[1]] < _DIGITS[pair[2]]:
        before, after = stated[: pair.start()], stated[pair.end() :]
        return value(before + pair[1] + after), value(before + pair[2] + after)
    number = value(stated)
    if text.endswith("来"):
        return number * (1 - ROUGHLY), number * (1 + ROUGHLY)
    place = next((n for n in (10000, 1000, 100, 10) if number and not number % n), 1)
    return number, number + (place - 1 if text[-1] in "多余几" else 0)


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
