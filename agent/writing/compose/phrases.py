"""English articles, plurals and clauses that several sentences use."""

import re
from collections.abc import Collection
from itertools import dropwhile

from shelftalker.data.relations import relation_words
from shelftalker.language.packs import words_in
from shelftalker.language.stems import stems_of
from shelftalker.language.things import (
    DETERMINERS,
    PREPOSITION,
    is_plural,
    is_uncountable,
    names_thing,
)
from shelftalker.understanding.rules.tables import request_words


def with_article(phrase: str) -> str:
    """`an action film`, `a 1994 comedy`, `an 18th-century drama`."""
    vowel = phrase[:1].lower() in "aeio8" or phrase.startswith(("11", "18"))
    return f"{'an' if vowel else 'a'} {phrase}"


def relation_phrase(field: str) -> str:
    """`is a sequel of`, `is based on`; empty for a field whose name is no relation."""
    *head, last = relation_words(field) or [""]
    name = " ".join(head)
    return f"is {with_article(name) if last == 'of' else name} {last}" if head else ""


def wish_phrase(said: str, known: Collection[str] = ()) -> str:
    """A request as words about an item: `a gift for a teacher` for `gift for a teacher`, `something
    for your desk` for `something for my desk`; empty where it names no thing. `known`: stems of
    nouns of the catalogue, beside general ones."""
    said = _POLITE_END.sub("", said.strip(" .,!?"))
    said = re.sub(r"^for ", "something for ", said, flags=re.IGNORECASE)
    words = said.split()
    if re.match(r"i (?!want|need|would|like|am\b)", said, re.IGNORECASE):
        return ""  # `I paint with my sister`
    while words and words[0].casefold() in _OPENING:
        words.pop(0)
    text = re.sub(r"\bmy\b", "your", " ".join(words), flags=re.IGNORECASE)
    text = re.sub(r"\bme\b", "you", text, flags=re.IGNORECASE)
    head = PREPOSITION.split(text, maxsplit=1)[0]
    last = stems_of(head)[-1:]
    if not last or SPEAKER.search(text) or _QUESTION.search(head):
        return ""
    if names_thing(head) or words[0].casefold() == "nothing":
        return text[0].lower() + text[1:] if words[0].casefold() in DETERMINERS else text
    whole = "," not in text  # `space, but not violent`
    return with_article(text) if whole and last[0] in {*known, *_NOUNS} else ""


def without_opening(said: str) -> str:
    """A request without the words by which a person asks: `a stapler` of `I need a stapler`."""
    words = said.split()
    rest = list(dropwhile(lambda word: word.casefold() in _OPENING, words))
    opened = {word.casefold() for word in words[: len(words) - len(rest)]}
    return said if opened.isdisjoint(_ASKS) or not rest else " ".join(rest)


_POLITE_END = re.compile(r",? (?:please|thanks|thank you)$", re.IGNORECASE)
SPEAKER = re.compile(r"\b(?:i|i['’]\w+|we|us|our)\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"\b(?:(?:it|that|there|what|who)['’]s|is|are|do|does|can|what|which|any)\b", re.IGNORECASE
)
_ASKS = words_in("show find give recommend suggest want need like looking search searching")
_OPENING = _ASKS | words_in("please hi hello me us i we would i'd we'd for i'm i’m am we're are")
_NOUNS = frozenset(
    stem for noun in request_words.ITEM_NOUNS if noun.isascii() for stem in stems_of(noun)
)


def lowered(value: str) -> str:
    """`science fiction` for `Science Fiction`; `LCD` as it is."""
    return value.lower() if value.istitle() else value


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


def this_is(kind: str) -> str:
    """`these are gel pens`, `this is an ink cartridge`, `this is glue`."""
    if is_plural(kind):
        return f"these are {kind}"
    return f"this is {kind if is_uncountable(kind) else with_article(kind)}"
