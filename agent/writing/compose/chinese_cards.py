"""Chinese cards: a plan in one to three sentences."""

import re
from collections.abc import Sequence

from shelftalker.data.item_types import noun_of
from shelftalker.writing.compose.card import CardWriter, pairs_of
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.facts import Chooser, Fact
from shelftalker.writing.compose.measures import duration
from shelftalker.writing.compose.plan import MAKERS, Plan
from shelftalker.writing.history import Past

STARS = {1.0: "一星", 2.0: "两星", 3.0: "三星", 4.0: "四星", 5.0: "五星"}
VERBS = {"like": "喜欢的", "dislike": "不喜欢的", "purchase": "买过的", "play": "听过的",
         "view": "浏览过的", "click": "点开过的", "skip": "跳过的", "rating": "评过的"}  # fmt: skip


class ChineseCard(CardWriter):
    """The templates of one plan in Chinese."""

    brackets = True

    def __init__(self, plan: Plan, choose: Chooser) -> None:
        super().__init__(plan, choose)
        self.words = ChineseComposer(plan.item)

    @property
    def _product(self) -> bool:
        return noun_of(self.plan.item) == "thing"

    def _named(self, title: str) -> str:
        """A title as it stands in a sentence: `《...》` is for works, not for goods."""
        return title if self._product else f"《{title}》"

    def _product_answer(self) -> str:
        """Whether it is what was asked for, in the words of a shop."""
        asked, category = self.plan.asked, self.plan.first("genre")
        if asked.near:
            return f"正是你要的{self.claim('wish', asked.near)}。"
        wanted = _thing_of(asked.said)
        if wanted and category and wanted not in _GIFTS and not set(wanted) & set(self._row):
            own = self.claim("value", category.values[0], *pairs_of(category)[:1])
            return f"这款是{own}，不是{self.claim('unlike', wanted)}。"
        return f"正是你要的{self._wanted()}。" if asked.met else ""

    @property
    def _row(self) -> str:
        return self.plan.item.embedding_text()

    def unmet(self) -> str:
        """As the base class: the words before `的`, where the row has none of them."""
        quality, asked = _QUALITY.match(self.plan.asked.said), self.plan.asked
        if not self._product or not quality or asked.near or _thing_of(asked.said) in _GIFTS:
            return ""
        said, row = quality[1], self._row
        if any(said[at : at + 2] in row for at in range(len(said) - 1)):
            return ""
        return f"“{self.claim('lacking', said)}”这一点，介绍里没有提到。"

    def answer(self) -> str:
        """As the base class."""
        asked = self.plan.asked
        if self._product:
            return self._product_answer()
        if asked.near or asked.maybe:
            said = f"“{self.claim('wish', asked.near or asked.maybe)}”"
            return f"合你说的{said}。" if asked.near else f"也许合你说的{said}。"
        return f"正是你想要的{self._wanted()}。" if asked.met else ""

    def plain(self) -> str:
        """As the base class."""
        what, people = self.about(), self._people()
        if noun_of(self.plan.item) == "thing":
            details = self.details()
            return f"{self.title}，{details}。" if details else self.fields(self.values())
        tail = f"，{people}" if people else ""
        if what:
            return self.choose("alone", [
                f"《{self.title}》是{what}{tail}。",
                f"推荐《{self.title}》，{what}{tail}。",
                f"{what}：《{self.title}》{tail}。",
            ])  # fmt: skip
        return f"《{self.title}》{tail}。" if people else self.fields(self.values())

    def credit(self) -> str:
        """As the base class."""
        people = self._people()
        return f"{people}。" if people else ""

    def fields(self, values: Sequence[str]) -> str:
        """The title and a value or two: all that is known."""
        brand = self.plan.first("brand") if self._product else None
        maker = brand.values[0] if brand and brand.values[0] not in self.plan.title else ""
        maker = self.claim("value", maker, *pairs_of(brand)[:1]) if maker else ""
        return f"{'，'.join([f'{maker}{self._named(self.title)}', *values])}。"

    def lacking(self) -> str:
        """What of the request the row has nothing of."""
        words = self.claim("lacking", self.plan.asked.lacking)
        return self.choose(
            "lacking", [f"介绍里没有提到“{words}”。", f"“{words}”在介绍里没有出现。"]
        )

    def about(self) -> str:
        """`一部1997年的动作惊悚片`; empty where no noun can be made."""
        genre, year = self.plan.first("genre"), self.plan.first("year")
        if noun_of(self.plan.item) == "any" or not (genre or year):
            return ""
        kind = self.words.kind(Fact("genre", "", genre.values[:2])) if genre else self.words.noun
        when = f"{year.values[0]}年的" if year else ""
        pairs = [*pairs_of(genre)[:2], *pairs_of(year)]
        return self.claim("value", f"{self.words.one}{when}{kind}", *pairs)

    def _wanted(self) -> str:
        """`英国的喜剧片`."""
        met = self.plan.asked.met
        genre = next((f for f in met if f.role == "genre"), None)
        others = [f for f in met if f.role != "genre"]
        noun = self.words.kind(genre) if genre else self.words.noun or "这个"
        if self._product:  # `白色的运动鞋`
            shelf = genre or self.plan.first("genre")
            others = [f for f in met if f != shelf]
            noun = self.words.joined(shelf.values[:1]) if shelf else "这一款"
        text = "".join(f"{self.words.joined(f.values)}的" for f in others) + noun
        return self.claim("asked", text, *(pair for f in met for pair in pairs_of(f)[:2]))

    def _people(self) -> str:
        """`由X执导，A和B出演`."""
        told = {value for fact in self.plan.asked.met for value in fact.values}
        maker, cast = self.plan.first(*MAKERS), self.plan.first("cast")
        parts = []
        if maker and not set(maker.values) <= told:
            parts.append(self.claim("value", self.words.phrase(maker), *pairs_of(maker)[:2]))
        if cast:
            names = self.words.joined(cast.values[:2])
            parts.append(self.claim("value", f"{names}出演", *pairs_of(cast)[:2]))
        return "，".join(parts)

    def tie(self) -> str:
        """As the base class."""
        plan = self.plan
        if not plan.past or not plan.common:
            return ""
        common, did, this = plan.common, self._did(plan.past), self.words.this
        if common.role == "genre" and self.words.kind(common).endswith("片"):
            kind = self.claim("value", self.words.kind(common), *pairs_of(common), past=plan.past)
            return self.choose("tie", [f"{did}也是{kind}。", f"和{did}一样，这也是{kind}。"])
        if self._product:
            of = "的" if common.role in (*MAKERS, "brand", "country") else ""
            text = f"是{self.words.joined(common.values)}{of}"
            shared = self.claim("value", text, *pairs_of(common)[:3], past=plan.past)
            return f"和{did}一样，也{shared}。"
        if common.role == "cast":
            names = self.words.joined(common.values[:2])
            shared = self.claim("value", f"{names}出演", *pairs_of(common)[:2], past=plan.past)
            return f"{did}也由{shared}。"
        if common.role in (*MAKERS, "brand", "country"):
            shared = self.claim(
                "value", self.words.phrase(common), *pairs_of(common)[:2], past=plan.past
            )
            return self.choose("tie", [f"{did}也{shared}。", f"和{did}一样，{this}也{shared}。"])
        shared = self.claim(
            "value", self.words.joined(common.values), *pairs_of(common)[:3], past=plan.past
        )
        return f"{did}和{this}同样是{shared}。"

    def _did(self, past: Past) -> str:
        """`你打了四星的《X》`."""
        event = past.event
        rated = event.kind == "rating" and event.value is not None
        stars = STARS.get(event.value or 0, f"{event.value or 0:g}星")
        clause = f"你打了{stars}的" if rated else f"你{VERBS[event.kind]}"
        clause = "你提到的" if past.named else clause
        return f"{self.claim('did', clause, past=past)}{self._named(self.other)}"

    def aside(self) -> str:
        """How long a film is, where that is unusual."""
        runtime = self.plan.first("runtime")
        if runtime and noun_of(self.plan.item) == "film" and runtime.values[0].isdecimal():
            minutes = int(runtime.values[0])
            if minutes >= 150 or minutes <= 80:
                text = self.claim("value", duration(minutes, "zh"), *pairs_of(runtime))
                return f"片长{text}。"
        return ""

    def values(self) -> list[str]:
        facts = [
            f
            for f in self.plan.facts
            if f.role not in ("price", "language", "title", "runtime")
            and not (self._product and f.role in ("brand", "genre"))
            and f.values[0] not in self.plan.title
        ]
        phrased = ("director", "author", "artist", "writer", "brand", "country")
        return [
            self.claim(
                "value",
                self.words.phrase(f) if f.role in phrased else self.words.joined(f.values),
                *pairs_of(f)[:3],
            )
            for f in facts[:2]
        ]  # fmt: skip


def _thing_of(said: str) -> str:
    """The thing that a request names: `耳机` of `办公室用的耳机`."""
    return said.rsplit("的", 1)[-1] if "的" in said else ""


_QUALITY = re.compile(r"(.{2,})的\S+$")
_GIFTS = ("礼物", "礼品", "东西", "商品", "款", "")
