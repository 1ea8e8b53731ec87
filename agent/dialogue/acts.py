"""What a message does in the conversation, and which of the shown cards it points at.

Rules over folded words, for five languages; no model. What is left of a message when the act and
the pointing are taken out is for the request reader.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from shelftalker.asking.words import fold, phrase
from shelftalker.dialogue import act_words

Act = Literal[
    "ask", "critique", "accept", "like", "dislike", "others", "more_like", "seen", "why",
    "surprise", "undo", "restart", "small_talk",
]  # fmt: skip
POINTING: tuple[Act, ...] = ("accept", "like", "dislike", "more_like", "seen", "why")
"""Acts about a card."""


@dataclass(frozen=True, slots=True)
class Said:
    """An act, the places (0 is the first) of the cards it points at, and the rest of the message.

    `vague`: it says "it" or "this", whichever card that is. `steps` are the numeric comparatives
    ("cheaper": price, -1), `avoid` the words after "less" and "too", `stronger` those after "more".
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


def read_act(message: str, titles: Sequence[str] = ()) -> Said:
    """The act of a message; `titles` are those of the cards on show, in order."""
    text = fold(message)
    if act := _whole(text):
        return Said(act, vague=act in ("why", "accept"))
    spots = _spots(text, titles)
    pointer = "|".join([_POINTER, *(re.escape(text[a:b]) for a, b, _ in spots if b > a)])
    act, span = _opening(text, pointer)
    vague = False
    if act in POINTING or spots:
        vague = bool(re.search(rf"\b(?:{act_words.PRONOUN})\b", text)) and not spots
    if act in POINTING and not (spots or vague) and _left(text, [span]):
        act, span = "ask", (0, 0)  # "I like thrillers" points at nothing on show
    return _rest(message, text, act, span, spots, vague)


def _rest(
    message: str,
    text: str,
    act: Act,
    span: tuple[int, int],
    spots: list[tuple[int, int, int]],
    vague: bool,
) -> Said:
    """The comparatives, and what remains."""
    cut = [span, *((start, end) for start, end, _ in spots)]
    steps, spans = _steps(text)
    avoid, softer = _captured(act_words.SOFTER, text, [*cut, *spans])
    stronger, more = _captured(act_words.STRONGER, text, [*cut, *spans, *softer])
    turned = bool(steps or avoid or stronger or re.search(act_words.COMPARATIVE, text))
    if act in POINTING and vague:
        cut += [m.span() for m in re.finditer(rf"\b(?:{act_words.PRONOUN})\b", text)]
    cut += [match.span() for match in re.finditer(act_words.INSTEAD, text)]
    rest = _without(message, [*cut, *spans, *softer, *more])
    if re.fullmatch(rf"(?:{act_words.POLITE}[\s,.!?]*)*", fold(rest)):
        rest = ""
    if act in ("ask", "like") and (turned or spots):
        act = "critique" if turned or act == "ask" else act
    if act == "critique" and spots and not turned and not re.search(r"\w", rest):
        act = "accept"  # "the second one, please"
    return Said(
        act,
        rest if re.search(r"\w", rest) else "",
        tuple(dict.fromkeys(place for _, _, place in spots)),
        vague,
        steps,
        avoid,
        stronger,
        bool(re.search(act_words.TURN, text.strip())) or turned,
        bool(re.search(act_words.INSTEAD, text)),
    )


def _whole(text: str) -> Act | None:
    """The act that the whole message is, politeness aside."""
    bare = re.sub(r"^[\s,.!?¡¿。！？]+|[\s,.!?。！？]+$", "", text)
    for act, pattern in _wholes():
        if pattern.fullmatch(bare):
            return act
    return None


def _opening(text: str, pointer: str) -> tuple[Act, tuple[int, int]]:
    for name, pattern in act_words.OPENING.items():
        if match := re.search(pattern.replace("{ref}", pointer), text.strip(" !?.")):
            shift = len(text) - len(text.lstrip(" !?."))
            return _ACTS[name], (match.start() + shift, match.end() + shift)
    return "ask", (0, 0)


def _spots(text: str, titles: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where the message points at cards: start, end, place. Ordinals and titles on show count."""
    if not titles:
        return []
    found = [
        (match.start(), match.end(), place)
        for place, words in act_words.ORDINALS.items()
        for match in _ordinal(words).finditer(text)
    ]
    found += [(m.start(), m.end(), int(m["n"]) - 1) for m in _NUMBERED.finditer(text)]
    for place, title in enumerate(titles):
        for form in dict.fromkeys([fold(title), fold(title.partition(" (")[0])]):
            if len(phrase(form)) > 1 and (start := text.find(form)) >= 0:
                found.append((start, start + len(form), place))
    if len(titles) > 1 and (both := re.search(r"\b(?:the )?(?:last|first) two\b", text)):
        pair = (0, 1) if "first" in both[0] else (len(titles) - 2, len(titles) - 1)
        found += [(*both.span(), place) for place in pair]
    return sorted(
        (start, end, len(titles) - 1 if place < 0 else place) for start, end, place in found
    )


@lru_cache(maxsize=16)
def _ordinal(words: str) -> re.Pattern[str]:
    """ "The second one", "den zweiten", "the second is …", not "the second world war"."""
    return re.compile(
        rf"(?:\b(?:{act_words.ARTICLE}) )(?:{words})(?: (?:{act_words.NOUN}))?(?={_EDGE})"
        rf"|^(?:{words})(?: (?:{act_words.NOUN}))?(?=\s*[.,!?]?$)"
        rf"|第?(?:{words})(?:个|部|本|首)"
    )


_EDGE = (
    r"\s*(?:$|[,.;!?，。]|(?:but|and|or|in|is|was|looks|sounds|please|instead|with|without|though|already"
    r"|again|aber|und|in|bitte|mais|et|pero|y|en|von|of)\b)"
)
_NUMBERED = re.compile(
    rf"(?:\b(?:number|no\.?|nr\.?|nummer|numero|card|option) ?|#)(?P<n>[1-9])(?={_EDGE})"
)
_POINTER = rf"(?:{act_words.PRONOUN})(?![a-z])"
_ACTS: dict[str, Act] = {
    name: name  # type: ignore[misc]
    for name in [*act_words.WHOLE, *act_words.OPENING]
}


@lru_cache(maxsize=1)
def _wholes() -> list[tuple[Act, re.Pattern[str]]]:
    polite = act_words.POLITE
    return [
        (_ACTS[name], re.compile(rf"(?:{polite}[ ,]*)*(?:{listed})(?:[ ,]*{polite})*"))
        for name, listed in act_words.WHOLE.items()
    ]


def _steps(text: str) -> tuple[tuple[tuple[str, int], ...], list[tuple[int, int]]]:
    """The numeric comparatives; one before "than" and a number is a bound, and no step."""
    steps: list[tuple[str, int]] = []
    spans: list[tuple[int, int]] = []
    for step, words in act_words.NUMERIC.items():
        for match in re.finditer(
            rf"(?<![a-z])(?:{words})(?![a-z])(?! (?:than|als|que|de) [\d$€£a-z])", text
        ):
            steps.append(step)
            spans.append(match.span())
    return tuple(dict.fromkeys(steps)), spans


def _captured(
    pattern: str, text: str, taken: Sequence[tuple[int, int]]
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The words a pattern captures outside what is taken, and their spans."""
    words, spans = [], []
    for match in re.finditer(pattern, text):
        start, end = match.span()
        word = next(filter(None, match.groups()))
        if word not in _NO_QUALITY and all(end <= a or b <= start for a, b in taken):
            words.append(word)
            spans.append((start, end))
    return tuple(words), spans


_NO_QUALITY = frozenset(
    [
        "than",
        "like",
        "of",
        "the",
        "that",
        "this",
        "one",
        "ones",
        "like",
        "wie",
        "comme",
        "como",
        "als",
        "que",
        "much",
        "many",
        "films",
        "movies",
        "books",
        "songs",
        "albums",
        "things",
        "recommendations",
        "and",
        "with",
        "please",
        "from",
        "about",
    ]
)


def _left(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    return bool(re.search(r"\w", _without(text, spans)))


def _without(message: str, spans: Sequence[tuple[int, int]]) -> str:
    """The message with what is taken cut out."""
    kept = list(message)
    for start, end in spans:
        for place in range(start, min(end, len(kept))):
            kept[place] = "\0"
    text = re.sub("\0+", " ", "".join(kept))
    return re.sub(r"\s+([,.;!?])", r"\1", re.sub(r"\s{2,}", " ", text)).strip(" ,")
