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

from shelftalker.data.catalog import Item
from shelftalker.data.values import title_forms
from shelftalker.understanding.rule_reader import Request
from shelftalker.writing.verifier.facts import Facts
from shelftalker.writing.verifier.sentence_check import Reading
from shelftalker.writing.verifier.tokenizer import Past
from shelftalker.writing.verifier.unsafe import Unsafe, unsafe_words

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

    def names_item(self, sentence: str) -> bool:
        """Whether a sentence says the item's title."""
        return any(token.kind == "title" for token in self.facts.reader.tokens(sentence))

    def check(self, sentence: str) -> Verdict:
        """The first thing that is wrong with the sentence, or that nothing is."""
        if problem := _shape(sentence, self.facts.item.title):
            return Verdict(False, problem)
        reading = Reading(self.facts, sentence.strip())
        problem = reading.problem()
        if word := self.unsafe.found(reading.unnamed()):
            problem = f"it holds an unsafe word ({word})"
        return Verdict(problem is None, problem or "", reading.states())


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
        elif whole and _ABBREVIATED.search(whole[-1]):
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


_ABBREVIATED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Gen|Col|Capt|Lt|Sgt|St|Mt|Ft|Jr|Sr|vs|[Nn]o|[Vv]ol|"
    r"[Pp]t|[Ee]p|[Cc]h|[Ff]eat|[Ff]ig|[Ee]d))\.$"
)
_LEAKS = re.compile(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|https?:|www\.")


def _shape(sentence: str, title: str) -> str | None:
    text = sentence.strip()
    if not text:
        return "it is empty"
    if _LEAKS.search(text) or "\n" in text:
        return "it holds markup, a link or a role token"
    named = text.endswith(title_forms(title)[-1])  # which may end in a mark: `What About Bob?`
    if (text[-1] not in '.!。！”"' or text.endswith("...")) and not (named and text[-1] in ".!?"):
        return "it does not end"
    if len(text.split()) > LONGEST or len(text) > 8 * LONGEST:
        return "it is too long"
    return None
