"""False sentences made from true ones: another name, another number, a denial, an invented event.

The verifier must stop them, and should not stop the true ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import all_titles, display_title, numbers_of, texts_of
from shelftalker.writing.verifier.tokenizer import Past

FalsehoodKind = Literal["name", "number", "denial", "history"]
FALSEHOOD_KINDS: tuple[FalsehoodKind, ...] = get_args(FalsehoodKind)
_DENIABLE = re.compile(r"\b(is|are|has|comes|was|includes)\b")
_ROLES = ("director", "cast", "writer", "author", "artist", "brand", "genre", "country")


@dataclass(frozen=True, slots=True)
class Falsehood:
    """A false sentence, and the kind of error planted in it."""

    kind: FalsehoodKind
    text: str


def falsehoods(
    sentence: str,
    item: Item,
    history: Sequence[Past],
    others: Sequence[Item],
    random: np.random.Generator,
) -> list[Falsehood]:
    """One false sentence of each kind that can be made from this true one. `others`: items of the
    same catalogue without an event of this user; wrong names come from them."""
    foreign = [others[at] for at in random.permutation(len(others))[:50]]
    made = {
        "name": _name(sentence, item, history, foreign),
        "number": _number(sentence, item, history, random),
        "denial": _denial(sentence, item, history),
        "history": _history(item, history, foreign, random),
    }
    return [Falsehood(kind, made[kind]) for kind in FALSEHOOD_KINDS if made[kind]]


def _name(sentence: str, item: Item, history: Sequence[Past], others: Sequence[Item]) -> str:
    """Replace a value of the item by one of the same role that neither it nor the history has."""
    known = {text.casefold() for one in (item, *(p.item for p in history)) for text in _values(one)}
    for field, value in item.attributes.items():
        role = role_of(field)
        for text in texts_of(value) if role in _ROLES else ():
            match = _outside_titles(re.escape(text), sentence, item, history)
            if match is None:
                continue
            for other in _of_role(others, role):
                if other.casefold() not in known:
                    shown = other if sentence[match.start()].isupper() else other.lower()
                    return f"{sentence[: match.start()]}{shown}{sentence[match.end() :]}"
    return ""


def _number(sentence: str, item: Item, history: Sequence[Past], random: np.random.Generator) -> str:
    """Replace a year, length, price or rating by a wrong one."""
    match = _outside_titles(r"\d+", sentence, item, history)
    if match is None:
        return ""
    known = {n for values in numbers_of(item).values() for n in values}
    known |= {past.event.value for past in history if past.event.value is not None}
    number = int(match.group())
    least = max(2, number // 10) if number < 100 else 2
    steps = [step for step in range(1, least + 8) if number + step not in known]
    step = steps[int(random.integers(len(steps)))]
    return f"{sentence[: match.start()]}{number + step}{sentence[match.end() :]}"


def _denial(sentence: str, item: Item, history: Sequence[Past]) -> str:
    match = _outside_titles(_DENIABLE.pattern, sentence, item, history)
    if match is None:
        return ""
    verb = match.group()
    denied = {"comes": "does not come", "includes": "does not include",
              "has": "does not have"}.get(verb, f"{verb} not")  # fmt: skip
    return f"{sentence[: match.start()]}{denied}{sentence[match.end() :]}"


def _history(
    item: Item, history: Sequence[Past], others: Sequence[Item], random: np.random.Generator
) -> str:
    """An event on an item without any event, on this item, or of the wrong kind."""
    stranger = display_title(others[0].title) if others else display_title(item.title)
    options = [
        f"You gave {stranger} 5 stars.",
        f"You liked {stranger}, and this is another one for you.",
        f"You have already bought {display_title(item.title)}.",
    ]
    drew = [past for past in history if past.drew]
    if drew:
        past = drew[int(random.integers(len(drew)))]
        options += [f"You disliked {display_title(past.item.title)}."] * 2
    return options[int(random.integers(len(options)))]


def _outside_titles(
    pattern: str, sentence: str, item: Item, history: Sequence[Past]
) -> re.Match[str] | None:
    """The first match outside titles: the name of an item cannot be false."""
    taken = [
        (at, at + len(title))
        for one in (item, *(past.item for past in history))
        for title in all_titles(one.title)
        for at in _places(title, sentence)
    ]
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", sentence, re.IGNORECASE):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            return match
    return None


def _places(title: str, sentence: str) -> Iterator[int]:
    at = sentence.find(title) if title else -1
    while at >= 0:
        yield at
        at = sentence.find(title, at + 1)


def _of_role(items: Sequence[Item], role: str) -> Iterator[str]:
    for one in items:
        for field, value in one.attributes.items():
            if role_of(field) == role:
                yield from texts_of(value)


def _values(item: Item) -> Iterator[str]:
    for value in item.attributes.values():
        yield from texts_of(value)
