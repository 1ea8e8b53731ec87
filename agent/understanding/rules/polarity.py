"""The polarity of the words of a message: rules and the role head together.

A value is demanded only where both say so, and excluded where both say so or the head is sure.
What they dispute is a soft wish, or avoided. Without a head, rules decide.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from shelftalker.data.field_roles import PEOPLE
from shelftalker.language.tokens import Word, places_between
from shelftalker.understanding.head.roles import NO_MENTION, WordRoles
from shelftalker.understanding.rules.mentions import Mention, role_before
from shelftalker.understanding.rules.negation import COMMAS, LINKING, STOPS, Negation
from shelftalker.understanding.rules.sentence_starts import begins_anew
from shelftalker.understanding.rules.tables import act_words, request_words

Verdict = Literal["demand", "exclude", "wish", "avoid"]
EXCLUDED = 0.5
"""Share of excluding roles from which a title that stands out is one to be unlike."""
SURELY_EXCLUDED = 0.75
"""Share of excluding roles from which words are not wanted although no rule says so: of test
mentions between 0.5 and this, twice as many are wanted as are excluded."""
AGREED = 0.35
"""Share of excluding roles from which what the rules exclude becomes a filter."""
LIFTED = 0.12
"""Share of excluding roles below which the rules' exclusion is disputed."""
DOUBTED = 0.4
"""Share of excluding roles from which a value is no demand, whatever the rules say."""
WANTED = 0.5
"""Share of wanting roles from which a value is a demand, and `SURELY_WANTED` near a word that may
turn its sense ("enough", "than")."""
SURELY_WANTED = 0.9
SOFT = 0.93
"""Share of `wish` from which a value is no demand."""
LISTED = 0.4
"""Share of `alternative` or `like` from which a value is one of several."""
COMPARED = 0.5
"""Share of `like` from which a name is somebody to resemble."""
OWN_DEMAND = 0.6
"""Share of `demand` from which "my phone" is asked for."""
BARE_NOT = ("not", "non", "nicht", "pas")
"""Right before a description these deny it and not what it describes."""

_PLAIN = {*request_words.FILLER, *request_words.ITEM_NOUNS, *request_words.NOT_VERBS}
"""Words that neither name nor describe a thing."""


class Polarity:
    """Which words are excluded, left open or asked for. The masks of `negation` are corrected by
    the roles; `by_rules` is what the rules alone exclude."""

    def __init__(
        self, negation: Negation, roles: WordRoles | None, words: Sequence[Word], text: str
    ) -> None:
        self.negation, self.roles, self.words, self.text = negation, roles, words, text
        self.by_rules = list(negation.ruled_out)
        self.permitted = list(negation.open)
        for run in self._runs() if roles else ():
            out, wanted, _ = self._sides(run[0], run[-1])
            lifted = out <= LIFTED and wanted >= WANTED
            stays = not lifted if self._is_next_to_cue(run[0]) else out >= AGREED
            for place in run:
                if negation.ruled_out[place]:
                    negation.ruled_out[place] = stays
                    negation.open[place] = not stays and wanted < WANTED  # neither, for all we know
                elif not negation.open[place] and self._cue_of(run[0]) != "non":
                    negation.ruled_out[place] = out >= SURELY_EXCLUDED
        self._leave_statements()

    def verdict(self, mention: Mention) -> tuple[Verdict, float]:
        """What a value means for the request, and how sure that is."""
        first, last = mention.first, mention.last
        ruled_out = self.by_rules[first]
        if self.negation.degree[first]:
            return "avoid", 1.0
        if self.roles is None:
            return ("exclude" if ruled_out else "demand"), 1.0
        out, wanted, shares = self._sides(first, last)
        if self.roles.apart(first, last) >= NO_MENTION and not self._is_signed(mention):
            return ("avoid" if self.negation.ruled_out[first] else "wish"), 1.0
        if ruled_out and self._is_described(first):
            if self._cue_of(first) not in BARE_NOT:
                return "avoid", out
            return ("demand" if wanted >= WANTED else "wish"), wanted
        if ruled_out:
            agreed = out >= AGREED or wanted < WANTED or self._is_next_to_cue(first)
            return ("exclude" if agreed else "wish"), 1 - wanted
        if out >= SURELY_EXCLUDED:
            return "exclude", out
        least = SURELY_WANTED if self._is_doubtful(first, last) else WANTED
        named = mention.role in (*PEOPLE, "brand")
        compared = named and shares["like"] >= COMPARED
        owned = first and self.words[first - 1].text in request_words.POSSESSIVES
        unasked = owned and shares["demand"] < OWN_DEMAND
        soft = out >= DOUBTED or wanted < least or shares["wish"] >= SOFT or compared or unasked
        return ("wish" if soft else "demand"), wanted

    def _is_described(self, first: int) -> bool:
        """Whether a word of content between the negation and this value narrows it: "no slapstick
        comedies" rules out no comedy, and "not inflatable pool" asks for a pool."""
        before = self.words[first - 1] if first else None
        if before is None or self.negation.negator[first - 1] or not before.text.isascii():
            return False
        plain = before.text in _PLAIN or before.text in LINKING
        return self.words[first].gap == " " and not plain

    def _is_signed(self, mention: Mention) -> bool:
        """Whether a whole name stands after "by" in words that the head does not know: "spiele das
        Album von Jill Sobule"."""
        first, last = mention.first, mention.last
        none = self.share(mention, "none") >= NO_MENTION
        return none and last > first and role_before(self.words, first) == "by"

    def _cue_of(self, place: int) -> str:
        """The last word of the negation before this place."""
        while place and not self.negation.negator[place]:
            place -= 1
        return self.words[place].text

    def _runs(self) -> Iterator[range]:
        """The words between cues, commas and function words: a phrase has one polarity."""
        start = 0
        for place, word in enumerate(self.words):
            apart = self.negation.negator[place] or word.text in request_words.FILLER
            anew = begins_anew(self.words, place)
            if apart or word.gap not in ("", " ", "-") or word.text in LINKING or anew:
                if start < place:
                    yield range(start, place)
                start = place + 1 if apart or word.text in LINKING else place
        if start < len(self.words):
            yield range(start, len(self.words))

    def _leave_statements(self) -> None:
        """Leave open what the message says of cards on show: "that looks like a western"."""
        for match in re.finditer(act_words.STATEMENT, self.text):
            for place in places_between(self.words, *match.span()):
                self.negation.open[place], self.negation.ruled_out[place] = True, False
                self.by_rules[place] = False

    def is_taste(self, mention: Mention, *roles: str) -> bool:
        """Whether the words tell what the visitor likes in general (`like`), or one of several
        choices (`alternative`)."""
        return self.share(mention, *roles or ("like", "alternative")) >= LISTED

    def share(self, mention: Mention, *roles: str) -> float:
        """The share of some roles; 0 without a head."""
        if self.roles is None:
            return 0.0
        shares = self.roles.of(mention.first, mention.last)
        return sum(shares[role] for role in roles)

    def _sides(self, first: int, last: int) -> tuple[float, float, dict[str, float]]:
        """The shares of the excluding and of the wanting roles, and of each role."""
        assert self.roles is not None
        shares = self.roles.of(first, last)
        wanted = sum(shares[role] for role in ("demand", "wish", "like", "alternative"))
        return shares["exclude"] + shares["unlike"], wanted, shares

    def _is_next_to_cue(self, first: int) -> bool:
        """Whether only function words, or others of a list, stand between a negation and this word:
        "no horror", "no war, western or musical"."""
        place, linked = first - 1, False
        while place >= 0 and not self.negation.negator[place]:
            word = self.words[place]
            gap = self.text[word.end : self.words[first].start]
            linked = linked or word.text in LINKING or bool(COMMAS.match(gap))
            if STOPS.search(gap) or not (word.text in _PLAIN or (linked and self.by_rules[place])):
                return False
            place -= 1
        return place >= 0

    def _is_doubtful(self, first: int, last: int) -> bool:
        """Whether a word near these, in the same clause, may turn their sense."""
        for step, start in ((-1, first), (1, last)):
            for place in range(start + step, start + 5 * step, step):
                if not 0 <= place < len(self.words):
                    break
                gap = self.words[max(place, place - step)].gap
                if STOPS.search(gap) or COMMAS.search(gap):
                    break
                if self.words[place].text in request_words.TURNING:
                    return True
        return False
