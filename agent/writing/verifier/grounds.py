"""Verify sentences about one pick: each must rest on catalogue fields, the user's history or the
request, and claim nothing else.

A sentence may consist of known names and numbers, of words that the catalogue's text has in the
same order, and of connecting vocabulary (`lexicon.py`). Anything else is a reason to refuse it. The
rules are strict on purpose: a small model invents, and a plain true text is at hand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shelftalker.data.catalog import Item
from shelftalker.data.values import title_forms
from shelftalker.types import Evidence, Request
from shelftalker.writing.verifier.claims import Claim
from shelftalker.writing.verifier.facts import StatedFacts
from shelftalker.writing.verifier.open_check import read
from shelftalker.writing.verifier.paraphrase import paraphrase_problem
from shelftalker.writing.verifier.quoting import suspicious
from shelftalker.writing.verifier.reading import Known
from shelftalker.writing.verifier.residue import residue_check
from shelftalker.writing.verifier.sentence import Sentence
from shelftalker.writing.verifier.sentence_check import FORM, first_problem, stated, unnamed
from shelftalker.writing.verifier.tokenizer import Past
from shelftalker.writing.verifier.unsafe import Unsafe, unsafe_words

MAX_WORDS = 45
"""In one sentence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be shown, and why not: a `reason` for people, and the name of the
    `rule` that refused it. `states`: the values, numbers and words of the catalogue that it states,
    case-folded; empty where it is about the user alone. `claims`: what it claims, in order."""

    ok: bool
    reason: str = ""
    states: frozenset[str] = frozenset()
    rule: str = ""
    claims: tuple[Claim, ...] = ()

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
        self.facts = StatedFacts(item, history, request or Request())
        self.known = Known(self.facts)
        self.residue = residue_check()

    def names_item(self, sentence: str) -> bool:
        """Whether a sentence contains the item's title."""
        return any(token.kind == "title" for token in self.facts.reader.tokens(sentence))

    def check(self, sentence: str) -> Verdict:
        """The verdict on one sentence, with the first problem where it has any."""
        if problem := _shape_problem(sentence, self.facts.item.title):
            return Verdict(False, problem, rule="shape")
        examined = Sentence(self.facts, sentence.strip())
        if word := self.unsafe.found(unnamed(examined)):
            return Verdict(False, f"it holds an unsafe word ({word})", rule="unsafe_word")
        problem, rule = first_problem(examined, FORM)
        reading = read(self.known, examined)
        if not problem and reading.problem:
            problem, rule = reading.problem, "claims"
        if not problem and (problem := paraphrase_problem(reading)):
            rule = "paraphrase"
        if not problem:
            problem, rule = first_problem(examined)
            if problem and reading.exceeds(rule) and not suspicious(sentence):
                problem = self.residue.problem(reading, problem)
            rule = rule if problem else ""
        return Verdict(not problem, problem or "", stated(examined), rule, tuple(reading.claims))


_LEAKS = re.compile(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|https?:|www\.")


def _shape_problem(sentence: str, title: str) -> str | None:
    text = sentence.strip()
    if not text:
        return "it is empty"
    if _LEAKS.search(text) or "\n" in text:
        return "it holds markup, a link or a role token"
    named = text.endswith(title_forms(title)[-1])  # which may end in a mark: `What About Bob?`
    if (text[-1] not in '.!。！”"' or text.endswith("...")) and not (named and text[-1] in ".!?"):
        return "it does not end"
    if len(text.split()) > MAX_WORDS or len(text) > 8 * MAX_WORDS:
        return "it is too long"
    return None
