"""What a request for a product wants beside the kind of thing, and what a card asks itself of each:
`whether they dry out`, but not how well they suit a classroom."""

import re
from itertools import takewhile

from shelftalker.language.packs import words_in
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import DETERMINERS, PREPOSITION, head_of
from shelftalker.understanding.rules.tables import request_words
from shelftalker.writing.verifier.facts import content_of

POLITE = frozenset(
    word
    for filler in (*request_words.FILLER, *request_words.ITEM_NOUNS)
    for word in stems_of(filler)
)
WHEN = frozenset({"tonight", "today", "now", "several", "some", "please", "lover", "fan",
                  "people", "person", "someone", "next", "year", "month", "week"})  # fmt: skip
"""Words of a request that no row can meet or miss."""
IDLE = POLITE | WHEN
COLOURS = words_in(
    "red blue green yellow orange purple violet pink brown black white grey gray beige cream gold "
    "silver turquoise teal navy maroon lilac"
)
_QUALITIES = words_in(
    "small big large tall short long wide thin thick light heavy soft hard strong quiet loud warm "
    "cold cool hot mild gentle sharp sturdy cheap washable fine glossy clear bright "
    "dark rich simple quick fast comfortable cosy cozy natural plain smooth stable safe portable "
    "foldable electric manual "
    "decaf organic vegan scented wooden magnetic wireless"
)
_AFTER_COMMA = re.compile(r"((?:an?|the|some) )?([a-z][a-z -]*), ([a-z-]+(?: [a-z]+)?)")
_CHEAP = re.compile(r"\b(?:cheap|inexpensive|affordable) (?=\w)", re.IGNORECASE)
_CHILD = re.compile(
    r"\b(?:kids?|child|toddlers?|boys?|girls?|\d+[- ]ye?a?rs?[- ]olds?)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r",? (?=(?:that|which|to) )")
_JOINT = re.compile(r",? (?=(?:for|with|without|no|not|in|about) )")
_DENIED = re.compile(r"(?P<be>is|are|be)(?:n['’]t| not)?(?: too)? |(?:do|does)(?:n['’]t| not) ")
_SPOKEN = re.compile(r"\b(?:i|you|we|it|they|she|he)\b", re.IGNORECASE)
_HISSING = ("s", "x", "z", "ch", "sh", "o")


def conditions_of(said: str) -> list[str]:
    """The conditions after the thing that is named, each with the word that joins it: `for the
    pantry`, `that don't dry out` of `labels for the pantry that don't dry out`."""
    person, who, rest = said.partition(" who ")
    before, *clause = _CLAUSE.split(person, maxsplit=1)
    before += who + rest
    parts = [part.strip(" ,") for part in _JOINT.split(before)[1:]]
    return [*parts, *(text.strip(" ,") for text in clause)]


def wanted_words(text: str) -> list[str]:
    """The stems by which a condition is known to be met, all who are young as `children`."""
    words = content_of(stems_of(_CHILD.sub("children", text)))
    return [word for word in words if word not in IDLE]


def is_quality(word: str) -> bool:
    """Whether a word tells what a thing is like: `waterproof`, `blue`."""
    word = word.casefold()
    return word in _QUALITIES or word in COLOURS or word.endswith(("proof", "-free", "less"))


NOUNS_TOO = frozenset({"light", "short", "cold", "safe", "dark", "natural", "sweet", "cream",
                      "gold", "silver"})  # fmt: skip
"""Qualities that may be things: `a bicycle light`."""


def in_order(said: str) -> str:
    """A request with qualities before the thing: `small mailers` for `mailers small`, `low odor
    markers` for `markers, low odor`."""
    said = _CHEAP.sub("", said)
    if (listed := _AFTER_COMMA.fullmatch(said)) and not PREPOSITION.search(listed[3]):
        return f"{listed[1] or ''}{listed[3]} {listed[2]}"
    found = PREPOSITION.search(said)
    head, rest = (said[: found.start()], said[found.start() :]) if found else (said, "")
    words = head.split()
    after = list(takewhile(lambda w: is_quality(w) and w not in NOUNS_TOO, words[::-1]))[::-1]
    article = words[:1] if words and words[0].casefold() in DETERMINERS else []
    before = words[: -len(after)] if after else []
    joined = bool(before) and before[-1] in ("and", "or", "but")  # `warm and soft` is in order
    if len(before) <= len(article) or article == ["something"] or joined:
        return said
    return " ".join([*article, *after, *words[len(article) : -len(after)]]) + rest


def kind_words(said: str) -> list[str]:
    """The words of the thing itself, without an article: `waterproof`, `boots`."""
    return [word for word in head_of(said) if word not in DETERMINERS]


def qualities(said: str) -> list[str]:
    """`quiet` of `a quiet clock`, `warm` of `something warm`."""
    words = kind_words(said)
    before = words if said.startswith(("something", "anything")) else words[:-1]
    pairs = zip(before, [*words[1:], ""], strict=False)
    before = [one for one, after in pairs if after not in ("duty", "weight")]
    after = re.findall(r", ([a-z]+)(?=,|$)", said)  # `a mat for yoga, thick`
    return [one for one in (*before, *after) if is_quality(one) and one != "cream"]


def has_all(text: str, words: list[str]) -> bool:
    """Whether each of some stems, of which there is one at least, has a form in a text."""
    own = stems_of(_CHILD.sub("children", text))
    return bool(words) and all(any(akin(word, other) for other in own) for word in words)


def question_of(condition: str, *, many: bool) -> tuple[str, str]:
    """What is asked of the item, in two parts of which the second are the visitor's words: `whether
    it is free of ` and `springs`; both empty where no plain words fit, the first for a place or a
    use: readers find it silly to doubt that a board suits a hallway. `many`: of `they`."""
    joint, _, rest = condition.partition(" ")
    it, is_ = ("they", "are") if many else ("it", "is")
    if _SPOKEN.search(rest) or (joint == "in" and rest not in COLOURS):
        return "", ""
    if joint in ("that", "which"):
        denied = _DENIED.match(rest)
        deed = rest[denied.end() :] if denied else rest
        if denied and denied["be"]:
            return f"whether {it} {is_} ", deed
        return f"whether {it} ", deed if not denied or many else _third_person(deed)
    opening = {
        "with": f"whether {it} {'have' if many else 'has'} ",
        "without": f"whether {it} {is_} free of ",
        "no": f"whether {it} {is_} free of ",
        "not": f"whether {it} {is_} ",
        "in": f"whether {it} come{'' if many else 's'} in ",
        "about": f"whether {it} {is_} about ",
        "to": f"whether {it} will ",
    }.get(joint, "")
    return (opening, rest) if opening or joint == "for" else ("", "")


def _third_person(deed: str) -> str:
    """`dries out` for `dry out`."""
    verb, space, rest = deed.partition(" ")
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        verb = f"{verb[:-1]}ie"
    return f"{verb}{'es' if verb.endswith(_HISSING) else 's'}{space}{rest}"
