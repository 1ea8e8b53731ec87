"""Questions about the cards on show: what is asked, of which cards, told by rules from a message.

Only a message that asks, by its form, and points at something on show is a question; "a film about
…" and "is there a shorter one?" are wishes. What is answered, and from what, is `answers.py`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shelftalker.language.tokens import fold
from shelftalker.understanding.rules import question_words as table

Kind = Literal["field", "whether", "about", "compare", "which", "most", "pick", "wishes", "again"]
Spot = tuple[int, int, int]
"""Where a message points at a card: start, end, and the card's place."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of cards: their fields (`aspects`, and `names` of fields that no aspect stands
    for), `whether` a predicate holds of them or `which` it holds of, which has the `most` of an
    aspect (`sign` says which way), what they are about, how they compare; or what was wished.
    `again` is "and the second one?", the question before of another card."""

    kind: Kind
    aspects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    predicate: str = ""
    verb: str = ""
    sign: int = 0
    plural: bool = False


def read_question(message: str, spots: Sequence[Spot], fields: Collection[str]) -> Question | None:
    """The question in a message whose `spots` point at cards, None where it is none. `fields` are
    the names of the fields that the cards have."""
    asked = _Asked.of(message, spots)
    found = _asked(asked, fields)
    reaction = re.match(table.REACTION, asked.text)
    if found is None and reaction:
        raw = asked.raw[reaction.end() :]
        return _asked(replace(asked, text=fold(raw), raw=raw, points="@" in raw), fields)
    return found


def _asked(asked: "_Asked", fields: Collection[str]) -> Question | None:
    if re.fullmatch(table.WISHES, asked.text):
        marks = table.MARKED.items()
        return Question(
            "wishes", names=tuple(k for k, said in marks if re.search(said, asked.text))
        )
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
    """A message with `@` for whatever points at cards: `text` folded, `raw` as it was written."""

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
    return Question("compare", plural=True) if asked.points or _is_short(asked) else None


def _most(asked: _Asked) -> Question | None:
    """ "Which is the cheapest?", "is the second one longer?"."""
    compared = re.match(table.MOST_FORMS, asked.text)
    said = next((word for word in compared.groups() if word), "") if compared else ""
    for (aspect, sign), words in table.MOST.items():
        if said and re.fullmatch(rf"(?:是)?(?:{words})(?:的)?", said):
            return Question("most", (aspect,), sign=sign, plural=True)
    return None


def _which(asked: _Asked) -> Question | None:
    """ "Which one is a comedy?", "are any of these in black?"."""
    found = re.match(table.WHICH_FORMS, asked.text)
    if found is None or (found["v3"] and not asked.plural):
        return None
    name = next(key for key in ("p", "p2", "p3", "p4") if found[key])
    predicate = asked.raw[found.start(name) : found.end(name)]
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
    found = re.match(table.WHETHER_FORMS, asked.text)
    if found is None:
        return None
    name = next(key for key in ("p", "p2", "p3", "p4", "p5") if found[key])
    predicate = asked.raw[found.start(name) : found.end(name)]
    if found["verb"] in ("can", "could") and predicate.startswith("be "):
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
        verb=(found["verb"] or "") if not who else "",
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
    """Is this a question, whatever it asks? One that says more than it asks may be none."""
    if re.search(table.CHINESE_ASKS, text):
        return True
    plain = re.sub(r"\b(?:can|could|do|does|will) (?:i|we|you)\b", "can", text)
    return bool(re.search(table.ASKING, plain)) and not re.search(table.GOES_ON, plain)


def _aspects(text: str) -> tuple[str, ...]:
    """What is asked, the whole expression before a part of it: "how many pages" is no length. When
    something was done is asked of no doer."""
    if re.search(table.WHEN, text):
        return ("year",)
    found = {
        aspect: match.span()
        for aspect, words in table.ASPECTS.items()
        if (match := re.search(words, text))
    }
    whole = [
        aspect
        for aspect, (start, end) in found.items()
        if not any(a <= start and end <= b and b - a > end - start for a, b in found.values())
    ]
    return tuple(whole)


def _named(text: str, fields: Collection[str]) -> tuple[str, ...]:
    """The fields whose names the question says, or whose beginnings: a composer composed."""
    said = re.findall(r"[^\W\d_]{3,}", text)
    return tuple(
        field
        for field in fields
        if any(_alike(word, part) for part in re.split(r"[_\W]+", fold(field)) for word in said)
    )


def _alike(word: str, part: str) -> bool:
    if len(part) < 3:
        return False
    if not part.isascii():
        return part in word
    alike = max(5, min(len(word), len(part)) - 2)
    return word in (part, part + "s") or (word[:alike] == part[:alike] and len(word) >= alike)


def _by_whom(predicate: str) -> str:
    """ "Ida Brandt direct" as a reader of requests knows it: "by Ida Brandt"."""
    made = re.sub(r"\b(?:direct|write|make|sing|produce|publish)\w*$", "", predicate).strip()
    if made != predicate.strip():
        return f"by {made}"
    return re.sub(r"\b(?:in|on|starring|play in|appear in|act in|star in)$", "", made).strip()


def _bare_of(predicate: str) -> str:
    return re.sub(table.DEGREES, "", predicate).strip()


def _verbal(text: str) -> bool:
    """Does it say something of the card, and ask nothing: "the second is too long"?"""
    said = r"\b(?:is|was|looks?|sounds?|seems?|please|in|with|but|too|not|instead)\b|太|不|很|吧|好"
    return bool(re.search(said, text))


def _is_short(asked: _Asked) -> bool:
    return len(asked.text.split()) <= 3
