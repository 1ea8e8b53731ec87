"""Read a sentence as claims in slots, each with what supports it.

`Reading.of` marks every token that a claim holds. A slot that finds no support gives a problem, and
the sentence is refused; so does a name, a number, a superlative, a promise or a claim about the
visitor that no slot can read. What is in no claim is the residue (`residue.py`).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.values import display_title, short_titles
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.facts import PICK, StatedFacts
from shelftalker.writing.verifier.quantities import quantities_in
from shelftalker.writing.verifier.tokens import SentenceToken
from shelftalker.writing.verifier.words_of import words_of

_EN = words_of("en")
_ENDS = frozenset(",;:.!?—–()，；：。！？（）")


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a sentence claims. `span`: places of its first character and after its last;
    `supported_by`: the rows that show it; `problem`: why none does, else empty."""

    span: tuple[int, int]
    text: str
    kind: str
    supported_by: str = ""
    problem: str = ""


class Reading:
    """One sentence with its claims; `covered`: positions of the tokens that a claim holds."""

    def __init__(self, facts: StatedFacts, sentence: str) -> None:
        self.facts, self.sentence = facts, sentence
        self.tokens: list[SentenceToken] = facts.tokenizer.tokens(sentence)
        self.language = self._language()
        self.words = words_of(self.language)
        self.claims: list[Claim] = []
        self.covered: set[int] = set()
        self.numbers = [q for q in quantities_in(sentence) if q.start not in self.named]
        self.clause = self._clauses()
        self._own_titles()
        self.mentions: dict[int, int] = {
            at: token.past for at, token in enumerate(self.tokens) if token.kind == "past"
        }
        """By position, the history item that is named there, also by a part of its title."""
        self.alike: dict[int, list[int]] = {}
        """By history item that is named by a part of its title, all that the part may name."""

    def _language(self) -> str:
        """Titles do not show the language of a sentence, nor do other names beside a Chinese
        title."""
        shows = ("word",) if has_chinese(self.facts.item.title) else ("word", "fact")
        return "zh" if any(t.kind in shows and has_chinese(t.text) for t in self.tokens) else "en"

    @property
    def problem(self) -> str:
        """The first claim's problem; empty where all are supported."""
        return next((claim.problem for claim in self.claims if claim.problem), "")

    @property
    def open(self) -> list[int]:
        """Positions of the words, and of the history's values, that no claim holds."""
        return [
            at
            for at, token in enumerate(self.tokens)
            if token.kind in ("word", "theirs") and at not in self.covered
        ]

    def claimed(self, kind: str) -> set[int]:
        """Positions of what the claims of a kind hold."""
        return {n for c in self.claims if c.kind == kind for n in self.places(*c.span)}

    def is_connecting(self, token: SentenceToken) -> bool:
        """Whether a word states nothing about the item by itself."""
        folded = token.folded
        if folded in self.words.connecting:
            return True
        if folded == "they":  # for plural products; `they share` would be about two items
            others = {t.folded for t in self.tokens}
            return self.facts.kind == "thing" and not others & self.words["shared"]
        if {role_of(folded), stem(folded)} & self._stated_roles:
            return True
        kinds = {self.facts.kind, *(["thing"] if "price" in self.facts.numbers else [])}
        return any(folded in self.words.by("nouns").get(kind, ()) for kind in kinds)

    @cached_property
    def _stated_roles(self) -> set[str]:
        """The roles and field names of the values in the sentence, and their words."""
        values = {q.value for q in self.numbers}
        roles = {role for token in self.tokens for role in token.roles}
        roles |= {role for role, own in self.facts.numbers.items() if values & set(own)}
        return roles | {word for role in roles for word in re.split(r"[\W_]+", role)}

    def is_name(self, at: int) -> bool:
        """Whether a word has a capital letter other than at the start."""
        before = self.tokens[at - 1].text if at else ":"
        starts = before in ":：.?!\"“‘'«" or all(t.kind == "mark" for t in self.tokens[:at])
        return self.tokens[at].text[:1].isupper() and not starts

    def unnamed(self) -> str:
        """The sentence without titles and names of people."""
        names = ("title", "past")
        shown = (t.text for t in self.tokens if t.kind not in names and not t.roles & PEOPLE)
        return ("" if self.language == "zh" else " ").join(shown)

    def stated(self) -> frozenset[str]:
        """The values, numbers and words, case-folded, that the sentence states about the item."""
        visitors = self.claimed("request") | self.claimed("stars")
        return frozenset(
            token.folded
            for at, token in enumerate(self.tokens)
            if at not in visitors
            and (
                token.kind in ("fact", "number")
                or (token.kind == "word" and not self.is_connecting(token))
            )
        )

    @property
    def pasts(self) -> list[int]:
        """The history items that are named, in order."""
        return list(dict.fromkeys(self.mentions[at] for at in sorted(self.mentions)))

    def claim(self, places: Iterable[int], kind: str, support: str = "", problem: str = "") -> None:
        """Add one claim about the tokens at some places."""
        inside = sorted(set(places))
        if not inside:
            return
        first, last = self.tokens[inside[0]], self.tokens[inside[-1]]
        span = first.start, last.end
        self.covered.update(inside)
        self.claims.append(Claim(span, self.sentence[slice(*span)], kind, support, problem))

    def places(self, start: int, end: int) -> list[int]:
        """Positions of the tokens between two places of the sentence."""
        return [at for at, t in enumerate(self.tokens) if t.start < end and t.end > start]

    def folded(self, at: int) -> str:
        """The token in lower case, empty outside the sentence."""
        return self.tokens[at].folded if 0 <= at < len(self.tokens) else ""

    def in_clause(self, at: int) -> list[int]:
        """Positions of the tokens of the clause of a position."""
        return [n for n in range(len(self.tokens)) if self.clause[n] == self.clause[at]]

    def found(self, names: frozenset[str], places: Iterable[int] | None = None) -> list[int]:
        """Positions of the words that are in a set, where no name holds them; in Chinese those
        whose run of characters is."""
        inside = range(len(self.tokens)) if places is None else places
        words = [n for n in inside if 0 <= n < len(self.tokens) and self.tokens[n].kind == "word"]
        if self.language == "en":
            return [n for n in words if self.folded(n) in names]
        return [n for n in words if self.beginning(n, names)]

    def beginning(self, at: int, names: Iterable[str]) -> str:
        """The first of some names with which the sentence goes on at a position."""
        text = self.sentence[self.tokens[at].start :]
        return next((name for name in names if text.startswith(name)), "")

    def title(self, owner: int) -> str:
        """The title of an item as texts write it."""
        return display_title(self.facts.row(owner).title)

    @cached_property
    def named(self) -> frozenset[int]:
        """The places of the characters of names, titles and values."""
        names = (t for t in self.tokens if t.kind not in ("word", "number", "mark"))
        return frozenset(n for t in names for n in range(t.start, t.end))

    def _own_titles(self) -> None:
        """The short title of a product may be that of one in the history too: where nothing is said
        of the visitor, it names the pick."""
        own = {form.casefold() for form in short_titles(self.facts.item.title)}
        for at, token in enumerate(self.tokens):
            named = token.kind == "past" and token.folded in own
            if named and not self.found(self.words["you"], self.in_clause(at)):
                self.tokens[at] = replace(token, kind="title", past=-1)

    def _clauses(self) -> list[int]:
        """The number of each token's clause. A comma between names goes on with a list."""
        number, clauses = 0, []
        for at, token in enumerate(self.tokens):
            before, after = self.tokens[at - 1 : at], self.tokens[at + 1 : at + 3]
            joined = len(after) > 1 and after[0].folded in ("and", "&")
            beside = [t.kind for t in (*before, *after[joined:][:1])]
            lists = len(beside) == 2 and not {"word", "mark"} & set(beside)
            lists = lists and not (joined and beside[0] != beside[1])
            starts = any(
                t.kind in ("title", "past") or t.folded in _EN["new_subjects"] for t in after[:1]
            )
            number += (
                (token.text in _ENDS and not (lists and token.text not in ":;：；"))
                or token.folded in ("but", "while", "yet")
                or (token.folded in ("and", "so") and starts and not lists)
            )
            clauses.append(number)
        return clauses

    def owner(self, at: int) -> int:
        """The item that a value at a position is said of: `PICK` or a place in the history."""
        inside = self.in_clause(at)
        for n in reversed([n for n in inside if n < at]):
            if n in self.mentions:
                return self.mentions[n]
            if self.refers_to_pick(n):
                return PICK
        for n in (n for n in inside if n > at):
            if n in self.mentions:
                return self.mentions[n]
            into = self.folded(n) in _EN["into_past"] | _EN["makes"]
            if not into and not self.tokens[n].is_value:
                break
        return self._owner_before(inside[0])

    def _owner_before(self, start: int) -> int:
        """`Heat, another drama`, `Heat, which stars …`: the title before the clause."""
        opens = self.folded(start + (self.folded(start) in _ENDS))
        if opens in _EN["relative_verbs"] and start:  # `Heat, which you liked, was …`
            relative = self.in_clause(start - 1)
            if len(relative) > 1 and self.folded(relative[1]) in ("which", "who", "that", "whom"):
                return self.mentions.get(relative[0] - 1, PICK)
        if opens in _EN["apposition"]:
            quoted = self.folded(start - 1) in ('"', "”", "》")
            return self.mentions.get(start - 1 - quoted, PICK)
        return PICK

    def refers_to_pick(self, at: int) -> bool:
        """Whether a token names the pick: its title, `it`, `this`."""
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        if token.kind == "title":
            return True
        chinese = self.language == "zh" and self.beginning(at, self.words["item"])
        return token.kind == "word" and bool(chinese or token.folded in self.words["pick_words"])

    def sharing(self, at: int) -> bool:
        """Whether the clause of a position says that the pick has something as others have it; in
        Chinese before it, or before the others."""
        inside = self.in_clause(at)
        shared = self.found(self.words["shared"], inside)
        if self.language == "zh":
            last = max((n for n in inside if n in self.mentions), default=-1)
            shared = [n for n in shared if n < at or n < last]
        with_it = {n for n in shared if self.folded(n) in ("shares", "share")}
        with_it = {n for n in with_it if self.refers_to_pick(n + 1)}  # `Ford shares this with Pitt`
        return bool(self.pasts) and not with_it.issuperset(shared)

    def run(self, start: int, end: int) -> list[str]:
        """The tokens from a position to before another, as `folded`."""
        return [self.folded(n) for n in range(start, end)]

    def pasts_in(self, places: Iterable[int]) -> set[int]:
        """The history items that are named at some positions."""
        return {self.mentions[n] for n in places if n in self.mentions}

    def is_like(self, at: int, words: Collection[str]) -> bool:
        """Whether each word of a token is among others, in a like form."""
        return all(alike(word, words) for word in stems_of(self.tokens[at].text))


def in_row(reading: Reading, at: int) -> bool:
    """Whether the row has a word, in a like form."""
    return alike(stem(reading.folded(at)), reading.facts.row_words)


def alike(word: str, words: Collection[str]) -> bool:
    """Whether a stem is among others, or begins as one of them does."""
    return word in words or (len(word) > 5 and any(word[:5] == one[:5] for one in words))
