"""The open check: every claim of a sentence is read and supported, and the rest adds no fact.

The strict check (`sentence_check.py`) takes a sentence word by word; this one lets free wording
through, where a model of the residue is at hand.
"""

from shelftalker.writing.verifier import amounts, denials, requests, slots, visitor
from shelftalker.writing.verifier.reading import Known, Reading
from shelftalker.writing.verifier.sentence import Sentence

SLOTS = (
    slots.titles,
    visitor.named_by_part,
    visitor.stars,
    requests.requests,
    amounts.comparisons,
    slots.values,
    slots.later_roles,
    amounts.numbers,
    visitor.visitor,
    denials.denials,
    denials.affirmed,
    slots.strong_words,
)
"""In this order: what an earlier slot takes, a later one does not read again."""


def read(known: Known, sentence: Sentence) -> Reading:
    """The claims of a sentence."""
    reading = Reading(known, sentence)
    for slot in SLOTS:
        slot(reading)
    return reading
