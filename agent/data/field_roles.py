"""The roles of attributes by their names: one set of roles for the fields of many catalogues.

A name is split into words, and its last word decides, as in `release_date` and 出版年份. Names of
somebody else's attribute, as `author_country`, have no role.
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
_IGNORED = frozenset({"name", "names", "list", "at", "on", "en", "zh"})
"""Words of a name that do not change its role."""
_ORIGIN = frozenset({"of", "origin", "original", "production", "spoken", "made", "in"})
_IDENTIFIERS = frozenset(
    {"id", "ids", "url", "urls", "link", "links", "slug", "code", "codes", "email", "rank", "hash",
     "timestamp", "uuid", "isbn", "issn", "ean", "upc", "asin", "sku", "gtin", "doi"}
)  # fmt: skip
_COUNTS = _IDENTIFIERS | {"count", "counts", "number", "numbers", "num", "total", "size", "bio",
                      "image", "photo"}  # fmt: skip
"""Words for a count of something, or for a text or picture of it, not the thing itself."""
_OTHER_DATES = frozenset(
    {"added", "updated", "modified", "created", "crawled", "scraped", "imported", "born", "birth",
     "death", "founded", "expiry", "due", "start", "end", "event"}
)  # fmt: skip
"""Words for dates other than an item's release: of the entry, of people, of events."""
