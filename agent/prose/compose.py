"""Plain sentences made from facts, for when the model's own text is missing or fails its check.

Every sentence joins phrases about single facts, so it is true by construction; many patterns for
each kind of fact, chosen by seed, keep a page of cards from sounding alike. English and Chinese.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from shelftalker.catalog import Item
from shelftalker.ground import Evidence, Grounds, neutral
from shelftalker.prose.lexicon import ALIASES, NOUN_MARKS, role_of
from shelftalker.prose.spans import Past, shared, title_forms
from shelftalker.request import Request

MOST = 3
"""Sentences a text has at most."""


def compose(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> str:
    """One to three true sentences about the item. Odd facts that fail the check are left out."""
    grounds = Grounds(evidence, item, history, request)
    made = sentences(item, evidence, language, seed, history=history)
    kept = [sentence for sentence in made if grounds.check(sentence)]
    return ("" if language == "zh" else " ").join(kept) or _bare(item, evidence, language)


def sentences(
    item: Item,
    evidence: Sequence[Evidence],
    language: str = "en",
    seed: int = 0,
    *,
    history: Sequence[Past] = (),
) -> list[str]:
    """The sentences before any check."""
    chosen = random.Random(f"{seed}:{item.id}:{item.title}")
    writer = (_Chinese if language == "zh" else _English)(item, history, chosen)
    facts = [_Fact.of(e) for e in evidence if e.source == "catalog" and e.field != "text"]
    personal = [writer.history(e) for e in evidence if e.source == "history"]
    personal += [writer.request(e, facts) for e in evidence if e.source == "request"]
    personal = [sentence for sentence in personal if sentence][:1]
    opening, rest = writer.opening(facts)
    texts = [e.value for e in evidence if e.source == "catalog" and e.field == "text"]
    tail = [*texts[:1], *(writer.single(fact) for fact in rest)]
    first = [opening] if opening else []
    ordered = [*personal, *first] if chosen.random() < 0.4 else [*first, *personal]
    return [_capital(sentence, writer.title) for sentence in [*ordered, *tail][:MOST]]


@dataclass(frozen=True, slots=True)
class _Fact:
    """The values of one field, ready to be put into a sentence."""

    role: str
    field: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> "_Fact":
        role = role_of(evidence.field)
        values = (evidence.value,) if role in _WHOLE else tuple(evidence.value.split(", "))
        return cls(role, evidence.field, tuple(_shown(role, value) for value in values))


_WHOLE = frozenset({"title", "price", "brand"})
_YEARS = frozenset({"year"})
_PHRASED = ("director", "cast", "writer", "author", "artist", "country", "brand")


def fact_sentence(
    item: Item, evidence: Evidence, language: str = "en", *, history: Sequence[Past] = ()
) -> str:
    """One plain sentence for one piece of evidence, always the same."""
    writer = (_Chinese if language == "zh" else _English)(item, history, _Plain())
    if evidence.source == "catalog":
        if evidence.field == "text":
            return evidence.value
        return _capital(writer.single(_Fact.of(evidence), "它" if language == "zh" else "It"), "")
    if evidence.source == "history":
        return _capital(writer.history(evidence), "")
    return writer.request(evidence, [])


def noun_of(item: Item) -> str:
    """`film`, `book`, `music`, `news`, `thing` or `any`, by the roles of the item's attributes."""
    roles = {role_of(field) for field in item.attributes}
    return next((noun for noun, marks in NOUN_MARKS.items() if roles & marks), "any")


def noun_in(item: Item, language: str) -> str:
    """What to call the item in a language: `film`, `电影`."""
    return (_Chinese if language == "zh" else _English).nouns[noun_of(item)]


def display_title(title: str) -> str:
    """`Heat` for `Heat (1995)`, `The Godfather` for `Godfather, The (1972)`."""
    return title_forms(title)[-1]


def _shown(role: str, value: str) -> str:
    if role == "year":
        return value[:4]
    try:
        return f"{float(value):g}" if role != "price" else f"{float(value):.2f}".removesuffix(".00")
    except ValueError:
        return value


class _Plain(random.Random):
    """Chooses the first pattern, which is the plainest."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


class _English:
    """English sentences about one item."""

    nouns: ClassVar[dict[str, str]] = {
        "film": "film", "book": "book", "music": "pick", "news": "article", "thing": "item",
        "any": "pick",
    }  # fmt: skip

    def __init__(self, item: Item, history: Sequence[Past], chosen: random.Random) -> None:
        self.title = display_title(item.title)
        self.item, self.chosen = item, chosen
        self.noun = self.nouns[noun_of(item)]
        self.past = {form: past for past in history for form in title_forms(past.item.title)}

    def opening(self, facts: Sequence[_Fact]) -> tuple[str, list[_Fact]]:
        """One sentence that names the item with up to three facts, and the facts left."""
        kind = next((f for f in facts if f.role == "genre"), None)
        year = next((f for f in facts if f.role == "year"), None)
        phrased = [f for f in facts if f.role in _PHRASED][: self.chosen.choice([1, 2, 2])]
        if kind is None and not phrased:
            return (self.single(facts[0], self.title), list(facts[1:])) if facts else ("", [])
        adjectives = year.values[0] if year else ""
        used = [f for f in (kind, year, *phrased) if f]
        noun = self.noun if kind is None else self._kind(kind)
        phrase = f"{adjectives} {noun}".strip()
        who = " ".join(self._phrase(f) for f in phrased)
        about = f"{_article(phrase)} {phrase} {who}".strip()
        patterns = [f"{self.title} is {about}.", f"Here is {self.title}, {about}.",
                    f"This is {self.title}, {about}."]  # fmt: skip
        return self.chosen.choice(patterns), [f for f in facts if f not in used]

    def single(self, fact: _Fact, subject: str = "") -> str:
        """One sentence about one fact."""
        it = subject or self.chosen.choice(["It", f"This {self.noun}"])
        value = self._joined(fact.values)
        patterns = {
            "director": [f"{it} is directed by {value}.", f"{value} directed it."],
            "cast": [f"{it} stars {value}.", f"The cast includes {value}.",
                     f"{it} features {value}."],
            "writer": [f"{it} is written by {value}.", f"{value} wrote it."],
            "author": [f"{it} is written by {value}.", f"{value} is the author."],
            "artist": [f"{it} is by {value}.", f"The artist is {value}."],
            "genre": [f"{it} is {_article(self._kind(fact))} {self._kind(fact)}.",
                      f"{it} belongs under {value}."],
            "topic": [f"{it} is filed under {value}.", f"{it} is tagged {value}."],
            "country": [f"{it} comes from {value}.", f"{it} was made in {value}."],
            "language": [f"{it} is in {value}.", f"Its language is {value}."],
            "brand": [f"{it} comes from {value}.", f"It is made by {value}.",
                      f"The brand is {value}."],
            "year": [f"{it} was released in {value}.", f"{it} dates from {value}."],
            "runtime": [f"{it} runs {value} minutes.", f"{it} is {value} minutes long.",
                        f"{it} lasts {value} minutes."],
            "pages": [f"{it} is {value} pages long.", f"{it} has {value} pages."],
            "price": [f"{it} is priced at {value}.", f"The price is {value}.",
                      f"{it} costs {value}."],
        }  # fmt: skip
        name = fact.field.replace("_", " ")
        return self.chosen.choice(
            patterns.get(fact.role, [f"Its {name} is {value}.", f"The {name} given is {value}."])
        )

    def history(self, evidence: Evidence) -> str:
        """What the user did, and what that item shares with this one."""
        past = self.past.get(evidence.value)
        if past is None:
            return ""
        other = display_title(past.item.title)
        did, which = self._did(past, other), self._did(past, "")
        common = shared(self.item, past.item, role_of(evidence.field)) or shared(
            self.item, past.item
        )
        if past.sign <= 0:
            return f"{did}."
        if not common:
            return f"{did}, which is one reason for this pick."
        role = role_of(common[0][0])
        values = tuple(text for field, text in common if role_of(field) == role)
        also = self._also(_Fact(role, common[0][0], values[:2]))
        it = f"this {self.noun}"
        return self.chosen.choice([
            f"{did}, and {it} is also {also}.",
            f"Like {other}, which {which}, {it} is {also}.",
            f"As {did}, consider that {it} is {also} too.",
            f"{did}; {it} is {also} as well.",
        ])  # fmt: skip

    def request(self, evidence: Evidence, facts: Sequence[_Fact]) -> str:
        """What was asked for, in the user's own words."""
        asked = evidence.value.strip().rstrip(".!?。！？")
        return self.chosen.choice([
            f'You asked for "{asked}".', f'Your request was "{asked}".', f'You wanted "{asked}".'
        ]) if 0 < len(asked) <= 80 and '"' not in asked else ""  # fmt: skip

    def _kind(self, fact: _Fact) -> str:
        value = self._joined(fact.values[:2], lower=True)
        return f"{self.noun} listed under {value}" if _long(fact) else f"{value} {self.noun}"

    def _phrase(self, fact: _Fact) -> str:
        value = self._joined(fact.values[:2])
        return {
            "director": f"directed by {value}",
            "cast": f"starring {value}",
            "writer": f"written by {value}",
            "author": f"written by {value}",
            "artist": f"by {value}",
            "country": f"from {value}",
            "brand": f"from {value}",
        }[fact.role]

    def _also(self, fact: _Fact) -> str:
        """After `is also`."""
        if fact.role in _PHRASED and fact.role != "cast":
            return self._phrase(fact)
        value = self._joined(fact.values, lower=fact.role == "genre")
        if fact.role == "cast":
            return f"one with {value} in the cast"
        if fact.role == "genre":
            return f"listed under {value}"
        return f"in {value}" if fact.role == "language" else f"filed under {value}"

    def _did(self, past: Past, other: str) -> str:
        event = past.event
        space = f" {other}" if other else ""
        if event.kind == "rating" and event.value is not None:
            stars = f"{event.value:g} star{'' if event.value == 1 else 's'}"
            return self.chosen.choice(["you rated", "you gave"]) + f"{space} {stars}"
        verb = {"like": "liked", "dislike": "disliked", "purchase": "bought", "play": "played",
                "view": "viewed", "click": "opened", "skip": "skipped",
                "rating": "rated"}  # fmt: skip
        return f"you {verb[event.kind]}{space}"

    def _joined(self, values: Sequence[str], lower: bool = False) -> str:
        shown = [v.lower() if lower and v.istitle() and " " not in v else v for v in values][:3]
        shown = [f"the {v}" if v.startswith("United ") else v for v in shown]
        return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else shown[0]


class _Chinese(_English):
    """Chinese sentences about one item. Names and values stay as the catalogue has them."""

    nouns: ClassVar[dict[str, str]] = {
        "film": "电影", "book": "书", "music": "作品", "news": "文章", "thing": "商品",
        "any": "内容",
    }  # fmt: skip
    counters: ClassVar[dict[str, str]] = {
        "film": "部", "book": "本", "music": "个", "news": "篇", "thing": "款",
        "any": "条",
    }  # fmt: skip

    def opening(self, facts: Sequence[_Fact]) -> tuple[str, list[_Fact]]:
        kind = next((f for f in facts if f.role == "genre"), None)
        people = [f for f in facts if f.role in ("director", "cast", "author", "writer")]
        people = people[: self.chosen.choice([1, 2, 2])]
        year = next((f for f in facts if f.role == "year"), None)
        if kind is None and not people:
            return (
                (self.single(facts[0], f"《{self.title}》"), list(facts[1:])) if facts else ("", [])
            )
        one = f"一{self.counters[noun_of(self.item)]}"
        genre = self._joined(kind.values[:2]) if kind else ""
        by = "、".join(self._phrase(f) for f in people)
        when = f"{year.values[0]}年的" if year else ""
        is_one = f"{one}{when}{genre}{self.noun}"
        used = [f for f in (kind, year, *people) if f]
        end = f"，{by}。" if by else "。"
        patterns = [f"《{self.title}》是{is_one}{end}", f"推荐《{self.title}》，{is_one}{end}"]
        if by and len(people) == 1:
            patterns.append(f"《{self.title}》{by}，是{is_one}。")
        return self.chosen.choice(patterns), [f for f in facts if f not in used]

    def single(self, fact: _Fact, subject: str = "") -> str:
        it = subject or self.chosen.choice(
            ["它", f"这{self.counters[noun_of(self.item)]}{self.noun}"]
        )
        value = self._joined(fact.values)
        patterns = {
            "director": [f"{it}由{value}执导。", f"导演是{value}。"],
            "cast": [f"{it}由{value}主演。", f"主演是{value}。"],
            "writer": [f"编剧是{value}。"],
            "author": [f"作者是{value}。", f"{it}出自{value}。"],
            "artist": [f"{it}由{value}演唱。", f"{it}来自{value}。"],
            "genre": [f"{it}属于{value}类型。", f"类型是{value}。"],
            "topic": [f"主题是{value}。"],
            "country": [f"{it}来自{value}。", f"{it}出自{value}。"],
            "language": [f"语言是{value}。"],
            "brand": [f"品牌是{value}。", f"{it}来自{value}。"],
            "year": [f"{it}于{value}年上映。" if self.noun == "电影" else f"年份是{value}年。"],
            "runtime": [f"片长{value}分钟。", f"全长{value}分钟。"],
            "pages": [f"{it}有{value}页。"],
            "price": [f"价格是{value}。", f"售价{value}。"],
        }  # fmt: skip
        name = fact.field.replace("_", " ")
        return self.chosen.choice(patterns.get(fact.role, [f"{name}是{value}。"]))

    def history(self, evidence: Evidence) -> str:
        past = self.past.get(evidence.value)
        if past is None:
            return ""
        did = self._did(past, f"《{display_title(past.item.title)}》")
        common = shared(self.item, past.item, role_of(evidence.field)) or shared(
            self.item, past.item
        )
        if past.sign <= 0:
            return f"{did}。"
        if not common:
            return f"{did}，因此推荐这{self.counters[noun_of(self.item)]}{self.noun}。"
        role = role_of(common[0][0])
        values = tuple(text for field, text in common if role_of(field) == role)
        also = self._also(_Fact(role, common[0][0], values[:2]))
        this = f"这{self.counters[noun_of(self.item)]}{self.noun}"
        return self.chosen.choice([
            f"{did}，{this}同样{also}。",
            f"{did}，而{this}也{also}。",
            f"因为{did}：{this}同样{also}。",
        ])  # fmt: skip

    def request(self, evidence: Evidence, facts: Sequence[_Fact]) -> str:
        asked = evidence.value.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or "”" in asked:
            return ""
        return self.chosen.choice(
            [f"你想要“{asked}”。", f"你的要求是“{asked}”。", f"你提到“{asked}”。"]
        )

    def _phrase(self, fact: _Fact) -> str:
        value = self._joined(fact.values[:2])
        return {"director": f"由{value}执导", "cast": f"由{value}主演", "writer": f"编剧是{value}",
                "author": f"作者是{value}", "artist": f"来自{value}", "country": f"来自{value}",
                "brand": f"来自{value}"}[fact.role]  # fmt: skip

    def _also(self, fact: _Fact) -> str:
        if fact.role in _PHRASED:
            return self._phrase(fact)
        return f"属于{self._joined(fact.values)}"

    def _did(self, past: Past, other: str) -> str:
        event = past.event
        if event.kind == "rating" and event.value is not None:
            return f"你给{other}打了{event.value:g}星"
        verb = {"like": "喜欢", "dislike": "不喜欢", "purchase": "买过", "play": "听过",
                "view": "浏览过", "click": "浏览过", "skip": "跳过", "rating": "评了"}  # fmt: skip
        return f"你{verb[event.kind]}{other}"

    def _joined(self, values: Sequence[str], lower: bool = False) -> str:
        shown = [ALIASES.get(value.casefold(), (value,))[-1] for value in values][:3]
        return "、".join(shown[:-1]) + "和" + shown[-1] if len(shown) > 1 else shown[0]


def _bare(item: Item, evidence: Sequence[Evidence], language: str) -> str:
    """Title and values side by side, when no sentence passes."""
    title = neutral(display_title(item.title))
    values = [neutral(e.value) for e in evidence if e.source == "catalog" and len(e.value) < 80][:3]
    stop = "。" if language == "zh" else "."
    return f"{title}: {', '.join(values)}{stop}" if values else f"{title}{stop}"


def _long(fact: _Fact) -> bool:
    return len(fact.values) > 2 or any(len(value.split()) > 2 for value in fact.values)


def _article(phrase: str) -> str:
    return "an" if phrase[:1].lower() in "aeio8" or phrase.startswith(("11", "18")) else "a"


def _capital(sentence: str, title: str) -> str:
    """A capital at the start, but for a name's own spelling (`mDesign`)."""
    if title and sentence.startswith(title):
        return sentence
    return sentence[:1].upper() + sentence[1:]
