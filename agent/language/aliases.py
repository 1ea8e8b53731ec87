"""Other words for the same value of an attribute: English synonyms and translations."""

from collections.abc import Mapping

from shelftalker.language.stems import stem

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "adventure": ("adventures",),
    "animation": ("animated",),
    "biography": ("biographical",),
    "children": ("children's",),
    "comedy": ("comedies", "comic", "comedic"),
    "documentary": ("documentaries",),
    "drama": ("dramas", "dramatic"),
    "history": ("historical",),
    "musical": ("musicals",),
    "mystery": ("mysteries",),
    "romance": ("romances", "romantic"),
    "sci-fi": ("science fiction", "science-fiction"),
    "science fiction": ("sci-fi", "science-fiction"),
    "sport": ("sports",),
    "thriller": ("thrillers",),
    "western": ("westerns",),
    "united states": ("usa", "us", "american"),
    "united states of america": ("united states", "usa", "us", "american"),
    "united kingdom": ("uk", "british"),
    "france": ("french",),
    "germany": ("german",),
    "japan": ("japanese",),
    "china": ("chinese",),
    "italy": ("italian",),
    "film-noir": ("film noir",),
    "film noir": ("film-noir", "noir"),
    "electronic": ("electronica",),
    "hip hop": ("hip-hop",),
}

TRANSLATIONS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "action": "动作", "adventure": "冒险", "animation": "动画", "biography": "传记",
        "children": "儿童", "comedy": "喜剧", "crime": "犯罪", "documentary": "纪录",
        "drama": "剧情", "family": "家庭", "fantasy": "奇幻", "history": "历史",
        "horror": "恐怖", "musical": "歌舞", "mystery": "悬疑", "romance": "爱情",
        "sci-fi": "科幻", "science fiction": "科幻", "sport": "体育", "thriller": "惊悚",
        "war": "战争", "western": "西部", "united states": "美国",
        "united states of america": "美国", "united kingdom": "英国", "france": "法国",
        "germany": "德国", "japan": "日本", "china": "中国", "italy": "意大利",
        "canada": "加拿大", "spain": "西班牙", "india": "印度", "australia": "澳大利亚",
        "ireland": "爱尔兰", "norway": "挪威", "sweden": "瑞典", "denmark": "丹麦",
        "mexico": "墨西哥", "brazil": "巴西", "russia": "俄罗斯", "south korea": "韩国",
        "hong kong": "香港", "new zealand": "新西兰", "belgium": "比利时",
        "switzerland": "瑞士", "austria": "奥地利", "poland": "波兰", "film-noir": "黑色电影",
        "film noir": "黑色电影", "historical fiction": "历史小说", "jazz": "爵士",
        "rock": "摇滚", "pop": "流行", "folk": "民谣", "blues": "蓝调", "metal": "金属",
        "electronic": "电子", "classical": "古典", "ambient": "氛围", "hip hop": "嘻哈",
    },
}  # fmt: skip
"""By language, the translation of a value."""

COUNTRY_ADJECTIVES = frozenset(
    {"american", "british", "french", "german", "japanese", "chinese", "italian"}
)


def aliases_of(value: str) -> list[str]:
    """The synonyms and translations of a value."""
    key = _key(value)
    translations = [words[key] for words in TRANSLATIONS.values() if key in words]
    return [*SYNONYMS.get(key, ()), *translations]


def translated(value: str, language: str) -> str:
    """A value in another language, the value itself where no translation is known."""
    return TRANSLATIONS[language].get(_key(value), value)


def _key(value: str) -> str:
    folded = value.casefold()
    known = any(folded in words for words in TRANSLATIONS.values()) or folded in SYNONYMS
    return folded if known else stem(folded)
