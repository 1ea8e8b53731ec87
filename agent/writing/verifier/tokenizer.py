"""Read a sentence as tokens, with the names that the facts allow taken as one token each.

`SentenceTokenizer` knows one item and the user's history. It recognises titles and attribute values
in a sentence; the rest stays words and numbers.
"""

import re
from collections.abc import Sequence

from shelftalker.data.catalog import Item
from shelftalker.data.values import short_titles, title_details, title_forms
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import CHINESE
from shelftalker.writing.history import HistoryIndex, Past, value_names
from shelftalker.writing.verifier.quoting import is_plain_value
from shelftalker.writing.verifier.tokens import (
    NameTable,
    SentenceToken,
    is_letter,
    lower_case,
    plain_tokens,
)

_ARTICLE = re.compile(r"(?:the|an?) ")


class SentenceTokenizer:
    """Reads sentences about one item to one user."""

    def __init__(self, item: Item, history: Sequence[Past]) -> None:
        self.history = HistoryIndex.of(history)
        self._fields = [field for field in item.attributes if CHINESE.search(field)]
        self._named = NameTable()
        self._values = NameTable()
        self._tables = (self._named, self.history.names, self._values, self.history.values)
        title, taken = item.title, self.history.title_forms
        short = [name for name in short_titles(title) if name.casefold() not in taken]
        for name in [*title_forms(title), *title_forms(neutral(title)), *short]:
            self._named.add(name, "title")
        for text in filter(is_plain_value, title_details(title)):
            self._named.add(text, "fact", "title")
        for form, role in value_names(item):
            self._values.add(form, "fact", role)

    def tokens(self, sentence: str) -> list[SentenceToken]:
        """The sentence as tokens, in order; of overlapping names the longest."""
        tokens: list[SentenceToken] = []
        done = at = 0
        lower = lower_case(sentence)
        while at < len(sentence):
            token = self._name_at(sentence, lower, at)
            if token is None:
                at += 1
                continue
            tokens.extend(plain_tokens(sentence[done:at], self._fields, done))
            tokens.append(token)
            done = at = token.end
        tokens.extend(plain_tokens(sentence[done:], self._fields, done))
        return tokens

    def _name_at(self, sentence: str, lower: str, at: int) -> SentenceToken | None:
        if at and is_letter(sentence[at - 1]) and is_letter(sentence[at]):
            return None  # within a word
        for start in (lower[at : at + 2], lower[at]):
            lengths = {size for table in self._tables for size in table.lengths.get(start, ())}
            for size in sorted(lengths, reverse=True):
                if at + size > len(sentence) or not _ends_word(sentence, at + size):
                    continue
                text = sentence[at : at + size]
                if token := self._recognised(text, lower[at : at + size], sentence, at):
                    return token
        return None

    def _recognised(self, text: str, lower: str, sentence: str, start: int) -> SentenceToken | None:
        """The name at that place, unless it is an ordinary word that only looks like a title."""
        own = [one for table in self._tables[:3] for one in table.meanings.get(lower, ())]
        options = [
            option
            for option in own or self.history.values.meanings.get(lower, [])  # nothing else
            if option.kind not in ("title", "past")
            or (" " in text and _spelled(text, option.text))
            or text == option.text
        ]
        ordinary = any(lower in table.ordinary_titles for table in self._tables)
        alone = " " not in text and not _quoted(sentence, start, text)
        if ordinary and (alone or text != options[0].text if options else True):
            options = [option for option in options if option.kind not in ("title", "past")]
        if not options:
            return None
        roles = frozenset().union(*(option.roles for option in options))
        return SentenceToken(text, options[0].kind, roles, options[0].past, start)


def _ends_word(sentence: str, end: int) -> bool:
    """Whether no letter of an alphabet goes on there; Chinese has no word ends to show."""
    return end >= len(sentence) or not (is_letter(sentence[end - 1]) and is_letter(sentence[end]))


def _spelled(text: str, title: str) -> bool:
    """Whether a title begins as it is written: `You gave up in Smoke 4 stars` names none. Its
    article may be lower case."""
    return not (text[:1].islower() and title[:1].isupper()) or bool(_ARTICLE.match(text))


def _quoted(sentence: str, start: int, text: str) -> bool:
    end = start + len(text)
    return sentence[start - 1 : start] in set("\"'“‘《「") and sentence[end : end + 1] in set(
        "\"'”’》」"
    )
