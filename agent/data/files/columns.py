"""Matching the columns of a file to our fields: usual names, missing headers, and `--map`."""

import re
from collections.abc import Mapping, Sequence

from shelftalker.errors import DataError

ITEM_FIELDS: dict[str, tuple[str, ...]] = {
    "id": (
        *("itemid", "movieid", "asin", "parentasin", "newsid", "artistid", "bookid", "productid"),
        *("articleid", "trackid", "songid", "isbn", "sku", "id", "iid", "item", "imdbid"),
        *("编号", "商品编号", "商品id", "图书编号", "电影编号", "新闻编号"),
    ),
    "title": (
        *("title", "name", "movietitle", "itemname", "itemtitle", "productname", "producttitle"),
        *("booktitle", "artistname", "trackname", "headline", "originaltitle"),
        *("标题", "名称", "商品名称", "商品名", "书名", "片名", "电影名", "歌名", "专辑名"),
    ),
    "text": (
        *("description", "text", "overview", "abstract", "summary", "plot", "body"),
        *("itemdescription", "itemsummary", "productdescription"),
        *("简介", "内容简介", "描述", "商品描述", "摘要", "正文"),
    ),
    "price": ("price", "unitprice", "listprice", "价格", "售价", "单价", "定价"),
    "image": (
        *("image", "imageurl", "img", "imgurl", "imurl", "pictureurl", "thumbnail", "poster"),
        *("imageurlhighres", "imageurll", "posterpath"),
    ),
    "language": ("language", "lang", "originallanguage"),
    "available": ("available", "availability", "instock", "isavailable"),
}
EVENT_FIELDS: dict[str, tuple[str, ...]] = {
    "user": (
        *("userid", "user", "reviewerid", "uid", "username", "visitorid", "customerid"),
        *("memberid", "personid", "用户", "用户id", "用户编号"),
    ),
    "item": (
        *("itemid", "item", "movieid", "asin", "parentasin", "newsid", "artistid", "bookid"),
        *("productid", "articleid", "trackid", "songid", "isbn", "sku", "iid"),
        *("商品编号", "商品id", "图书编号", "电影编号", "新闻编号"),
    ),
    "title": ("title", "标题"),
    "kind": ("kind", "event", "eventtype", "type", "action", "behavior", "interaction"),
    "value": (
        *("value", "rating", "overall", "stars", "score", "bookrating", "weight", "plays"),
        *("playcount", "listens", "liked", "clicked", "click", "label", "评分"),
    ),
    "time": (
        *("timestamp", "time", "unixreviewtime", "datetime", "date", "ts", "createdat"),
        *("eventtime", "reviewtime", "position", "时间"),
    ),
}
LEFT_OUT = {"alsobuy", "alsoview", "rank", "imdbid", "tmdbid", "descriptionsource"}
"""Columns that do not describe the item itself; `--map name=column` keeps one all the same."""

_SHAPES: list[tuple[list[str], list[str]]] = [
    # the pattern of each cell, and the column names of a file whose records fit
    ([r"N\d+", r"\w*", r"\w*", ".*", ".*", "http.*|", ".*", ".*"], [
        "news_id", "category", "subcategory", "title", "abstract", "url",
        "title_entities", "abstract_entities",
    ]),
    ([r"\d+", r"U\d+", ".*", r"(N\d+ ?)*", r"(N\d+-[01] ?)+"], [
        "impression_id", "user_id", "time", "history", "impressions",
    ]),
    ([r"\d+", ".+", "[01]", r"(\d+:.*)?"], ["user", "title", "label", "entities"]),
    ([r"\d+", r"\d+", r"\d+(\.\d+)?", r"\d{5,}"], ["user_id", "item_id", "rating", "timestamp"]),
    ([r"\d+", r".+ \(\d{4}\)", r"[\w' ()-]+(\|[\w' -]+)*"], ["movie_id", "title", "genres"]),
]  # fmt: skip


def key(column: str) -> str:
    """A column name for comparison: `item_id:token`, `itemId` and `Item ID` give the same."""
    return re.sub(r"[^a-z0-9\u3400-\u9fff]", "", column.split(":")[0].lower())


def column_list(columns: Sequence[str]) -> str:
    """Column names for a message: the first twenty, cut to 40 characters, printable ones only."""
    names = ["".join(filter(str.isprintable, column))[:40] for column in columns[:20]]
    more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
    return ", ".join(names) + more


def attribute_name(column: str) -> str:
    """A column name as an attribute: snake case, without a type suffix."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.split(":")[0].strip())
    name = re.sub(r"\W+", "_", name).strip("_").lower()
    return {"class": "genres", "release_year": "year"}.get(name, name) or column


def sniff_header(first: Sequence[list[str]], field_map: Mapping[str, str]) -> list[str] | None:
    """The column names of a file without a header; None for a file that has one."""
    head = first[0]
    known = {name for names in (*ITEM_FIELDS.values(), *EVENT_FIELDS.values()) for name in names}
    has_header = any(key(cell) in known for cell in head) or set(field_map.values()) & set(head)
    sample = first[:20]
    for patterns, names in _SHAPES:
        fitting = sum(_fits(record, patterns) for record in sample)
        if fitting >= 0.8 * len(sample) and (_fits(head, patterns) or not has_header):
            return names
    if has_header:
        return None
    are_names = all(re.fullmatch(r"[^\W\d][\w .:/()-]{0,60}", cell.strip()) for cell in head)
    return None if are_names else [f"column_{place}" for place in range(1, len(head) + 1)]


def _fits(record: list[str], patterns: list[str]) -> bool:
    return len(record) == len(patterns) and all(
        re.fullmatch(pattern, cell, re.S) for pattern, cell in zip(patterns, record, strict=True)
    )


def check_map(field_map: Mapping[str, str], *, items: bool, events: bool) -> None:
    """Raise `DataError` for a field that none of the files given could have.

    Items take any name: what is no field of ours becomes an attribute.
    """
    allowed = {**(ITEM_FIELDS if items else {}), **(EVENT_FIELDS if events else {})}
    for field, column in field_map.items():
        if field in allowed or (items and field not in EVENT_FIELDS):
            continue
        what = "items" if items else "events"
        raise DataError(
            f"--map {field}={column}: {what} have no field {field!r}; "
            f"allowed: {', '.join(allowed)}{' and attributes' if items else ''}"
        )


def match_columns(
    columns: Sequence[str],
    fields: Mapping[str, tuple[str, ...]],
    field_map: Mapping[str, str],
    file: str,
) -> dict[str, str]:
    """Our field → their column: from `--map`, else by the usual names. Raises `DataError` for a
    column in `--map` that the file does not have."""
    by_key = {key(column): column for column in reversed(columns)}
    matched: dict[str, str] = {}
    for field, names in fields.items():
        if field in field_map:
            matched[field] = _mapped(field, field_map[field], columns, file)
        else:
            usual = [by_key[name] for name in names if name in by_key]
            free = [column for column in usual if column not in matched.values()]
            if free:
                matched[field] = free[0]
    return matched


def _mapped(field: str, column: str, columns: Sequence[str], file: str) -> str:
    if column not in columns:
        raise DataError(
            f"{file} has no column {column!r}, which --map {field}={column} asks for; "
            f"its columns are {column_list(columns)}"
        )
    return column


def require(
    matched: Mapping[str, str], fields: Sequence[str], columns: Sequence[str], file: str
) -> None:
    """Raise `DataError` if one of `fields`, which every row needs, has no column."""
    missing = [field for field in fields if field not in matched]
    if missing:
        hint = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise DataError(
            f"{file} has no column for {' and '.join(missing)}; its columns are "
            f"{column_list(columns)}; say which one it is with {hint}"
        )
