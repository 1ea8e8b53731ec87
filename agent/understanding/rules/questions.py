"""Parses questions about the cards on show: what is asked, and about which cards.

Only a message in the form of a question that points at a card is one; "a film about …" and "is
there a shorter one?" are requests. `conversation/answers` answers them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shelftalker.language.tokens import fold
from shelftalker.understanding.rules.pointing import Spot
from shelftalker.understanding.rules.tables import question_words as table

Kind = Literal["field", "whether", "about", "compare", "which", "most", "pick", "wishes", "again"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about cards: their fields (`aspects`, and `names` of fields without an aspect),
    `whether` a predicate is true of them or of `which`, which has the `most` of an aspect (least if
    `sign` is -1), what they are about, how they compare; or what the visitor's wishes are. `again`
    is "and the second one?": the question before, about another card."""

    kind: Kind
    aspects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    predicate: str = ""
    verb: str = ""
    sign: int = 0
    plural: bool = False


def read_question(message: str, spots: Sequence[Spot], fields: Collection[str]) -> Question | None:
    """The question in a message, None if it is none. `spots` are its references to cards, `fields`
    the names of the cards' fields."""
    asked = _Asked.of(message, spots)
    question = _asked(asked, fields)
    reaction = re.match(table.REACTION, asked.text)
    if question is None and reaction:
        raw = asked.raw[reaction.end() :]
        return _asked(replace(asked, text=fold(raw), raw=raw, points="@" in raw), fields)
    return question


def _asked(asked: "_Asked", fields: Collection[str]) -> Question | None:
    if re.fullmatch(table.WISHES, asked.text):
        marks = table.MARKED.items()
        names = tuple(kind for kind, pattern in marks if re.search(pattern, asked.text))
        return Question("wishes", names=names)
    if re.fullmatch(table.PICK, asked.text):
        return Question("pick", plural=True)
    if asked.text == "@" and asked.plural and asked.chooses:
        return Question("compare", plural=True)
    if asked.points and re.fullmatch(table.AGAIN, asked.text):
        return Question("again")
    if re.fullmatch(table.ANYBODY, asked.text):
        return Question("field", ("cast",), plural=asked.plural)
    if asked.points and re.match(table.ADVICE, asked.text):
        return Question("about", verb="tell", plural=asked.plural)
    if re.search(table.NO_QUESTION, asked.text):
        return None
    return (
        _comparison(asked)
        or _most(asked)
        or _which(asked)
        or (_pointed(asked, fields) if asked.points else _bare(asked))
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message with `@` for each reference to cards: `text` folded, `raw` as it was written."""

    text: str
    raw: str
    points: bool
    plural: bool
    chooses: bool = False

    @classmethod
    def of(cls, message: str, spots: Sequence[Spot]) -> "_Asked":
        folded = fold(message)
        spans = [(start, end) for start, end, _ in spots]
        plural = len({place for *_, place in spots}) > 1
        for match in re.finditer(table.POINTING, folded):
            if all(match.end() <= a or b <= match.start() for a, b in spans):
                spans.append(match.span())
                plural = plural or bool(re.search(table.PLURAL, match[0]))
        raw = message
        for start, end in sorted(set(spans), reverse=True):
            mark = "@'s" if fold(raw[start:end]) in ("its", "their") else "@"
            raw = f"{raw[:start]}{mark}{raw[end:]}"
        raw = re.sub(r"@(?:\s*(?:,|、|&|\band\b|\bor\b|和|跟|与|还是)\s*@)+", "@", raw)
        raw = re.sub(r"@(?: |的)?(?:@| \b(?:together|both)\b)", "@", raw)
        raw = re.sub(r"^[\s,.!?¡¿。，！？]+|[\s,.!?。，！？;:]+$", "", raw)
        raw = re.sub(r"(?i)\b(which one|what|who|where|when|how)['’]s\b", r"\1 is", raw)
        raw = re.sub(r"\s+", " ", raw)
        raw = re.sub(r"([^是@])不\1([\u4e00-\u9fff]?)$", r"\1\2吗", raw)  # 重不重, 好不好看
        prefix = re.match(table.PREFIX + "*", fold(raw))
        raw = raw[prefix.end() if prefix else 0 :]
        return cls(fold(raw), raw, bool(spans), plural, " or " in folded or "还是" in folded)


def _comparison(asked: _Asked) -> Question | None:
    if not re.search(table.COMPARE, asked.text):
        return None
    short = len(asked.text.split()) <= 3
    return Question("compare", plural=True) if asked.points or short else None


def _most(asked: _Asked) -> Question | None:
    """ "Which is the cheapest?", "is the second one longer?"."""
    compared = re.match(table.MOST_FORMS, asked.text)
    adjective = next((word for word in compared.groups() if word), "") if compared else ""
    for (aspect, sign), words in table.MOST.items():
        if adjective and re.fullmatch(rf"(?:是)?(?:{words})(?:的)?", adjective):
            return Question("most", (aspect,), sign=sign, plural=True)
    return None


def _which(asked: _Asked) -> Question | None:
    """ "Which one is a comedy?", "are any of these in black?"."""
    match = re.match(table.WHICH_FORMS, asked.text)
    if match is None or (match["v3"] and not asked.plural):
        return None
    name = next(key for key in ("p", "p2", "p3", "p4") if match[key])
    predicate = asked.raw[match.start(name) : match.end(name)]
    if re.search(table.GOES_ON, fold(predicate)):
        return None
    return Question("which", _aspects(asked.text), predicate=_bare_of(predicate), plural=True)


def _pointed(asked: _Asked, fields: Collection[str]) -> Question | None:
    text = asked.text
    asks = re.search(table.WHO_WHAT, text) or re.search(table.CHINESE_ASKS, text)
    aspects = _aspects(text)
    names = () if aspects else _named(text, fields)
    if whether := _whether(asked):
        return whether
    if re.search(table.ABOUT, text) and not aspects:
        verb = "tell" if re.search(table.TELL, text) else ""
        return Question("about", verb=verb, plural=asked.plural)
    noun = re.fullmatch(r"(?:the )?[\w ]{3,30} of @|@'s [\w ]{3,30}|@的?[\u4e00-\u9fff]{2,6}", text)
    known = bool(aspects or names)
    if (asks and (known or _asks_anything(text))) or (noun and known and not _verbal(text)):
        return Question("field", aspects, names, plural=asked.plural)
    return None


def _whether(asked: _Asked) -> Question | None:
    match = re.match(table.WHETHER_FORMS, asked.text)
    if match is None:
        return None
    name = next(key for key in ("p", "p2", "p3", "p4", "p5", "p6") if match[key])
    predicate = asked.raw[match.start(name) : match.end(name)].replace("@", "")
    if match["verb"] in ("can", "could") and predicate.startswith("be "):
        return None
    if re.search(r"一点|点儿|一些", predicate) or re.search(table.GOES_ON, fold(predicate)):
        return None  # "can this be cheaper?" is a wish
    for aspect, words in table.ADJECTIVES.items():
        if re.fullmatch(table.MEASURED.format(words=words), fold(predicate)):
            return Question("field", (aspect,), plural=asked.plural)
    who = name == "p2"
    return Question(
        "whether",
        _aspects(asked.text),
        predicate=_by_whom(predicate) if who else _bare_of(predicate),
        verb=(match["verb"] or "") if not who else "",
        plural=asked.plural,
    )


def _bare(asked: _Asked) -> Question | None:
    """A question that names no card: "how long?", "多少钱"."""
    aspects = _aspects(asked.text)
    rest = asked.text
    for words in table.ASPECTS.values():
        rest = re.sub(words, " ", rest)
    rest = re.sub(table.EMPTY, "", rest)
    asks = re.search(table.WHO_WHAT, asked.text) or re.search(table.CHINESE_ASKS, asked.text)
    if asks and aspects and not re.search(r"\w", rest):
        return Question("field", aspects)
    if re.fullmatch(table.IN_PACK, asked.text):
        return Question("field")
    if alone := re.fullmatch(table.CHINESE_WHETHER, asked.text):
        return Question("whether", predicate=asked.raw[alone.start("p") : alone.end("p")])
    if re.match(r"what", asked.text) and re.search(table.ABOUT, asked.text):
        return Question("about")
    if re.fullmatch(
        r"(?:what'?s|what is) (?:the )?difference|(?:what are )?the differences", asked.text
    ):
        return Question("compare", plural=True)
    return None


def _asks_anything(text: str) -> bool:
    """Is it a question, on whatever aspect? A message that goes on after it may be none."""
    if re.search(table.CHINESE_ASKS, text):
        return True
    plain = re.sub(r"\b(?:can|could|do|does|will) (?:i|we|you)\b", "can", text)
    return bool(re.search(table.ASKING, plain)) and not re.search(table.GOES_ON, plain)


def _aspects(text: str) -> tuple[str, ...]:
    """The aspects asked about; a longer expression wins over one inside it ("how many pages" is no
    length), and "when" asks for the year only."""
    if re.search(table.WHEN, text):
        return ("year",)
    matches = {aspect: re.search(words, text) for aspect, words in table.ASPECTS.items()}
    spans = {aspect: match.span() for aspect, match in matches.items() if match}
    return tuple(
        aspect
        for aspect, (start, end) in spans.items()
        if not any(a <= start and end <= b and b - a > end - start for a, b in spans.values())
    )


def _named(text: str, fields: Collection[str]) -> tuple[str, ...]:
    """The fields that the question names, or shares a stem with: "composed" asks for `composer`."""
    words = re.findall(r"[^\W\d_]{3,}", text)
    return tuple(
        field
        for field in fields
        if any(_alike(word, part) for part in re.split(r"[_\W]+", fold(field)) for word in words)
    )


def _alike(word: str, part: str) -> bool:
    if len(part) < 3:
        return False
    if not part.isascii():
        return part in word
    alike = max(5, min(len(word), len(part)) - 2)
    return word in (part, part + "s") or (word[:alike] == part[:alike] and len(word) >= alike)


def _by_whom(predicate: str) -> str:
    """ "Ida Brandt direct" in the words of a request: "by Ida Brandt"."""
    made = re.sub(r"\b(?:direct|write|make|sing|produce|publish)\w*$", "", predicate).strip()
    if made != predicate.strip():
        return f"by {made}"
    return re.sub(r"\b(?:in|on|starring|play in|appear in|act in|star in)$", "", made).strip()


def _bare_of(predicate: str) -> str:
    return re.sub(table.DEGREES, "", predicate).strip()


def _verbal(text: str) -> bool:
    """Is it a statement about the card: "the second is too long"?"""
    words = "is|was|looks?|sounds?|seems?|please|in|with|but|too|not|instead"
    return re.search(rf"\b(?:{words})\b|太|不|很|吧|好", text) is not None
