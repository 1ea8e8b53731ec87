"""What kind of thing an attribute is, by its name: many catalogues, one set of roles.

A name is read as words, and its last one decides, as in `release_date` and 出版年份: `directions`
are no director. `author_country` is the author's, not the item's, so it has no role.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORDS = {
    "director": r"\w*directors?|direct(?:ed|s|ing)",
    "cast": r"cast|actors?|actress(?:es)?|starring",
    "writer": r"writers?|screenwriters?|written|writes|writing|screenplays?",
    "author": r"\w*authors?",
    "artist": r"\w*artists?|singers?|musicians?",
    "genre": r"\w*genres?|\w*categor(?:y|ies)|sections?",
    "topic": r"topics?|entit(?:y|ies)|keywords?|subjects?|tags?|hashtags?",
    "country": r"\w*countr(?:y|ies)|nations?",
    "language": r"\w*languages?",
    "brand": r"brands?|brandname|manufactur(?:ers?|ed)|makers?",
    "publisher": r"\w*publishers?|studios?|labels?|producers?",
    "year": r"\w*years?|dates?|pubdate|releasedate|releas(?:ed?|es)|published",
    "runtime": r"runtimes?|durations?|minutes?",
    "price": r"\w*prices?|costs?",
    "pages": r"pages?|pagecount|numpages",
    "rating": r"ratings?|stars?|scores?",
}
_CHINESE = {
    "director": "导演 执导",
    "cast": "演员 演员表 主演",
    "writer": "编剧",
    "author": "作者 著者",
    "artist": "歌手 艺人 艺术家 演唱者 乐队",
    "genre": "类型 分类 类别 品类 栏目",
    "topic": "主题 标签 关键词 话题",
    "country": "国家 地区 产地",
    "language": "语言 语种",
    "brand": "品牌 厂商 制造商",
    "publisher": "出版社 出版商 出版方 唱片公司 发行商",
    "year": "年份 年 日期 上映时间 出版时间 发行时间 发布时间",
    "runtime": "片长 时长",
    "price": "价格 售价 定价 单价",
    "pages": "页数",
    "rating": "评分",
}
ROLES = frozenset(_WORDS)
PEOPLE = frozenset({"director", "cast", "writer", "author", "artist"})
_WHOLE_NAMES = {"main_cat": "genre", "listed_in": "genre"}


@lru_cache(maxsize=4096)
def role_of(name: str) -> str:
    """The role of an attribute, or the attribute's own name where none is known."""
    folded = name.casefold()
    if folded in _WHOLE_NAMES:
        return _WHOLE_NAMES[folded]
    if chinese := _CHINESE_ENDING.search(folded):
        return _CHINESE_ROLES[chinese[1]]
    words = words_in(folded)
    role = _role_of_head(words)
    return role if role and not _is_of_something_else(role, words) else folded


def keeps_a_record(name: str) -> bool:
    """Whether an attribute is about the entry in a system and not about the item: ids, links."""
    words = words_in(name)
    return bool(words) and (words[-1] in _ENTRIES or not _RECORDS.isdisjoint(words))


def chinese_names() -> frozenset[str]:
    """The names of roles in Chinese."""
    return frozenset(_CHINESE_ROLES)


@lru_cache(maxsize=4096)
def words_in(name: str) -> tuple[str, ...]:
    """The words of an attribute's name, in lower case, without numbers."""
    return tuple(re.findall(r"[^\W\d_]+", name.casefold()))


def _is_of_something_else(role: str, words: Sequence[str]) -> bool:
    """`author_country` and `seller_country` are not the item's, `review_count` counts."""
    if _RECORDS & set(words) or (role != "pages" and _COUNTS & set(words)):
        return True
    others = [word for word in words if not _matches(role, word)]
    if role in ("country", "language"):
        return bool(set(others) - _MAKING - _ASIDE)
    return any(_matches(whose, word) for word in others for whose in (*PEOPLE, "brand"))


def _role_of_head(words: Sequence[str]) -> str:
    """The role of what a name names: in `country_of_origin` the country."""
    until = next((at for at, word in enumerate(words) if at and word in _AFTER_HEAD), len(words))
    head = [word for word in words[:until] if word not in _ASIDE] or list(words[:until])
    while len(head) > 1 and head[-1] in _COUNTS:
        head.pop()
    return next((role for role in _WORDS if head and _matches(role, head[-1])), "")


def _matches(role: str, word: str) -> bool:
    return bool(_MATCHING[role].fullmatch(word))


_MATCHING = {role: re.compile(words) for role, words in _WORDS.items()}
_CHINESE_ROLES = {word: role for role, words in _CHINESE.items() for word in words.split()}
_CHINESE_ENDING = re.compile(
    f"({'|'.join(sorted(_CHINESE_ROLES, key=len, reverse=True))})(?:姓名|名称|名|列表)?$"
)
_AFTER_HEAD = frozenset({"of", "and", "or", "in", "for", "by"})
_ASIDE = frozenset({"name", "names", "list", "at", "on", "en", "zh"})
"""Words after what a name names that say nothing else of it."""
_MAKING = frozenset({"of", "origin", "original", "production", "spoken", "made", "in"})
_ENTRIES = frozenset(
    {"id", "ids", "url", "urls", "link", "links", "slug", "code", "codes", "email", "rank", "hash",
     "timestamp", "uuid", "isbn", "issn", "ean", "upc", "asin", "sku", "gtin", "doi"}
)  # fmt: skip
_COUNTS = _ENTRIES | {"count", "counts", "number", "numbers", "num", "total", "size", "bio",
                      "image", "photo"}  # fmt: skip
"""What is counted or kept of something is not the thing itself."""
_RECORDS = frozenset(
    {"added", "updated", "modified", "created", "crawled", "scraped", "imported", "born", "birth",
     "death", "founded", "expiry", "due", "start", "end", "event"}
)  # fmt: skip
"""Dates of the record, of people and of what is to come say nothing of when an item was made."""
