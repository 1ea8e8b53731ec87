"""The polarity of the words of a message: rules and the role head together.

What either excludes is not demanded. Where they contradict each other, words are a soft wish.
"""

import re
from collections.abc import Sequence
from typing import Literal

from shelftalker.language.tokens import Word
from shelftalker.understanding.head.roles import WordRoles
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.negation import Negation

Verdict = Literal["demand", "exclude", "soft", "avoid"]
EXCLUDED = 0.5
"""Share of `exclude` and `unlike` from which words are not wanted, whatever the rules say."""
FIRMER = 0.8
"""`EXCLUDED` in the languages that the encoder was not made for."""
DOUBTED = 0.25
"""Share from which a value is no demand, whatever the rules say."""
SURE_EXCLUDED = 0.35
"""Share from which what the rules exclude becomes a filter."""
LIFTED = 0.12
"""Share below which the rules' exclusion is not believed."""
SOFT = 0.93
"""Share of `wish` from which a value is no demand."""
SURE_WANTED = 0.08
"""Share of exclusion up to which the rules' exclusion is taken for a mistake about its scope."""
MISTAKEN = 0.75
"""Share of wanting roles from which that is believed."""
LISTED = 0.4
"""Share of `alternative` or `like` from which a word is one of several."""
DEMANDED = 0.5
"""Share of wanting roles from which a value is a demand."""


STATEMENT = re.compile(
    r"(?:^|(?<=[.!?;,]))\s*(?:(?:well|hmm+|oh|but|no|yes|ok|okay|,) ?)*"
    r"(?:that|this|it|they|these|those|the (?:first|second|third|last)(?: one)?)(?: one)?"
    r" (?:seems?|looks?|sounds?|feels?)\b(?! (?:good|great|nice|perfect))[^.!?;]*"
)
"""A clause about the cards on show."""
_LINKING = {*request_words.OR, *request_words.AND}


class Polarity:
    """Which words are excluded, left open or asked for. `negation` is corrected by the roles;
    `ruled_out_by_rules` is what the rules alone say."""

    def __init__(
        self,
        negation: Negation,
        roles: WordRoles | None,
        words: Sequence[Word],
        text: str,
        language: str,
    ) -> None:
        self.negation, self.roles, self.words, self.text = negation, roles, words, text
        self.ruled_out_by_rules = list(negation.ruled_out)
        self.firm = EXCLUDED if language == "en" else FIRMER
        if roles is not None:
            self._heed(roles)
        self._leave_statements()

    def verdict(self, first: int, last: int) -> tuple[Verdict, float]:
        """What the words first..last, a value of the catalogue, mean for the request, and how sure
        that is. Rules and head agree on a demand; what either excludes is excluded; where they
        contradict each other, the words are a soft wish."""
        ruled_out = self.negation.ruled_out[first]
        if self.roles is None:
            return ("exclude" if ruled_out else "demand"), 1.0
        shares = self.roles.of(first, last)
        out = shares["exclude"] + shares["unlike"]
        apart = shares["background"] + shares["had"]
        if ruled_out:
            wanted = shares["demand"]
            if out <= SURE_WANTED and wanted >= MISTAKEN:
                return "demand", wanted
            denied = out < SURE_EXCLUDED and wanted >= DEMANDED
            return ("avoid" if denied else "exclude"), 1 - wanted
        if out >= self.firm:
            return "avoid", out
        if out >= DOUBTED:
            return "soft", 1 - out
        wanted = 1 - out - apart - shares["question"]
        soft = shares["wish"] >= SOFT or wanted < DEMANDED
        return ("soft" if soft else "demand"), wanted

    def is_taste(self, first: int, last: int) -> bool:
        """Whether the words tell what the visitor likes in general, or one of several choices."""
        if self.roles is None:
            return False
        shares = self.roles.of(first, last)
        return shares["like"] + shares["alternative"] >= LISTED

    def _heed(self, roles: WordRoles) -> None:
        """Correct what the rules read as excluded by the roles of the words, where these are
        sure."""
        no, last = self.negation, -1
        for place, word in enumerate(self.words):
            shares = roles.of(place, place)
            out = shares["exclude"] + shares["unlike"]
            if no.ruled_out[place]:
                lifted = out <= LIFTED and shares["demand"] >= DEMANDED
                no.ruled_out[place] = not lifted or shares["alternative"] >= LISTED
            elif not no.open[place] and not no.negator[place]:
                listed = shares["alternative"] >= LISTED and self._goes_on(last, place)
                no.ruled_out[place] = out >= self.firm or (listed and no.ruled_out[last])
            if word.text not in _LINKING:
                last = place

    def _leave_statements(self) -> None:
        """Leave open what the message says of cards on show: "that looks like a western"."""
        for match in STATEMENT.finditer(self.text):
            for place, word in enumerate(self.words):
                if word.start < match.end() and match.start() < word.end:
                    self.negation.open[place], self.negation.ruled_out[place] = True, False

    def _goes_on(self, last: int, place: int) -> bool:
        """Whether only commas and "or" stand between two words."""
        gap = self.text[self.words[last].end : self.words[place].start] if last >= 0 else "."
        return not re.search(r"[.;:!?。；！？]", gap)
