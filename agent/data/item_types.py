"""What an item may be called: a film, a book, an article, a thing of a shop.

An author alone makes no book, and minutes no film: many kinds of things have them. So an item is
called after its kind only where its own type says it, where several of its fields do, or where the
domain is named after it and nothing speaks against it; else it is `any`, and the text takes a noun
that is true of everything.
"""

import re
from collections.abc import Iterator

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of, words_in
from shelftalker.data.values import texts_of
from shelftalker.language.stems import has_chinese

TITLED = frozenset(
    re.findall(
        r"[\w-]+",
        "thriller comedy musical western documentary drama adventure mystery romance animation "
        "children history biography action crime horror fantasy war sci-fi science-fiction fiction "
        "喜剧 剧情 爱情 动作 惊悚 恐怖 科幻 犯罪 悬疑 动画 冒险 战争 纪录片 奇幻 西部 歌舞",
    )
)
"""Genres of films and novels: what has one may be called a title."""


def noun_of(item: Item) -> str:
    """`film`, `book`, `music`, `news`, `thing` (of a shop); where that is not sure `title` for what
    has a genre of films and novels, else `any`."""
    roles = {role_of(field) for field in item.attributes}
    if "brand" in roles and not roles & PEOPLE:
        return "thing"
    words = {word for field in item.attributes for word in words_in(field)}
    found = _said_by_type(item) or ("other" if words & _OTHERS else _by_fields(item, roles, words))
    if found in ("", "other"):
        unsure = "title" if TITLED & set(_genres(item)) else "any"
        return unsure if found else item.called or unsure
    return found


def called_in(domain: str) -> str:
    """What a domain's name calls its items, empty where it tells nothing: `film` for `films-de`."""
    words = re.findall(r"[^\W\d_]+", domain.casefold())
    return next((_DOMAINS[word] for word in words if word in _DOMAINS), "")


def names_a_kind(text: str) -> bool:
    """Whether a text says what something is and no more: `Books`."""
    return text.casefold() in _KINDS


def _said_by_type(item: Item) -> str:
    """The kind that a field like `type` names; `other` for one that is none of ours."""
    for field, value in item.attributes.items():
        if words_in(field) and words_in(field)[-1] in _TYPES:
            for text in texts_of(value):
                if kind := _KINDS.get(text.casefold()):
                    return kind
    return ""


def _by_fields(item: Item, roles: set[str], words: set[str]) -> str:
    """The kind that several fields speak for."""
    making = roles & {"director", "cast", "runtime", "writer"}
    if making & {"director", "cast"} and (len(making) > 1 or TITLED & set(_genres(item))):
        return "film"
    if "author" in roles and (_counts_pages(item) or words & _BOOKS or _is_shelved_as_book(item)):
        return "book"
    if "artist" in roles and words & _RECORDS:
        return "music"
    reported = roles & {"author", "topic"} and words & {"section", "栏目"} and _has_day(item)
    return "news" if reported or ("entities" in words and "genre" in roles) else ""


def _counts_pages(item: Item) -> bool:
    """Whether the pages are a number: of an article in a journal they are a range."""
    return any(role_of(f) == "pages" and str(v).isdigit() for f, v in item.attributes.items())


def _is_shelved_as_book(item: Item) -> bool:
    """Whether a shop files it under books."""
    shelves = [texts_of(v) for f, v in item.attributes.items() if role_of(f) == "genre"]
    return any(_KINDS.get(text.casefold()) == "book" for texts in shelves for text in texts)


def _has_day(item: Item) -> bool:
    """Whether a date has more than its year."""
    dates = [str(v) for f, v in item.attributes.items() if role_of(f) == "year"]
    return any(len(re.findall(r"\d+", date)) > 1 for date in dates)


def _genres(item: Item) -> Iterator[str]:
    """The genres in lower case, and not the sections of a site or shop; of a Chinese one also what
    stands before 片."""
    for field, value in item.attributes.items():
        if role_of(field) == "genre" and words_in(field)[-1] not in _SHELVES:
            for text in texts_of(value):
                yield text.casefold().replace(" ", "-")
                if has_chinese(text):
                    yield text.removesuffix("片")


_TYPES = frozenset({"type", "kind", "format", "medium", "media", "binding"})  # fmt: skip
_SHELVES = frozenset({"category", "categories", "subcategory", "section", "cat", "分类", "类别",
                      "品类", "栏目"})  # fmt: skip
_KINDS = {
    word: noun
    for noun, words in {
        "film": "film,films,movie,movies,feature film,short film,电影",
        "book": "book,books,paperback,hardcover,hardback,ebook,novel,novels,图书,书,书籍,平装,精装",
        "news": "article,articles,news article",
        "music": "album,albums,single,ep,lp,song,songs,track,专辑,单曲,歌曲",
        "other": "tv,tv show,tv series,series,miniseries,show,episode,game,board game,video game,"
        "play,opera,concert,course,podcast,recipe,video,app,audiobook,paper,journal article,"
        "thesis,preprint,post,电视剧,剧集,综艺,论文,游戏,课程,播客",
    }.items()
    for word in words.split(",")
}
_BOOKS = frozenset({"isbn", "isbn10", "isbn13", "edition", "paperback", "binding", "book", "装帧"})
_RECORDS = frozenset(
    {"album", "albums", "track", "tracks", "song", "songs", "label", "bpm", "专辑"}
)
_OTHERS = frozenset(
    {"ingredients", "servings", "players", "mechanics", "designer", "seasons", "episodes",
     "season", "episode", "podcast", "host", "hosts", "doi", "journal", "venue", "conference",
     "arxiv", "handle", "retweets", "followers", "platform", "platforms", "developer",
     "instructor", "composer", "conductor", "theatre", "theater",
     "食材", "玩家人数", "主持人", "期刊", "会议", "季数", "集数"}
)  # fmt: skip
"""Words of fields that only other kinds have: recipes, games, series, podcasts, papers, posts."""
_DOMAINS = {
    word: noun
    for noun, words in {
        "film": "film films movie movies cinema",
        "book": "book books novel novels library",
        "news": "news article articles newspaper",
        "music": "music album albums song songs track tracks artists",
    }.items()
    for word in words.split()
}
