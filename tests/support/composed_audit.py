"""A second reader of composed sentences: every word outside their claims must be a connecting word
or be borne by a claim of its kind (`directed` by a director, `longer` by a comparison)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shelftalker.data.field_roles import role_of
from shelftalker.data.values import value_forms
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.writing.compose.claims import ComposedClaim, Line, Rows
from shelftalker.writing.compose.measures import duration


@dataclass(frozen=True)
class AuditedWords:
    """`plain`: connecting words that state nothing. `cues`: the kinds or roles of claims, one of
    which must be in the sentence with that word. `actions`: the event that a word tells of.
    `orders`: what a comparison's word says. `split`: a text as words."""

    plain: frozenset[str]
    cues: Mapping[str, frozenset[str]]
    actions: Mapping[str, str]
    orders: Mapping[str, str]
    numbers: Mapping[str, float]
    split: Callable[[str], list[str]]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _cues(table: str) -> Mapping[str, frozenset[str]]:
    lines = (line.split(":") for line in table.strip().splitlines())
    return {word: frozenset(roles.split()) for words, roles in lines for word in words.split()}


_ENGLISH = AuditedWords(
    plain=_set(
        "a an the and of in on at to for from with by as is are was it its they this these that "
        "which whose who here too also one ones another more again like after you your so but s "
        "not while where has have them their about if what own there be out well something "
        "than step instead"
    ),
    cues=_cues("""
        directed directs director: director
        cast: cast
        wrote written author: author writer
        film films movie: genre year director cast runtime asked did title_part country
        book books pages: author genre pages asked did compare
        runs long minutes hours hour: runtime
        same: compare shared
        shares: shared
        pack sheets labels: compare
        maker: brand lacking
        names: names
        description listing far says: lacking quote names
        said we can say weighs weigh ages suit suits free come comes: lacking
        against longer shorter earlier later newer older up down: compare
        year years: year
        asked wanted: asked lacking wish bound
        fits tell doesn whether how: lacking
        t: lacking
        mentions no word words appear appears nowhere never: lacking quote
        perhaps quite might may though be old new requested: wish lacking asked bound
        exactly nothing: lacking wish
        does: lacking
        without: wish
        none or promise that there: lacking
        gave viewed bought liked opened played rated disliked skipped star stars: did
        item items article pick title kind: value genre asked did title_part author brand compare
        listed under: genre topic
    """),
    actions={
        "viewed": "view", "opened": "click", "bought": "purchase", "disliked": "dislike",
        "liked": "like", "played": "play", "skipped": "skip", "gave": "rating", "rated": "rating",
    },
    orders={"same": "same", "longer": "more", "shorter": "less", "later": "more",
            "earlier": "less", "up": "more", "down": "less"},
    numbers={w: float(n) for n, w in enumerate(("one", "two", "three", "four", "five"), 1)},
    split=lambda text: re.findall(r"[^\W_]+", text.casefold()),
)  # fmt: skip
_CHINESE_PLAIN = (
    "一样|这是一部|这部电影|这部|这款|这本|这篇|这个|同样|也是|还是|另一|一部|一款|一本|一篇|一个|推荐|不妨|看看|"
    "你|我|的|是|也|和|与|由|在|有|里|中|又|再|这|它|都|来自|出自|了|过|为|而|那|呢|吧|想要|想看|想找|"
    "也许可以|看看|正是|就是|要|款|不|点|一|则|比|同|年|分钟|片长|商品|作品|文章|电影|书|片"
)
_CHINESE_CUES = {
    "执导": "director", "主演": "cast", "出演": "cast", "演员": "cast", "编剧": "writer",
    "作者": "author", "品牌": "brand", "同一年": "compare", "长": "compare runtime",
    "短": "compare", "对": "compare", "介绍": "lacking", "没有": "lacking",
    "出现": "lacking", "挑": "wish", "提到": "lacking asked",
    "打": "did", "星": "did", "浏览": "did", "点开": "did", "跳过": "did", "买": "did",
    "喜欢": "did", "听": "did",
}  # fmt: skip


def _chinese_pieces(text: str) -> list[str]:
    known = sorted([*_CHINESE_PLAIN.split("|"), *_CHINESE_CUES], key=len, reverse=True)
    return re.findall(rf"{'|'.join(known)}|[A-Za-z]+|[\u3400-\u9fff]", text)


_CHINESE = AuditedWords(
    plain=frozenset(_CHINESE_PLAIN.split("|")),
    cues={word: frozenset(roles.split()) for word, roles in _CHINESE_CUES.items()},
    actions={"浏览": "view", "点开": "click", "买": "purchase", "不喜欢": "dislike",
             "喜欢": "like", "听": "play", "跳过": "skip", "星": "rating"},
    orders={"同一年": "same"},
    numbers={w: float(n) for n, w in enumerate("一二三四五", 1)},
    split=_chinese_pieces,
)  # fmt: skip
AUDITED: Mapping[str, AuditedWords] = {"en": _ENGLISH, "zh": _CHINESE}


def problem(line: Line, rows: Rows, language: str) -> str | None:
    """What a composed sentence says beyond its claims, or the claim that the rows do not bear."""
    words = AUDITED[language]
    if not line.holds(rows):
        return "a claim does not hold"
    loose = [part for part in line.parts if isinstance(part, str)]
    for claim in line.claims:
        if claim.kind == "did" and not _did(claim, words):
            return f"{claim.text!r} is not what the user did"
        if claim.kind == "compare" and not _in_order(claim, words):
            return f"{claim.text!r} has another order"
        if claim.kind in ("value", "asked") and not all(
            any(form.casefold() in claim.text.casefold() for form in _forms(f, v))
            for f, v in claim.pairs
        ):
            return f"{claim.text!r} has another value"
        if claim.kind in ("value", "shared", "asked", "compare", "did"):
            loose.append(_without_values(claim))
    roles = {role_of(field) for claim in line.claims for field, _ in claim.pairs}
    kinds = {str(claim.kind) for claim in line.claims} | roles
    for word in words.split(" ".join(loose)):
        needed = words.cues.get(word)
        if needed and not kinds & needed:
            return f"{word!r} stands without a claim of {', '.join(sorted(needed))}"
        if not needed and word not in words.plain:
            return f"{word!r} is no connecting word"
    return None


def _did(claim: ComposedClaim, words: AuditedWords) -> bool:
    assert claim.past is not None
    text, event = claim.text, claim.past.event
    for _, title in claim.pairs:
        text = text.replace(title, " ", 1)
    kind = next((kind for word, kind in words.actions.items() if word in text), "")
    stars = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]
    stars += [n for word, n in words.numbers.items() if re.search(word, text)]
    rated = event.kind == "rating" and event.value is not None
    return kind == event.kind and stars == ([event.value] if rated else [])


def _in_order(claim: ComposedClaim, words: AuditedWords) -> bool:
    """The first number is the item's own, but after `from`; `up` and `down` fit."""
    ((_, ours),) = claim.pairs
    shown = re.findall(r"\d+(?:\.\d+)?", claim.text)
    own = shown[-1 if "from" in claim.text else 0] if shown else ours
    rises = "up" not in claim.text.split() or float(shown[0]) < float(shown[-1])
    return own == ours and rises


def _without_values(claim: ComposedClaim) -> str:
    """The words of a claim's text around its values and numbers."""
    text = claim.text
    for field, value in claim.pairs:
        for form in sorted(_forms(field, value), key=len, reverse=True):
            whole = (
                re.escape(form)
                if has_chinese(form)
                else rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])"
            )
            text = re.sub(whole, " ", text, flags=re.IGNORECASE)
    text = re.sub(r"\d+(?:\.\d+)?", " ", text)
    stars = "|".join(word for words in AUDITED.values() for word in words.numbers)
    return re.sub(rf"(?<![a-z])(?:{stars})(?= ?star|星)", " ", text)


def _forms(field: str, value: str) -> Iterator[str]:
    """How a value may be written: as it is, by its synonyms and translations, as a duration."""
    role = role_of(field)
    yield from value_forms(value, role)
    if role in ("genre", "topic"):
        yield from (form for text in stems_of(value) for form in value_forms(text, role))
    if role == "runtime" and value.isdecimal():
        yield from (duration(int(value), language) for language in AUDITED)
