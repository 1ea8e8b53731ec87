"""Read a sentence as tokens, with the names that the facts allow taken as one token each.

`Reader` knows one item, the user's history and the request. It finds titles, attribute values and
the quoted request in a sentence, and says what each of them is; all else stays words and numbers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shelftalker.catalog import Item, Value
from shelftalker.events import Event
from shelftalker.lexicon import ALIASES, PEOPLE, VOCABULARIES, role_of
from shelftalker.request import Request

Kind = Literal["title", "past", "fact", "request", "word", "number", "mark"]

_CJK = re.compile(r"[\u3400-\u9fff]")
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


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence: a known name, a word, a number or a mark.

    `roles` are those of the attributes that hold the name; `past` indexes the history.
    """

    text: str
    kind: Kind
    roles: frozenset[str] = frozenset()
    past: int = -1

    @property
    def folded(self) -> str:
        return self.text.casefold().replace("’", "'")


class Reader:
    """Reads sentences about one item to one user."""

    def __init__(self, item: Item, history: Sequence[Past], request: Request) -> None:
        self.item = item
        self.history = history
        self._names: dict[str, list[Token]] = {}
        self._exact: set[str] = set()
        self._collect(request)
        texts = sorted((re.escape(name) for name in self._names), key=len, reverse=True)
        self._pattern = re.compile("|".join(_bounded(text) for text in texts), re.IGNORECASE)

    def tokens(self, sentence: str, language: str) -> list[Token]:
        """The sentence as tokens, in order."""
        found: list[Token] = []
        at = 0
        for match in self._pattern.finditer(sentence):
            token = self._named(match.group(), sentence, match.start())
            if token is None:
                continue
            found.extend(_plain(sentence[at : match.start()], language))
            found.append(token)
            at = match.end()
        found.extend(_plain(sentence[at:], language))
        return found

    def _named(self, text: str, sentence: str, start: int) -> Token | None:
        options = self._names[text.casefold()]
        if text.casefold() in self._exact and (
            text not in {option.text for option in options} or not _quoted(sentence, start, text)
        ):
            return None
        roles = frozenset().union(*(option.roles for option in options))
        first = options[0]
        return Token(text, first.kind, roles, first.past)

    def _collect(self, request: Request) -> None:
        for text in {request.text.strip(), request.message.strip()} - {""}:
            if " " in text or _CJK.search(text):
                self._add(text, "request")
        for name in title_forms(self.item.title):
            self._add(name, "title")
        for index, past in reversed(list(enumerate(self.history))):
            for name in title_forms(past.item.title):
                self._add(name, "past", past=index)
        for field, value in self.item.facts().items():
            if field in ("title", "text"):
                continue
            for text in texts_of(value):
                for form in _value_forms(text, role_of(field)):
                    self._add(form, "fact", role_of(field))

    def _add(self, text: str, kind: Kind, role: str | None = None, past: int = -1) -> None:
        folded = text.casefold()
        if not folded:
            return
        if kind in ("title", "past") and _ordinary(folded):
            self._exact.add(folded)
        token = Token(text, kind, frozenset({role} if role else ()), past)
        self._names.setdefault(folded, []).append(token)


def texts_of(value: Value) -> tuple[str, ...]:
    """The texts of an attribute, none for a number or a flag."""
    if isinstance(value, tuple):
        return tuple(text for text in value if text.strip())
    return (value,) if isinstance(value, str) and value.strip() else ()


def title_forms(title: str) -> list[str]:
    """`Godfather, The (1972)` also as `The Godfather`, and each with and without the year."""
    bare = re.sub(r"\s*\(\d{4}\)\s*$", "", title).strip()
    turned = re.sub(r"^(.*), (The|A|An|Les|La|Le|Il|Das|Der|Die)$", r"\2 \1", bare)
    return list(dict.fromkeys([title.strip(), bare, turned]))


def shared(item: Item, other: Item, role: str | None = None) -> list[tuple[str, str]]:
    """Fields and texts that two items have in common, of one role or of all, in field order."""
    theirs: dict[str, set[str]] = {}
    for field, value in other.attributes.items():
        theirs.setdefault(role_of(field), set()).update(t.casefold() for t in texts_of(value))
    return [
        (field, text)
        for field, value in item.attributes.items()
        if role is None or role_of(field) == role
        for text in texts_of(value)
        if text.casefold() in theirs.get(role_of(field), set())
    ]


def same_value(one: str, other: str) -> bool:
    """Whether two texts name the same value, aliases and surnames included."""
    forms = {form.casefold() for form in _value_forms(one, "director")}
    return bool(forms & {form.casefold() for form in _value_forms(other, "director")})


def numbers_of(item: Item) -> Mapping[str, list[float]]:
    """The numbers that the catalogue states, by role; of an ISO date, the year."""
    numbers: dict[str, list[float]] = {}
    for field, value in item.facts().items():
        if field in ("title", "text") or isinstance(value, bool):
            continue
        for text in texts_of(value) if not isinstance(value, int | float) else (str(value),):
            match = re.fullmatch(r"(\d{4})-\d\d(?:-\d\d)?.*|[$€£¥]?(\d+(?:\.\d+)?)", text.strip())
            if match:
                numbers.setdefault(role_of(field), []).append(float(match[1] or match[2]))
    return numbers


def stem(word: str) -> str:
    """A crude stem: plural and possessive endings off."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def words_of(text: str) -> list[str]:
    """Stems of a text's words and its numbers, in order; Chinese characters one by one."""
    return [
        stem(piece)
        for piece in re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’]\w+)?", text)
    ]


def has_chinese(text: str) -> bool:
    """Whether any Chinese character occurs."""
    return bool(_CJK.search(text))


def _value_forms(text: str, role: str) -> Iterator[str]:
    yield text
    folded = text.casefold()
    aliases = ALIASES.get(folded) or ALIASES.get(stem(folded)) or ()
    yield from aliases
    if role in ("genre", "topic"):
        yield folded + "s"
    words = text.split()
    if role in PEOPLE and len(words) > 1 and len(words[-1]) > 3:
        yield words[-1]


def _bounded(escaped: str) -> str:
    head = "" if _CJK.match(escaped[0]) else r"(?<![^\W\u3400-\u9fff])"
    tail = "" if _CJK.match(escaped[-1]) else r"(?![^\W\u3400-\u9fff])"
    return head + escaped + tail


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


def _plain(text: str, language: str) -> Iterable[Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        piece = match.group()
        if kind == "number":
            yield Token(piece, "number")
        elif kind == "mark":
            yield Token(piece, "mark")
        elif _CJK.search(piece):
            yield from _segmented(piece, language)
        else:
            yield Token(piece, "word")


def _segmented(text: str, language: str) -> Iterator[Token]:
    """Chinese by longest match over the known words; unknown characters one by one."""
    known = _known("zh")
    at = 0
    while at < len(text):
        size = next((n for n in (4, 3, 2) if text[at : at + n] in known and at + n <= len(text)), 1)
        yield Token(text[at : at + size], "word")
        at += size


def _known(language: str) -> frozenset[str]:
    words = VOCABULARIES[language]
    nouns = frozenset().union(*words.nouns.values())
    return frozenset().union(
        words.words, words.negations, words.you, words.adverbs, words.modals, words.claims,
        words.asks, words.fits, words.sharing, words.cues, words.units, words.stops, nouns,
    )  # fmt: skip
