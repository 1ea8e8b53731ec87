# ruff: noqa: E501
"""Numbers in digits and in words: "1,299.00", "a hundred and twenty", "dreißig", 两百五十, 3千."""

import re

_SMALL = {
    word: number
    for line in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
        "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze",
        "uno dos tres cuatro cinco seis siete ocho nueve diez",
    )
    for number, word in enumerate(line.split(), start=1)
} | {
    word: number
    for line in (
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "zwanzig dreißig vierzig funfzig sechzig siebzig achtzig neunzig",
        "vingt trente quarante cinquante soixante",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    )
    for number, word in zip(range(20, 100, 10), line.split(), strict=False)
}  # fmt: skip
_SMALL |= {"dreissig": 30, "quince": 15, "dozen": 12, "zero": 0}
_LARGE = {
    "hundred": 100, "hundert": 100, "cent": 100, "cien": 100,
    "thousand": 1000, "tausend": 1000, "mille": 1000, "mil": 1000, "grand": 1000,
}  # fmt: skip
_WORD = "|".join(sorted([*_SMALL, *_LARGE], key=len, reverse=True))
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10000}

_GOES_ON = rf"(?:(?:(?<=hundred)|(?<=thousand)) and (?=(?:{_WORD})(?! (?:hundred|thousand)))|[ -])"
NUMBER = (
    r"(?:\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?:[百千万](?!\d))?"
    rf"|(?>(?<![a-z])(?:an? (?=hundred|thousand|dozen|grand))?(?:{_WORD})(?![a-z])(?:{_GOES_ON}(?:{_WORD})(?![a-z])){{0,8}})"
    r"|(?<![零〇一二两三四五六七八九十百千万])[零〇一二两三四五六七八九十百千万]{1,12})"
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
