"""Decide whether a sentence about a pick is true: it must rest on a catalogue field, the user's own
history or the request, and say nothing else.

A sentence may consist of known names and numbers, of words that the catalogue's text has in the
same order, and of connecting vocabulary (`lexicon.py`). Whatever else it says is a reason to drop
it. The checks are strict on purpose: a small model invents, and a plain true text is at hand.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shelftalker.catalog import Item
from shelftalker.prose.claims import Claims
from shelftalker.prose.lexicon import role_of
from shelftalker.prose.reading import EXACT_ROLES, PEOPLE_ROLES, ROLE_NOUNS, Facts, number_of
from shelftalker.prose.relations import Relations
from shelftalker.prose.spans import Past, numbers_of, stem, words_of
from shelftalker.prose.unsafe import Unsafe, unsafe_words
from shelftalker.request import Request

LONGEST = 45
"""Words a sentence may have."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact a text may state. For history, `value` is the title, and `field` the kind of event
    or the attribute that both items share."""

    text: str
    source: Literal["catalog", "history", "request"]
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be shown, and why not. `states`: the values, numbers and words of the
    catalogue that it tells, case-folded; empty where it speaks of the user alone."""

    ok: bool
    reason: str = ""
    states: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.ok


def check(
    sentence: str,
    evidence: Sequence[Evidence],
    item: Item,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> Verdict:
    """Check one sentence. `history` holds one entry per item, the user's last event with it."""
    return Grounds(evidence, item, history, request).check(sentence)


class Grounds:
    """What sentences about one pick may rest on; build once, check many."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        item: Item,
        history: Sequence[Past] = (),
        request: Request | None = None,
        unsafe: Unsafe | None = None,
    ) -> None:
        self.evidence = evidence
        self.unsafe = unsafe or unsafe_words()
        self.facts = Facts(item, history, request or Request())

    def check(self, sentence: str) -> Verdict:
        """The first thing that is wrong with the sentence, or that nothing is."""
        if problem := _shape(sentence):
            return Verdict(False, problem)
        reading = Reading(self.facts, sentence.strip())
        problem = reading.problem()
        if word := self.unsafe.found(reading.unnamed()):
            problem = f"it holds an unsafe word ({word})"
        return Verdict(problem is None, problem or "", reading.states())


class Reading(Claims, Relations):
    """All the checks of one sentence."""

    def problem(self) -> str | None:
        for examine in (
            self._markup,
            self._negation,
            self._user_claims,
            self._request_claims,
            self._numbers,
            self._roles,
            self._subjects,
            self._sharing,
            self._named_as,
            self._vocabulary,
            self._rests_on_something,
        ):
            if reason := examine():
                return reason
        return None

    def _markup(self) -> str | None:
        marks = [t.text for t in self.tokens if t.kind == "mark" and t.text in _MARKUP]
        return f"it holds markup ({marks[0]})" if marks else None

    def unnamed(self) -> str:
        """The sentence without the names of items and people."""
        named = [
            token.kind in ("title", "past") or bool(token.roles & PEOPLE_ROLES)
            for token in self.tokens
        ]
        shown = [t.text for t, name in zip(self.tokens, named, strict=True) if not name]
        return ("" if self.language == "zh" else " ").join(shown)

    def states(self) -> frozenset[str]:
        """What the sentence tells of the item."""
        said = {
            token.folded
            for at, token in enumerate(self.tokens)
            if at not in self.asked
            and (
                token.kind == "fact"
                or (token.kind == "number" and self._unit(at) != "stars")
                or (token.kind == "word" and not self._connecting(token))
            )
        }
        return frozenset(said)

    def _numbers(self) -> str | None:
        for at, token in enumerate(self.tokens):
            number = number_of(token)
            if number is None or at in self.asked:
                continue
            if token.kind == "word" and token.folded == "one" and self._unit(at) is None:
                continue
            if reason := self._number_problem(at, number):
                return reason
        return self._stars_said()

    def _number_problem(self, at: int, number: float) -> str | None:
        unit = self._unit(at)
        token = self.tokens[at]
        if unit == "currency" or token.text[0] in "$€£¥":
            return "the catalogue names no currency"
        if unit == "stars":
            return None
        subject = self._subject(at)
        facts = numbers_of(self.g.history[subject].item) if subject >= 0 else self.g.numbers
        if unit == "hours":
            number, unit = number * 60, "runtime"
        roles = [unit] if unit else list(facts)
        if unit == "decade":
            return None if _decade(number, facts.get("year", [])) else f"wrong: {token.text}s"
        if any(number in facts.get(role, []) for role in roles):
            return None
        return None if self._in_text(at) else f"no fact says {token.text}"

    def _vocabulary(self) -> str | None:
        unknown: list[str] = []
        for at, token in enumerate(self.tokens):
            if token.kind == "number" and token.folded not in unknown and self._only_in_text(at):
                unknown.append(token.folded)
            if token.kind != "word" or at in self.asked:
                continue
            if self._is_name(at):
                unknown.append(token.text)
            elif not self._connecting(token):
                unknown.extend([token.text] if self.language == "en" else list(token.text))
        if not unknown or self._said_in_text(unknown):
            return self._nouns_named()
        return f"nothing supports {' '.join(unknown[:4])!r}"

    def _only_in_text(self, at: int) -> bool:
        number = number_of(self.tokens[at])
        stated = any(number in values for values in self.g.numbers.values())
        return not stated and self._unit(at) is None and self._in_text(at)

    def _said_in_text(self, words: list[str]) -> bool:
        """The words occur, in this order, in one sentence of the catalogue's text."""
        stems = [stem(word) for word in words]
        named = [
            word
            for token in self.tokens
            if token.kind == "fact" and token.roles & EXACT_ROLES
            for word in words_of(token.text)
        ]
        return any(
            _in_order(stems, sentence) and set(named) <= set(sentence)
            for sentence in self.g.text_sentences
        )

    def _is_name(self, at: int) -> bool:
        text = self.tokens[at].text
        start = (
            at == 0
            or (at == 1 and self.tokens[0].kind == "mark")
            or self.tokens[at - 1].text in ":："
        )
        return text[0].isupper() and not start

    def _nouns_named(self) -> str | None:
        """`the director` is said with the director's name, or as shared with a history item."""
        if any(token.kind == "past" for token in self.tokens) and self._says_shared():
            return None
        if any(t.kind == "past" and self._role_of_past(at) for at, t in enumerate(self.tokens)):
            return None
        said = self._roles_said()
        for token in self.tokens:
            role = role_of(token.folded) if token.kind == "word" else ""
            if token.folded in ROLE_NOUNS and role not in said:
                return f"it names no {role}"
        return None

    def _rests_on_something(self) -> str | None:
        claims = any(t.kind in ("fact", "past", "request", "number") for t in self.tokens)
        texts = [t for t in self.tokens if t.kind == "word" and not self._connecting(t)]
        return None if claims or texts or self.asked else "it states no fact"


def neutral(text: str) -> str:
    """Catalogue text made safe for a prompt: no control characters, chat tokens or markup."""
    text = unicodedata.normalize("NFKC", text)
    previous = None
    while previous != text:
        previous = text
        text = re.sub(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|<[^<>]{0,200}>", " ", text)
    text = re.sub(r"https?://\S+|www\.\S+", " ", text)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in text)
    text = re.sub(r"(?i)\b(system|user|assistant)\s*:", r"\1 ", text)
    return re.sub(r"\s+", " ", re.sub(r"[`*_#{}<>|\\]+", " ", text)).strip()


def sentences_of(text: str, names: Sequence[str] = ()) -> list[str]:
    """A text split into sentences. Abbreviations such as `Mr.`, initials, and names with a mark in
    or after them (`What About Bob?`) do not end one."""
    pieces = re.split(
        r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9\u3400-\u9fff])|(?<=[。！？])\s*|\n+", text
    )
    whole: list[str] = []
    for piece in pieces:
        if not piece or not piece.strip():
            continue
        if whole and _within_a_name(whole[-1], piece, names):
            whole[-1] += f" {piece.strip()}"
        elif whole and re.search(
            r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Vol))\.$", whole[-1]
        ):
            whole[-1] += f" {piece}"
        else:
            whole.append(piece.strip())
    return whole


def _within_a_name(before: str, after: str, names: Sequence[str]) -> bool:
    return any(
        before.endswith(name[: end + 1]) and after.startswith(name[end + 1 :].strip()[:3])
        for name in names
        for end, char in enumerate(name)
        if char in ".!?" and (end + 1 == len(name) or name[end + 1] == " ")
    )


_LEAKS = re.compile(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|https?:|www\.")
_MARKUP = frozenset("#*_`{}<>|\\[]~^")


def _shape(sentence: str) -> str | None:
    text = sentence.strip()
    if not text:
        return "it is empty"
    if _LEAKS.search(text) or "\n" in text:
        return "it holds markup, a link or a role token"
    if text[-1] not in '.!。！”"' or text.endswith("..."):
        return "it does not end"
    if len(text.split()) > LONGEST or len(text) > 8 * LONGEST:
        return "it is too long"
    return None


def _decade(number: float, years: Sequence[float]) -> bool:
    return any(year // 10 * 10 == number for year in years)


def _in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    rest = iter(sentence)
    return all(word in rest for word in words)
