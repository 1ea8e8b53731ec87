"""The roles of attributes by their names: one set of roles for the fields of many catalogues.

A name is split into words, and its last word decides, as in `release_date` and 出版年份. Names of
somebody else's attribute, as `author_country`, have no role.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from shelftalker.data.words import word_lists

_LISTS = word_lists("field_roles")
_WORDS: dict[str, str] = _LISTS["roles"]
_CHINESE: dict[str, str] = _LISTS["chinese_roles"]
ROLES = frozenset(_WORDS)
PEOPLE = frozenset({"director", "cast", "writer", "author", "artist"})
_ROLE_OF_NAME = {"main_cat": "genre", "listed_in": "genre"}


@lru_cache(maxsize=4096)
def role_of(name: str) -> str:
    """The role of an attribute; its own name, case-folded, where it has none."""
    folded = name.casefold()
    if folded in _ROLE_OF_NAME:
        return _ROLE_OF_NAME[folded]
    if chinese := _CHINESE_SUFFIX.search(folded):
        return _CHINESE_ROLES[chinese[1]]
    words = words_in(folded)
    role = _role_of_head(words)
    return role if role and not _belongs_elsewhere(role, words) else folded


def is_catalogue_metadata(name: str) -> bool:
    """Whether an attribute describes the catalogue entry and not the item: ids, links, dates."""
    words = words_in(name)
    return bool(words) and (words[-1] in _IDENTIFIERS or not _OTHER_DATES.isdisjoint(words))


def chinese_role_words() -> frozenset[str]:
    """The Chinese words for roles."""
    return frozenset(_CHINESE_ROLES)


@lru_cache(maxsize=4096)
def words_in(name: str) -> tuple[str, ...]:
    """The words of an attribute's name, case-folded, without numbers."""
    return tuple(re.findall(r"[^\W\d_]+", name.casefold()))


def _belongs_elsewhere(role: str, words: Sequence[str]) -> bool:
    """Whether it is not the item's (`author_country`, `seller_country`) or a count."""
    if _OTHER_DATES & set(words) or (role != "pages" and _COUNTS & set(words)):
        return True
    others = [word for word in words if not _matches(role, word)]
    if role in ("country", "language"):
        return bool(set(others) - _ORIGIN - _IGNORED)
    return any(_matches(owner, word) for word in others for owner in (*PEOPLE, "brand"))


def _role_of_head(words: Sequence[str]) -> str:
    """The role of a name's main word: `country` in `country_of_origin`."""
    until = next((at for at, word in enumerate(words) if at and word in _ENDS_HEAD), len(words))
    head = [word for word in words[:until] if word not in _IGNORED] or list(words[:until])
    while len(head) > 1 and head[-1] in _COUNTS:
        head.pop()
    return next((role for role in _WORDS if head and _matches(role, head[-1])), "")


def _matches(role: str, word: str) -> bool:
    return bool(_PATTERNS[role].fullmatch(word))


_PATTERNS = {role: re.compile(words) for role, words in _WORDS.items()}
_CHINESE_ROLES = {word: role for role, words in _CHINESE.items() for word in words.split()}
_CHINESE_SUFFIX = re.compile(
    f"({'|'.join(sorted(_CHINESE_ROLES, key=len, reverse=True))})(?:姓名|名称|名|列表)?$"
)
_ENDS_HEAD = frozenset({"of", "and", "or", "in", "for", "by"})
_IGNORED = frozenset(_LISTS["ignored"].split())
_ORIGIN = frozenset(_LISTS["origin"].split())
_IDENTIFIERS = frozenset(_LISTS["identifiers"].split())
_COUNTS = _IDENTIFIERS | set(_LISTS["counts"].split())
_OTHER_DATES = frozenset(_LISTS["other_dates"].split())
