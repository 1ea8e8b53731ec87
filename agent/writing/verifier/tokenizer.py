"""Read a sentence as tokens, with the names that the facts allow taken as one token each.

`SentenceTokenizer` knows one item, the user's history and the request. It finds titles, attribute
values and the quoted request in a sentence, and says what each of them is; all else stays words and
numbers.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.field_roles import chinese_names, role_of
from shelftalker.data.values import (
    all_titles,
    display_title,
    short_titles,
    texts_of,
    title_details,
    title_forms,
    value_forms,
)
from shelftalker.language.stems import CHINESE
from shelftalker.types import Request
from shelftalker.writing.verifier.lexicon import VOCABULARIES
from shelftalker.writing.verifier.quoting import tellable

Kind = Literal["title", "past", "fact", "theirs", "request", "word", "number", "mark"]

_ARTICLE = re.compile(r"(?:the|an?) ")
_LETTERS = r"[^\W\d_\u3400-\u9fff]+"
_TOKEN = re.compile(
    r"(?P<number>[$€£¥]?\d+(?:[.,]\d+)*)|(?P<word>[\u3400-\u9fff]+|{L}(?:['’]{L})?)|(?P<mark>\S)".replace(
        "{L}", _LETTERS
    )
)


@dataclass(frozen=True, slots=True)
class Past:
    """One event of the user with the item it was about; the last event of each item counts."""

    event: Event
    item: Item

    @property
    def sign(self) -> int:
        """As `Event.sign`."""
        return self.event.sign

    @property
    def drew(self) -> bool:
        """Whether it can be a reason for a pick: the user liked it, or looked at it and has not
        judged it."""
        return self.sign > 0 or self.event.kind in ("view", "click")


def names_of(item: Item, history: Sequence[Past]) -> list[str]:
    """Titles as texts write them: the item's, then those of the history."""
    return [display_title(one.title) for one in (item, *(past.item for past in history))]


@dataclass(frozen=True, slots=True)
class SentenceToken:
    """A piece of a sentence: a known name, a word, a number or a mark. `theirs` is a value that
    only items of the history have.

    `roles` are those of the attributes that hold the name; `past` indexes the history.
    """

    text: str
    kind: Kind
    roles: frozenset[str] = frozenset()
    past: int = -1

    @property
    def folded(self) -> str:
        return self.text.casefold().replace("’", "'")


class SentenceTokenizer:
    """Reads sentences about one item to one user."""

    def __init__(self, item: Item, history: Sequence[Past], request: Request) -> None:
        self.item = item
        self.history = history
        self._names: dict[str, list[SentenceToken]] = {}
        self._fields = [field for field in item.attributes if CHINESE.search(field)]
        self._exact: set[str] = set()
        self._collect(request)
        self._by_start: dict[str, list[str]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            self._by_start.setdefault(name[:2], []).append(name)

    def tokens(self, sentence: str) -> list[SentenceToken]:
        """The sentence as tokens, in order; of overlapping names the longest."""
        found: list[SentenceToken] = []
        done = at = 0
        folded = _folded(sentence)
        while at < len(sentence):
            token = self._name_at(sentence, folded, at)
            if token is None:
                at += 1
                continue
            found.extend(_plain(sentence[done:at], self._fields))
            found.append(token)
            done = at = at + len(token.text)
        found.extend(_plain(sentence[done:], self._fields))
        return found

    def _name_at(self, sentence: str, folded: str, at: int) -> SentenceToken | None:
        starts = self._by_start
        for name in (*starts.get(folded[at : at + 2], ()), *starts.get(folded[at], ())):
            if folded.startswith(name, at) and _bounded(sentence, at, at + len(name)):
                token = self._named(sentence[at : at + len(name)], sentence, at)
                if token is not None:
                    return token
        return None

    def _named(self, text: str, sentence: str, start: int) -> SentenceToken | None:
        """The name found there, unless it is an ordinary word that only looks like a title."""
        options = [
            option
            for option in self._names[_folded(text)]
            if option.kind not in ("title", "past")
            or (" " in text and _spelled(text, option.text))
            or text == option.text
        ]
        alone = " " not in text and not _quoted(sentence, start, text)
        if _folded(text) in self._exact and (alone or text != options[0].text if options else True):
            options = [option for option in options if option.kind not in ("title", "past")]
        if not options:
            return None
        roles = frozenset().union(*(option.roles for option in options))
        return SentenceToken(text, options[0].kind, roles, options[0].past)

    def _collect(self, request: Request) -> None:
        for text in {request.text.strip(), request.message.strip()} - {""}:
            if " " in text or CHINESE.search(text):
                self._add(text, "request")
        title = self.item.title
        known = {form.casefold() for past in self.history for form in all_titles(past.item.title)}
        short = [name for name in short_titles(title) if name.casefold() not in known]
        for name in [*title_forms(title), *short]:
            self._add(name, "title")
        for text in filter(tellable, title_details(title)):
            self._add(text, "fact", "title")
        for index, past in reversed(list(enumerate(self.history))):
            for name in all_titles(past.item.title):
                self._add(name, "past", past=index)
        self._collect_values(self.item, "fact")
        own = set(self._names)
        for past in self.history:
            self._collect_values(past.item, "theirs", own)

    def _collect_values(self, item: Item, kind: Kind, known: Collection[str] = ()) -> None:
        for field, value in item.facts().items():
            if field in ("title", "text"):
                continue
            for text in filter(tellable, texts_of(value)):
                for form in value_forms(text, role_of(field)):
                    if _folded(form) not in known:
                        self._add(form, kind, role_of(field))

    def _add(self, text: str, kind: Kind, role: str | None = None, past: int = -1) -> None:
        folded = _folded(text)
        if not folded:
            return
        if kind in ("title", "past") and _ordinary(folded):
            self._exact.add(folded)
        token = SentenceToken(text, kind, frozenset({role} if role else ()), past)
        self._names.setdefault(folded, []).append(token)


def _bounded(sentence: str, start: int, end: int) -> bool:
    """Whether no letter of an alphabet goes on at either end; Chinese has no word ends to show."""
    edges = ((start - 1, start), (end - 1, end))
    return not any(
        left >= 0 and right < len(sentence) and _letter(sentence[left]) and _letter(sentence[right])
        for left, right in edges
    )


def _letter(char: str) -> bool:
    return char.isalnum() and not CHINESE.match(char)


def _folded(text: str) -> str:
    """Lower case, character by character, so that places stay the same."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _spelled(text: str, title: str) -> bool:
    """Whether a title begins as it is written: `You gave up in Smoke 4 stars` names none. Its
    article may be small."""
    return not (text[:1].islower() and title[:1].isupper()) or bool(_ARTICLE.match(text))


def _ordinary(folded: str) -> bool:
    return all(
        word in VOCABULARIES["en"].words or word in VOCABULARIES["zh"].words
        for word in folded.split()
    )


def _quoted(sentence: str, start: int, text: str) -> bool:
    end = start + len(text)
    return sentence[start - 1 : start] in set("\"'“‘《「") and sentence[end : end + 1] in set(
        "\"'”’》」"
    )


def _plain(text: str, fields: Collection[str]) -> Iterable[SentenceToken]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        piece = match.group()
        if kind == "number":
            yield SentenceToken(piece, "number")
        elif kind == "mark":
            yield SentenceToken(piece, "mark")
        elif CHINESE.search(piece):
            yield from _segmented(piece, fields)
        else:
            yield SentenceToken(piece, "word")


def _segmented(text: str, fields: Collection[str]) -> Iterator[SentenceToken]:
    """Chinese by longest match over the known words and the names of fields; unknown characters one
    by one."""
    known = _known("zh").union(fields)
    at = 0
    while at < len(text):
        size = next((n for n in (4, 3, 2) if text[at : at + n] in known and at + n <= len(text)), 1)
        yield SentenceToken(text[at : at + size], "word")
        at += size


@lru_cache(maxsize=4)
def _known(language: str) -> frozenset[str]:
    words = VOCABULARIES[language]
    nouns = frozenset().union(*words.nouns.values())
    return frozenset().union(
        words.words, words.negations, words.you, words.adverbs, words.modals, words.claims,
        words.asks, words.fits, words.sharing, words.cues, words.units, words.stops, nouns,
        chinese_names(),
    )  # fmt: skip
