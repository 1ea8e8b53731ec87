"""Verify sentences about one pick: each must rest on catalogue fields, the user's history or the
request, and claim nothing else.

A sentence is read as claims (`reading.py`), each of which a row, an event or the request has to
support. What no claim holds is the residue: connecting vocabulary and words that the catalogue's
text has in the same order pass; of other wording a learned model decides whether it states anything
(`residue.py`). Where no such model is at hand, other wording is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shelftalker.data.catalog import Item
from shelftalker.data.values import title_forms
from shelftalker.types import Evidence, Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier import (
    amounts,
    counts,
    denials,
    form,
    grammar,
    identity,
    requests,
    slots,
    visitor,
)
from shelftalker.writing.verifier.facts import StatedFacts
from shelftalker.writing.verifier.paraphrase import paraphrase_problem
from shelftalker.writing.verifier.quoting import is_hostile
from shelftalker.writing.verifier.reading import Claim, Reading
from shelftalker.writing.verifier.residue import residue_check, wording_problem
from shelftalker.writing.verifier.stated import StatedClaim, stated
from shelftalker.writing.verifier.unsafe import Unsafe, unsafe_words

MAX_WORDS = 45
"""In one sentence."""
SLOTS = (
    slots.titles,
    visitor.named_by_part,
    visitor.stars,
    counts.counted_history,
    counts.sets,
    requests.requests,
    amounts.comparisons,
    denials.unshown,
    grammar.kinds,
    slots.values,
    slots.relations,
    slots.returns,
    identity.identity,
    grammar.roles,
    amounts.numbers,
    visitor.visitor,
    denials.denials,
    denials.affirmed,
    slots.strong_words,
)
"""In this order: what an earlier slot takes, a later one does not read again."""


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
        self.residue = residue_check()

    def names_item(self, sentence: str) -> bool:
        """Whether a sentence contains the item's title."""
        return any(token.kind == "title" for token in self.facts.tokenizer.tokens(sentence))

    def read(self, sentence: str, claims: Sequence[StatedClaim] = ()) -> Reading:
        """The claims of a sentence; `claims`: those that its writer states."""
        reading = Reading(self.facts, sentence.strip())
        stated(reading, claims)
        for slot in SLOTS:
            slot(reading)
        return reading

    def check(self, sentence: str, claims: Sequence[StatedClaim] = ()) -> Verdict:
        """The verdict on one sentence, with the first problem where it has any; `claims`: those
        that its writer states."""
        if problem := _shape_problem(sentence, self.facts.item.title):
            return Verdict(False, problem, rule="shape")
        reading = self.read(sentence, claims)
        if word := self.unsafe.found(reading.unnamed()):
            return Verdict(False, f"it holds an unsafe word ({word})", rule="unsafe_word")
        problem, rule = self._problem(reading)
        return Verdict(not problem, problem, reading.stated(), rule, tuple(reading.claims))

    def _problem(self, reading: Reading) -> tuple[str, str]:
        """The first problem of a sentence, and the name of the rule that finds it."""
        for rule in form.RULES:
            if problem := rule(reading):
                return problem, rule.__name__
        if reading.problem:
            return reading.problem, "claims"
        if problem := paraphrase_problem(reading):
            return problem, "paraphrase"
        problem = wording_problem(reading)
        if problem and self.residue and not is_hostile(reading.sentence):
            problem = self.residue.problem(reading)
        return problem, "wording" if problem else ""


_LEAKS = re.compile(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|https?:|www\.")


def _shape_problem(sentence: str, title: str) -> str | None:
    text = sentence.strip()
    if not text:
        return "it is empty"
    if _LEAKS.search(text) or "\n" in text:
        return "it holds markup, a link or a role token"
    named = text.endswith(title_forms(title)[-1])  # which may end in a mark: `What About Bob?`
    if (text[-1] not in '.!。！”"' or text.endswith("...")) and not (named and text[-1] in ".!?"):
        return "it does not end with a full stop"
    if len(text.split()) > MAX_WORDS or len(text) > 8 * MAX_WORDS:
        return "it is too long"
    return None
