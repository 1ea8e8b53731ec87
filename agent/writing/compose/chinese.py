"""Plain Chinese sentences about single facts. Names stay as in the catalogue, known values are
translated."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from shelftalker.data.item_types import is_type_name
from shelftalker.language.aliases import translated
from shelftalker.language.stems import has_chinese
from shelftalker.writing.compose.facts import Fact, fits
from shelftalker.writing.compose.language_composer import PHRASED, LanguageComposer
from shelftalker.writing.history import Past


class ChineseComposer(LanguageComposer):
    """Sentences and phrases in Chinese."""

    nouns: ClassVar[Mapping[str, str]] = {
        "film": "电影", "book": "书", "music": "作品", "news": "文章", "thing": "商品",
        "title": "作品", "any": "",
    }  # fmt: skip
    names_kinds: ClassVar = False
    counters: ClassVar[Mapping[str, str]] = {
        "film": "部", "book": "本", "music": "个", "news": "篇", "thing": "款", "title": "部",
        "any": "个",
    }  # fmt: skip

    @property
    def one(self) -> str:
        """`一部`."""
        return f"一{self.counters[self.item_type]}"

    @property
    def this(self) -> str:
        """`这部电影`."""
        return f"这{self.counters[self.item_type]}{self.noun}"

    def single(self, fact: Fact, subject: str = "它") -> str:
        """One sentence about one fact."""
        it, value = subject, self.joined(fact.values)
        patterns = {
            "director": f"{it}由{value}执导。", "cast": f"演员有{value}。",
            "writer": f"编剧是{value}。", "author": f"作者是{value}。",
            "artist": f"{it}出自{value}。",
            "genre": f"{it}属于{value}类型。", "topic": f"主题是{value}。",
            "country": f"{it}来自{value}。", "language": f"语言是{value}。",
            "title": f"规格是{value}。", "brand": f"品牌是{value}。",
            "year": f"{it}于{value}年上映。" if self.noun == "电影" else f"年份是{value}年。",
            "runtime": f"片长{value}分钟。", "pages": f"{it}有{value}页。",
            "price": f"价格是{value}。",
        }  # fmt: skip
        role = fact.role if fits(fact, self.item_type) else ""
        sentence = patterns.get(role) or self._plain(fact)
        return sentence if subject == "它" or subject in sentence else f"{subject}的{sentence}"

    def _plain(self, fact: Fact, subject: str = "") -> str:
        name, value = fact.field.replace("_", " "), self.joined(fact.values)
        if " " not in name:
            name = _NAMES.get(fact.role, name)
        return f"{name}是{value}{'分钟' if fact.field.startswith('minute') else ''}。"

    def history(self, title: str, field: str) -> str:
        """As the base class."""
        past = self.past.get(title)
        if past is None:
            return ""
        action = self.user_action(past, f"《{self.title_of(past)}》")
        if not past.drew:
            return f"{action}。"
        common = self.common(title, field)
        if common is None:
            return f"{action}。"
        also = self._sharing(common)
        return f"{action}，{'这' if also.startswith('是') else self.this}也{also}。"

    def request(self, asked: str) -> str:
        """As the base class."""
        asked = asked.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or "”" in asked:
            return ""
        return f"你想要“{asked}”。"

    def kind(self, fact: Fact) -> str:
        """`犯罪剧情片`; values without a Chinese word stay separate."""
        genres = [value for value in fact.values[:2] if not is_type_name(value)]
        values = [_chinese(value) for value in genres]
        if not genres:
            return self.noun
        if self.noun == "电影" and all(map(has_chinese, values)):
            return "".join(value.removesuffix("片") for value in values) + "片"
        return f"{self.joined(genres)}{self.noun}"

    def phrase(self, fact: Fact) -> str:
        """`由X执导`."""
        value = self.joined(fact.values[:2])
        return {"director": f"由{value}执导", "cast": f"演员有{value}", "writer": f"编剧是{value}",
                "author": f"作者是{value}", "artist": f"来自{value}", "country": f"来自{value}",
                "brand": f"来自{value}"}[fact.role]  # fmt: skip

    def user_action(self, past: Past, other: str) -> str:
        """`你给《X》打了4星`."""
        event = past.event
        if past.named:
            return f"你提到了{other}"
        if event.kind == "rating" and event.value is not None:
            return f"你给{other}打了{event.value:g}星"
        verb = {"like": "喜欢", "dislike": "不喜欢", "purchase": "买过", "play": "听过",
                "view": "浏览过", "click": "浏览过", "skip": "跳过", "rating": "评了"}  # fmt: skip
        return f"你{verb[event.kind]}{other}"

    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """`甲、乙和丙`, three at most."""
        shown = [_chinese(value) for value in values][:3]
        return "、".join(shown[:-1]) + "和" + shown[-1] if len(shown) > 1 else shown[0]

    def _sharing(self, fact: Fact) -> str:
        if fact.role == "genre" and self.kind(fact).endswith("片"):
            return f"是{self.one}{self.kind(fact)}"
        if fact.role == "cast":
            return f"有{self.joined(fact.values[:2])}出演"
        if fact.role == "author":
            return f"出自{self.joined(fact.values[:2])}"
        if fact.role in PHRASED:
            return self.phrase(fact)
        return f"属于{self.joined(fact.values)}"


_NAMES = {"publisher": "出版方", "runtime": "时长", "rating": "评分", "pages": "页数"}
"""Chinese names of fields by role; others keep the catalogue's name."""


def _chinese(value: str) -> str:
    return translated(value, "zh")
