"""Chinese sentences about one item. Names stay as in the catalogue, known values are translated."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from shelftalker.data.item_types import is_type_name
from shelftalker.language.aliases import translated
from shelftalker.language.stems import has_chinese, stems_of
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

    def opening(
        self, facts: Sequence[Fact], wanted: Collection[str] = ()
    ) -> tuple[str, list[Fact]]:
        """As the base class."""
        kind = next((f for f in facts if f.role == "genre"), None)
        people = [f for f in facts if f.role in ("director", "cast", "author", "writer")]
        people = people[: self.choose("count", [1, 2, 2])]
        year = next((f for f in facts if f.role == "year"), None)
        if self.item_type == "any" or (kind is None and not people):
            name = f"《{self.title}》"
            return (self.single(facts[0], name), list(facts[1:])) if facts else ("", [])
        people.sort(key=lambda fact: fact.role == "cast")
        by = "，".join(self.phrase(f) for f in people)
        when = f"{year.values[0]}年的" if year else ""
        is_one = f"{self.one}{when}{self.kind(kind) if kind else self.noun}"
        used = [f for f in (kind, year, *people) if f]
        end = f"，{by}。" if by else "。"
        asked = [
            v for v in (kind.values if kind else ()) if set(stems_of(_chinese(v))) <= set(wanted)
        ]
        if kind and asked:
            you = self.choose("asked", ["你想看" if self.noun == "电影" else "你想要", "你想找"])
            fit = self.kind(Fact("genre", kind.field, tuple(asked)))
            left = [f for f in facts if f not in used]
            return f"{you}{fit}，《{self.title}》就是{is_one}{end}", left
        patterns = [f"《{self.title}》是{is_one}{end}", f"推荐《{self.title}》，{is_one}{end}"]
        if len(people) == 1:
            patterns.append(f"《{self.title}》{by}，是{is_one}。")
        return self.choose("opening", patterns), [f for f in facts if f not in used]

    def single(self, fact: Fact, subject: str = "") -> str:
        """One sentence about one fact."""
        it = subject or self.choose("subject", [self.this, "它"])
        value = self.joined(fact.values)
        film = self.noun == "电影"
        patterns = {
            "director": [f"{it}由{value}执导。", f"导演是{value}。"],
            "cast": [f"演员有{value}。", f"演员包括{value}。"],
            "writer": [f"编剧是{value}。"],
            "author": [f"作者是{value}。", f"{it}出自{value}。"],
            "artist": [f"{it}出自{value}。", f"{it}来自{value}。"],
            "genre": [f"{it}属于{value}类型。", f"类型是{value}。"],
            "topic": [f"主题是{value}。"],
            "country": [f"{it}来自{value}。"],
            "language": [f"语言是{value}。"],
            "title": [f"规格是{value}。"],
            "brand": [f"品牌是{value}。", f"{it}出自{value}。"],
            "year": [f"{it}于{value}年上映。" if film else f"年份是{value}年。"],
            "runtime": [f"片长{value}分钟。", f"全片{value}分钟。"],
            "pages": [f"{it}有{value}页。"],
            "price": [f"价格是{value}。", f"售价{value}。"],
        }  # fmt: skip
        role = fact.role if fits(fact, self.item_type) else ""
        sentence = self.choose(fact.role, patterns.get(role, [self._plain(fact)]))
        if self.title not in subject or subject in sentence:
            return sentence
        return f"{subject}{sentence}" if sentence.startswith("售价") else f"{subject}的{sentence}"

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
            return f"{action}，因此推荐{self.this}。"
        also = self._sharing(common)
        this = "这" if also.startswith("是") else self.this
        return self.choose("history", [
            f"{action}，{this}也{also}。",
            f"{action}，而{this}同样{also}。",
            f"既然{action}，不妨看看{self.this}，它也{also}。",
        ])  # fmt: skip

    def together(
        self, title: str, field: str, facts: Sequence[Fact]
    ) -> tuple[str, list[Fact]] | None:
        """Never: two short sentences read better in Chinese."""
        return None

    def request(self, asked: str) -> str:
        """As the base class."""
        asked = asked.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or "”" in asked or len(stems_of(asked)) < 3:
            return ""
        return f"{self.choose('quoted', ['你想要', '你提到'])}“{asked}”。"

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
