"""The sentences of one text that passed the verifier, as they arrive, and those it refused."""

import logging
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.types import Source
from shelftalker.writing.text_request import reads_row
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.stated import StatedClaim

_LOG = logging.getLogger(__name__)

MIN_SENTENCE_WORDS = 3
MIN_WORDS = 10
"""A text of fewer words is too short for a card."""
REWORDED = 0.5
"""Share of a sentence's words in one sentence of the item's text from which it rewords that."""
_CAST = re.compile(r"^the cast includes\b|\b(?:is|are) in the cast\W*$", re.IGNORECASE)
"""Only reads the cast aloud."""
_BROKEN = re.compile(r": is\b|^Since [^,]+, and\b")
_LINK = re.compile(
    r"\b(?:another|also|too|as well|both|same|like|more|again|as in|from|after)\b", re.IGNORECASE
)
"""What ties an item to one of the history: `this is a drama` after another title ties nothing."""
_ARTICLE = re.compile(r"\ba(?= (?!one|eu|uni)[aeio])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """One sentence that may be shown, who wrote it, and the claims that its writer stated."""

    text: str
    source: Source
    claims: tuple[StatedClaim, ...] = ()


def source_of(text: Sequence[CheckedSentence]) -> Source:
    """Who wrote a text: whoever wrote a prepared one in it, else its last sentence."""
    hooked = (s.source for s in text if s.source in ("prepared", "human"))
    return next(hooked, text[-1].source)


@dataclass
class RefusedSentences:
    """Sentences of one text that are not shown, each with the reason; `rules` counts the rules that
    refused them, by name."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, sentence: str, reason: str, rule: str) -> None:
        """Keep one."""
        self.pairs.append((sentence, reason))
        self.rules[rule] += 1

    def log(self) -> None:
        """Log how many there are and which rules refused them, without their words."""
        if self.pairs:
            rules = ", ".join(f"{rule} {n}" for rule, n in sorted(self.rules.items()))
            counts = {"refused": dict(self.rules)}
            _LOG.info("%d sentences refused: %s", len(self.pairs), rules, extra=counts)


class AcceptedText:
    """Takes sentences of one text that are true and say something new, `most` at most; after a
    composed beginning, sentences of which at least half is new. `telling`: whether each must state
    something of the item beside its title, as a small model's sentences seldom lead anywhere."""

    def __init__(
        self, grounds: Grounds, most: int, refused: RefusedSentences, *, telling: bool = False
    ) -> None:
        self.shown: list[CheckedSentence] = []
        self._telling = telling
        self._grounds, self._most, self.refused = grounds, most, refused
        self._stated: set[str] = set()
        self._about_item = self._led = self._described = False

    @property
    def full(self) -> bool:
        """Whether no more sentences are taken."""
        return len(self.shown) >= self._most

    @property
    def enough(self) -> bool:
        """Whether the text can stand as it is: long enough, and it states something of the item."""
        words = sum(len(stems_of(checked.text)) for checked in self.shown)
        return self._about_item and words >= MIN_WORDS

    def lead(self, sentence: str) -> CheckedSentence:
        """Add a composed sentence, whose claims hold, or the catalogue's own; what it states is not
        stated again."""
        self._stated |= self._grounds.check(sentence).states
        self._led = self._about_item = True
        self._described |= sentence in self._grounds.facts.item.text
        self.shown.append(CheckedSentence(sentence, "template"))
        return self.shown[-1]

    def _repeats(self, sentence: str, named: Collection[str]) -> bool:
        """Whether a sentence after the item's own text names the item again, or is neither about
        the history nor from that text."""
        if not self._described:
            return False
        quoted = sentence.rstrip(".") in self._grounds.facts.item.text
        return self._grounds.names_item(sentence) or not (named or quoted)

    def _rewords(self, sentence: str) -> bool:
        """Whether a sentence is one of the item's text in other words, which the text says better:
        that one may stand in its place."""
        item = self._grounds.facts.item
        said = set(content_of(stems_of(sentence))) - set(stems_of(item.title))
        if not said or sentence.rstrip(".") in item.text:
            return False
        known = (set(stems_of(own)) for own in sentences_of(item.text))
        return any(len(said & words) >= REWORDED * len(said) for words in known)

    def take(
        self, raw: str, source: Source, claims: tuple[StatedClaim, ...] = ()
    ) -> CheckedSentence | None:
        """The sentence with its articles mended, or None where it is refused. What was stated about
        a history title is not stated again in other words."""
        sentence = _ARTICLE.sub(r"\g<0>n", raw)
        if len(stems_of(sentence)) < MIN_SENTENCE_WORDS and not has_chinese(sentence):
            self.refused.add(sentence, "it is no sentence", "no_sentence")
            return None
        verdict = self._grounds.check(sentence, claims)
        named = {title for title in self._grounds.facts.history.titles if title in sentence}
        news = verdict.states | named or {sentence}
        told = len(news & self._stated)
        enough = len(news) if not self._led else max(2, (len(news) + 1) // 2)
        if self._described and named - self._stated:
            enough = len(news)  # the tie is new, even of a kind that the text told
        idle = self._led and not verdict.states and not named  # the request was taken up before
        if self._telling and source != "template":
            title = self._grounds.facts.item.title.casefold()
            idle = idle or reads_row(sentence) or all(stated in title for stated in verdict.states)
            idle = idle or (not named and (bool(_CAST.search(sentence)) or self._rewords(sentence)))
            idle = idle or _BROKEN.search(sentence) is not None
            idle = idle or (named and not _LINK.search(sentence)) or self._repeats(sentence, named)
        if not verdict or idle or told >= min(enough, len(news)):
            reason = verdict.reason or "it says nothing new"
            self.refused.add(sentence, reason, verdict.rule or "repeated")
            return None
        self._stated |= news | named
        self._about_item = self._about_item or bool(verdict.states)
        self.shown.append(CheckedSentence(sentence, source, claims))
        return self.shown[-1]
