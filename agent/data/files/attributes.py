"""Values of a text column as numbers, flags, lists or texts, the same type for all its rows."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from shelftalker.data.catalog import Value
from shelftalker.data.files.cleaning import EMPTY, clean, clean_id, clean_prose, parsed_list

_COMMA_LISTS = {
    *("genre", "genres", "cast", "director", "directors", "writer", "writers", "country"),
    *("countries", "languages", "keywords", "tags", "actors", "categories", "listed_in"),
}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_ENTITIES = re.compile(r"\d+:[^;]+(;\d+:[^;]+)*;?")
_BRAND_PREFIX = re.compile(r"^(?:by|brand:) +", re.IGNORECASE)
_NO_VALUE = {"(no genres listed)"}


def attribute_values(name: str, column: str, values: Sequence[str | None]) -> list[Value | None]:
    """The values of a column, all of one type: lists, else numbers, else flags, else clean text."""
    texts = [None if v is None or v.strip() in EMPTY | _NO_VALUE else v.strip() for v in values]
    given = [text for text in texts if text is not None]
    parse = _parser(name, column, given)
    return [None if text is None else parse(text) for text in texts]


def _parser(name: str, column: str, given: list[str]) -> Callable[[str], Value | None]:
    split = _splitter(name, column, given)
    if split:
        return lambda text: _members(split(text))
    numbers = [text for text in given if _NUMBER.fullmatch(text)]
    if numbers and len(numbers) >= 0.9 * len(given):
        whole = all("." not in text or text.endswith(".0") for text in numbers)
        return partial(_number, whole=whole)
    if given and {text.lower() for text in given} <= {"true", "false"}:
        return lambda text: text.lower() == "true"
    if "brand" in name:
        return lambda text: clean_prose(_BRAND_PREFIX.sub("", text)) or None
    return lambda text: clean_prose(text) or None


def _number(text: str, whole: bool) -> Value | None:
    if not _NUMBER.fullmatch(text):
        return clean_prose(text) or None
    return int(text.removesuffix(".0")) if whole else float(text)


def _splitter(name: str, column: str, given: list[str]) -> Callable[[str], list[str]] | None:
    """The function that splits the values of a column into lists; None if they are not lists."""
    as_lists = sum(parsed_list(text) is not None for text in given if text.startswith("["))
    if as_lists and as_lists >= 0.9 * len(given):
        return lambda text: parsed_list(text) or []
    if column.endswith(":token_seq"):
        return str.split
    if given and all(_ENTITIES.fullmatch(text) for text in given):
        return lambda text: [part.partition(":")[2] for part in text.split(";") if part]
    if sum("|" in text for text in given) > 0.02 * len(given):
        return lambda text: text.split("|")
    if sum(" > " in text for text in given) > 0.5 * len(given):
        return lambda text: text.split(" > ")  # a path: `Electronics > Audio` is both
    if name in _COMMA_LISTS:
        return lambda text: text.split(",")
    return None


def _members(parts: list[str]) -> tuple[str, ...] | None:
    members = [clean(part) for part in parts]
    return tuple(dict.fromkeys(m for m in members if m and m not in EMPTY)) or None


def is_links(values: Sequence[str | None]) -> bool:
    """Whether at least 90% of the values of a column are web addresses."""
    given = [value for value in values if value and value.strip() not in EMPTY]
    links = sum(bool(re.match(r"\s*(https?://|www\.)\S+\s*$", value)) for value in given)
    return links > 0 and links >= 0.9 * len(given)


def price(text: str) -> float | None:
    """A price such as `$1,299.00`, `1.299,00 €`, `.99`, `1e3`; None for ranges, negative amounts
    and other text."""
    if re.fullmatch(r"\d+(?:\.\d+)?[eE]\+?\d", text.strip()):
        return float(text)
    match = re.fullmatch(r"[^\d\-,.]{0,5}\s*([.,]?\d[\d.,' \u00a0]*?)\s*[^\d\-,.]{0,5}", text)
    if not match:
        return None
    digits = re.sub(r"[' \u00a0]", "", match[1])
    last = max(digits.rfind("."), digits.rfind(","))
    both = "." in digits and "," in digits
    thousands = last > 0 and digits[last] == "," and not both and len(digits) - last - 1 == 3
    if last < 0 or thousands or digits.count(digits[last]) > 1:
        return float(re.sub(r"[.,]", "", digits))
    return float(re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :])


def image(text: str) -> str | None:
    """The first picture's address or path; None for a scheme other than http and https."""
    members = parsed_list(text)
    address = clean_id(members[0] if members else text)
    scheme = re.match(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):", address)
    return address or None if not scheme or scheme[1].lower() in ("http", "https") else None


def availability(text: str) -> bool | None:
    """Whether a text such as `in stock`, `no`, `0` means available; None if it means neither."""
    word = re.sub(r"[^a-z0-9]", "", text.lower())
    if word in {"true", "1", "yes", "y", "instock", "available", "10"}:
        return True
    if word in {"false", "0", "no", "n", "outofstock", "soldout", "unavailable", "discontinued"}:
        return False
    return None
