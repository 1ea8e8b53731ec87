"""`Mention`: words of a message that name a catalogue value; what the words around them show."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from shelftalker.data.field_roles import role_of
from shelftalker.language.tokens import Word, phrase
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import Phrase, VocabularyEntry


@dataclass(frozen=True, slots=True)
class Mention:
    """Words first..last name `entries`: of one field if demanded, of every field if excluded."""

    first: int
    last: int
    entries: tuple[VocabularyEntry, ...]
    after_or: bool = False
    plural: bool = False
    listed: bool = False

    @property
    def field(self) -> str:
        """The field of the first entry."""
        return self.entries[0].field

    @property
    def value(self) -> str:
        """The value of the first entry."""
        return self.entries[0].value

    @property
    def role(self) -> str:
        """The role of the field."""
        return role_of(self.field)


def cue(tokens: Sequence[Word], place: int, listed: str) -> int:
    """How many words from here form one of the listed phrases; 0 if none."""
    texts = tuple(word.text for word in tokens[max(place, 0) : place + 4])
    known = _phrases(listed)
    return next((n for n in range(len(texts), 0, -1) if place >= 0 and texts[:n] in known), 0)


@lru_cache(maxsize=8)
def _phrases(listed: str) -> frozenset[Phrase]:
    return frozenset(phrase(part) for part in listed.split("/") if part.strip())


def runs_on(tokens: Sequence[Word], last: int) -> bool:
    """Whether a capitalised word follows directly, so that this is only part of a longer name."""
    if last + 1 >= len(tokens) or not tokens[last].capital:
        return False
    after = tokens[last + 1]
    ordinary = after.text in request_words.FILLER or after.text in request_words.ITEM_NOUNS
    return after.capital and after.start - tokens[last].end == 1 and not ordinary


def role_before(tokens: Sequence[Word], first: int) -> str:
    """ "by" or "with" by the words before a name."""
    for back in range(1, min(first, 3) + 1):
        for role, listed in (("with", request_words.WITH), ("by", request_words.BY)):
            if cue(tokens, first - back, listed) == back:
                return role
    return ""
