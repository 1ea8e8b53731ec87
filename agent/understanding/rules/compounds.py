"""What the words around a value make of it: a description of another noun, somebody to resemble, or
what "one" and "her" refer to later.
"""

import re
from collections.abc import Sequence

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.packs import words_in
from shelftalker.language.tokens import phrase
from shelftalker.understanding.rules.free_text import is_empty
from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.negation import LINKING
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.tables import request_words

_WITH = ("with", "mit", "avec", "con")
_GOES_ON = (
    *request_words.PREPOSITIONS,
    *request_words.PLACE_PREPOSITIONS,
    *request_words.CONTRAST_WORDS,
    *words_in("without no not under that which ohne sans sin or and und et y"),
)
"""Words after a noun that are no noun themselves."""
_JOINING = frozenset(
    [*request_words.ITEM_NOUNS, *request_words.DETERMINERS, *LINKING]
    + [word for listed in (request_words.BY, request_words.WITH)
       for part in listed.split("/") for word in phrase(part)]
)  # fmt: skip


def is_soft(mention: Mention, mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a value is no demand although its words are: it describes another noun, is named
    beside an example, or the message also says that it need not be."""
    again = (
        state.polarity.permitted[other.first] and other.entries[0][:2] == mention.entries[0][:2]
        for other in mentions
        if other is not mention
    )
    return _is_modifier(mention, state) or _is_beside_example(mention, state) or any(again)


def _is_beside_example(mention: Mention, state: ParseState) -> bool:
    """Whether a name continues a list of examples: "who liked 'Cold Rooms' and The Velvets"."""
    before = state.words[mention.first - 1] if mention.first else None
    if before is None or before.text not in LINKING or mention.role not in PEOPLE:
        return False
    gap = state.message[: before.start].rstrip("\"'”’ ")
    return any(len(gap) == part.span[1] for part in state.like)


def referred(mentions: Sequence[Mention], state: ParseState) -> list[Mention]:
    """The values that a later word refers to: "I lost my phone and need a new one", "I have read
    Agatha Christie, anything else by her?"."""
    found = []
    for name, roles in (("THING", ("genre",)), ("PERSON", PEOPLE), ("KIND", ("genre",))):
        for match in re.finditer(getattr(request_words, f"{name}_AGAIN"), state.text):
            if any(state.negation.ruled_out[at] for at in state.places_of(*match.span())):
                continue
            before = [m for m in mentions if state.words[m.last].end < match.start()]
            found += [m for m in before if m.role in roles][-1:]
    return found


def left(mentions: Sequence[Mention], state: ParseState) -> list[Mention]:
    """The values that later words turn away from: "I enjoy classics, but want to move away from
    them". Those words ask for nothing themselves."""
    found = []
    for match in re.finditer(request_words.LEFT_AGAIN, state.text):
        places = state.places_of(*match.span())
        state.take(places[0], places[-1])
        found += [m for m in mentions if m.last < places[0]][-1:]
    return found


def is_bare(mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a message has nothing but values and what joins them, so that nothing denies them:
    "dramas by Hal Weber"."""
    named = {place for m in mentions for place in range(m.first, m.last + 1)}
    return all(
        place in named or state.taken[place] or word.text in _JOINING
        for place, word in enumerate(state.words)
    )


def _is_modifier(mention: Mention, state: ParseState) -> bool:
    """Whether a kind of product only describes another noun: "desk" in "desk chair", "camera" in
    "a phone with a good camera"."""
    field = mention.field
    if field not in state.vocabulary.single or role_of(field) != "genre":
        return False
    words = [word.text for word in state.words]
    if set(words[max(mention.first - 3, 0) : mention.first]) & set(_WITH):
        return True
    after = mention.last + 1
    if mention.plural or after >= len(words) or state.taken[after]:
        return False
    word = state.words[after]
    gap = state.text[state.words[after - 1].end : word.start]
    if gap != " " or not word.text.isascii() or is_empty(word) or word.text in _GOES_ON:
        return False
    return all(one.field == field for one in state.vocabulary.categories.get((word.stem,), ()))
