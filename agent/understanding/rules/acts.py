"""Classifies the dialogue act of a message, and the cards on show that it points at.

Regular expressions on folded text, for five languages; no model. The request reader gets what is
left of the message without the act and the references to cards.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shelftalker.language.tokens import fold
from shelftalker.understanding.rules.pointing import POINTER, Spot, asked_spots, spots
from shelftalker.understanding.rules.questions import Question, read_question
from shelftalker.understanding.rules.tables import act_words

Act = Literal[
    "ask", "critique", "question", "accept", "like", "dislike", "others", "more_like", "bought",
    "played", "seen", "why", "surprise", "undo", "restart", "small_talk",
]  # fmt: skip
POINTING: tuple[Act, ...] = (
    "accept", "like", "dislike", "more_like", "bought", "played", "seen", "why",
)  # fmt: skip
"""Acts about a card."""


@dataclass(frozen=True, slots=True)
class MessageAct:
    """An act, the places (from 0) of the cards it points at, and the rest of the message, with
    blanks where the act stood.

    `vague`: it points by "it" or "this". `steps` are the numeric comparatives ("cheaper": price,
    -1), `avoid` the words after "less" and "too", `stronger` those after "more". `goes_on`: it
    continues the search before it; `instead`: it replaces what was asked; `everywhere`: it asks
    about the whole catalogue. `proposes`: it asks why something was not shown. `judged` is the
    opinion in "I bought it and love it".
    """

    act: Act
    rest: str = ""
    places: tuple[int, ...] = ()
    vague: bool = False
    steps: tuple[tuple[str, int], ...] = ()
    avoid: tuple[str, ...] = ()
    stronger: tuple[str, ...] = ()
    goes_on: bool = False
    instead: bool = False
    everywhere: bool = False
    proposes: bool = False
    judged: Literal["", "like", "dislike"] = ""
    question: Question | None = None


def read_act(message: str, titles: Sequence[str] = (), fields: Collection[str] = ()) -> MessageAct:
    """The act of a message. `titles` are those of the cards on show, in order, `fields` the names
    of their catalogue fields."""
    message = re.sub(act_words.INSTEAD_OF, lambda match: "not".ljust(len(match[0])), message)
    whole = with_cheap(message, "便宜点")
    for message in (whole, without_fillers(whole)):
        text = fold(message)
        if titles and re.fullmatch(act_words.ALL_SEEN, text.strip(" ,.!?。！？")):
            return MessageAct("seen", places=tuple(range(len(titles))))
        if act := _whole(text):
            return MessageAct(act, vague=act in ("why", "accept", *HAD))
    asked = asked_spots(message, titles)
    if question := read_question(message, asked, fields):
        places = tuple(dict.fromkeys(place for *_, place in asked))
        return MessageAct("question", places=places, vague=not places, question=question)
    pointed = spots(message, titles)
    pointer = "|".join([POINTER, *(re.escape(text[a:b]) for a, b, _ in pointed if b > a)])
    act, span = _opening(text, pointer)
    vague = False
    if act in POINTING or pointed:
        vague = bool(re.search(rf"\b(?:{act_words.PRONOUN})\b", text)) and not pointed
    if act in POINTING and not (pointed or vague) and re.search(r"\w", _without(text, [span])):
        act, span = "ask", (0, 0)  # "I like thrillers" points at nothing on show
    first, *others = pointed or [(0, 0, 0)]
    if act == "dislike" and others and re.match(r"\W*(?:but )?$", text[first[1] : others[0][0]]):
        act, pointed = "accept", others  # "not the first, the second": the second is surely meant
        message = _without(message, [first[:2]])
    parsed = _rest(message, text, act, span, pointed, vague)
    asks = parsed.act in POINTING and parsed.rest
    also = read_question(parsed.rest.strip(), (), fields) if asks else None
    return replace(parsed, rest="", question=also) if also else parsed  # "looks good, is it long?"


def without_fillers(message: str) -> str:
    """The message with the fillers at the edges of its clauses ("well", "you know") replaced by
    spaces, so that all places stay the same."""
    kept = message
    for pattern in (act_words.FILLER_AT_START, act_words.FILLER_AT_END):
        while match := re.search(pattern, fold(kept)):
            start = match.start("word") if "word" in match.re.groupindex else match.start()
            kept = f"{kept[:start]}{' ' * (match.end() - start)}{kept[match.end() :]}"
    return kept


def with_cheap(message: str, word: str) -> str:
    """The message with this word for a low price where it says 不要太贵 or 太贵的不要."""
    for match in re.finditer(act_words.TOO_DEAR, fold(message)):
        start, end = match.span()
        cheap = f"{word}{match['kind'] or ''}".rjust(end - start)  # 贵的凉鞋就算了: 便宜的凉鞋
        message = f"{message[:start]}{cheap}{message[end:]}"
    return message


def _rest(
    message: str, text: str, act: Act, span: tuple[int, int], pointed: Sequence[Spot], vague: bool
) -> MessageAct:
    """The act with its comparatives, and what remains of the message."""
    cut = [span, *((start, end) for start, end, _ in pointed)]
    judged, verdicts = _judged(text) if act in HAD else ("", [])
    cut += [*verdicts, *(_clause(text, spot) for spot in (cut if act in HAD else ()))]
    steps, spans = _steps(text)
    avoid, softer = _captured(act_words.SOFTER, text, [*cut, *spans])
    stronger, more = _captured(act_words.STRONGER, text, [*cut, *spans, *softer])
    turned = bool(steps or avoid or stronger or re.search(act_words.COMPARATIVE, text))
    if act in POINTING and vague:
        cut += [m.span() for m in re.finditer(rf"\b(?:{act_words.PRONOUN})\b", text)]
    scope = rf"{act_words.INSTEAD}|{act_words.EVERYWHERE}"
    cut += [match.span() for match in re.finditer(scope, text)]
    proposal = re.match(act_words.PROPOSAL, text) if act == "ask" else None
    cut += [proposal.span()] if proposal else []
    rest = _without(message, [*cut, *spans, *softer, *more])
    if re.fullmatch(rf"(?:{act_words.POLITE}[\s,.!?]*)*", fold(rest).strip()):
        rest = ""
    rest = _blanked(r"(?:吗|呢|呀|啊|嘛)(?=\W*$)|\belse\b", rest)
    rest = rest if vague else _blanked(r"^ *[那这](?:个|种|款|部|本)(?=[\u4e00-\u9fff])", rest)
    if act in ("ask", "like") and (turned or pointed):
        act = "critique" if turned or act == "ask" else act
    if act == "critique" and pointed and not turned and not re.search(r"\w", rest):
        act = "accept"  # "the second one, please"
    return MessageAct(
        act,
        rest if re.search(r"\w", rest) else "",
        tuple(dict.fromkeys(place for *_, place in pointed)),
        vague,
        steps,
        avoid,
        stronger,
        bool(re.search(act_words.TURN, text.strip())) or turned,
        bool(re.search(act_words.INSTEAD, text)),
        bool(re.search(act_words.EVERYWHERE, text)),
        bool(proposal and re.match(act_words.WHY_NOT, text)),
        judged,
    )


HAD: tuple[Act, ...] = ("bought", "played", "seen")
"""Acts that say that the visitor already bought, played or saw a card's item."""


def _clause(text: str, spot: tuple[int, int]) -> tuple[int, int]:
    """The clause around a span: "yesterday" in "I bought the first one yesterday" is no wish."""
    marks = [match.span() for match in re.finditer(act_words.CLAUSE, text)]
    start = max((end for _, end in marks if end <= spot[0]), default=0)
    return start, min((at for at, _ in marks if at >= spot[1]), default=len(text))


def _judged(text: str) -> tuple[Literal["", "like", "dislike"], list[tuple[int, int]]]:
    """The opinion in a message about an item the visitor had, and its spans."""
    bad = [match.span() for match in re.finditer(act_words.BAD, text)]
    good = [match.span() for match in re.finditer(act_words.GOOD, text)]
    return "dislike" if bad else "like" if good else "", [*bad, *good]


def _whole(text: str) -> Act | None:
    """The act that fills the whole message, apart from politeness; None if there is none."""
    bare = re.sub(r"^[\s,.!?¡¿。！？]+|[\s,.!?。！？]+$", "", text)
    return next((act for act, pattern in _WHOLES if pattern.fullmatch(bare)), None)


_WHOLES: list[tuple[Act, re.Pattern[str]]] = [
    (name, re.compile(rf"(?:{act_words.POLITE}[ ,]*)*(?:{listed})(?:[ ,]*{act_words.POLITE})*"))
    for name, listed in act_words.WHOLE.items()
]


def _opening(text: str, pointer: str) -> tuple[Act, tuple[int, int]]:
    for name, pattern in act_words.OPENING.items():
        if match := re.search(pattern.replace("{ref}", pointer), text.strip(" !?.")):
            shift = len(text) - len(text.lstrip(" !?."))
            return name, (match.start() + shift, match.end() + shift)
    return "ask", (0, 0)


def _steps(text: str) -> tuple[tuple[tuple[str, int], ...], list[tuple[int, int]]]:
    """The numeric comparatives and their spans; "cheaper than 20" is a bound, not a step."""
    steps: list[tuple[str, int]] = []
    spans: list[tuple[int, int]] = []
    no_bound = r"(?! (?:than|als|que|de) [\d$€£a-z])"
    for step, words in act_words.NUMERIC.items():
        for match in re.finditer(
            rf"(?<![a-z])(?:{act_words.NOT_TOO})?(?:{words})(?![a-z]){no_bound}", text
        ):
            steps.append(step)
            spans.append(match.span())
    return tuple(dict.fromkeys(steps)), spans


def _captured(
    pattern: str, text: str, taken: Sequence[tuple[int, int]]
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The words that a pattern captures outside the spans already `taken`, and their spans."""
    words, spans = [], []
    for match in re.finditer(pattern, text):
        start, end = match.span()
        word = next(filter(None, match.groups()))
        if word not in _NO_QUALITY and all(end <= a or b <= start for a, b in taken):
            words.append(word)
            spans.append((start, end))
    return tuple(words), spans


_NO_QUALITY = frozenset(act_words.NO_QUALITY.split())


def _without(message: str, spans: Sequence[tuple[int, int]]) -> str:
    """The message with some spans blank, so that all other places stay the same."""
    kept = list(message)
    for start, end in spans:
        end = min(end, len(kept))
        kept[start:end] = " " * (end - start)
    return "".join(kept)


def _blanked(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda match: " " * len(match[0]), text)
