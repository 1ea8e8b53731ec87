"""`CardWriter`: a plan in the sentences of one language, each with its claims."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from shelftalker.data.item_types import noun_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.writing.compose.claims import Claims, Line
from shelftalker.writing.compose.conditions import IDLE
from shelftalker.writing.compose.facts import Chooser, Fact
from shelftalker.writing.compose.plan import Plan
from shelftalker.writing.verifier.facts import content_of

MAX_SENTENCES = 3
"""In one text."""
MAX_WORDS = 66
"""In the text of a work that has more than one sentence of the catalogue's."""


class CardWriter(ABC):
    """Each method returns a template; `claim` collects what it claims."""

    def __init__(self, plan: Plan, choose: Chooser) -> None:
        self.plan, self.choose, self.claim = plan, choose, Claims()

    def lines(self, most: int = MAX_SENTENCES) -> list[Line]:
        """At most `most` sentences: whether it is what was asked for, what it is (in the words of
        its own text or of one that was prepared, if there is any), and what ties it to the history,
        or who made it. The card stands under the title: only a sentence of facts repeats that."""
        product = noun_of(self.plan.item) == "thing"
        lead, quotes = self.answer(), self._told()
        silent = self.unmet()
        details = self.details() if product else ""
        if lead and (quotes or details) and (silent or self._answers(lead, quotes)):
            lead = ""
        if product and lead and not quotes and self.plan.asked.kind:
            lead = ""  # what it is follows, which says as much
        lacking = self.lacking() if self.plan.asked.lacking and not lead else ""
        close = silent or lacking or self.tie()
        if not close and product:
            close = self.specifications() if quotes else ""
        elif not close and (most - bool(lead) > len(quotes)):
            credit = self.credit() if len(quotes) == 1 else ""  # two tell enough
            close = credit if quotes else self.aside()
        lead, close = lead if most > 1 else "", close if most > 1 + bool(lead) else ""
        told = [self.claim.line(template) for template in (lead, close) if template]
        words = sum(len(line.text.split()) for line in (*told, *quotes))
        room = min(most - len(told), len(quotes) if words <= MAX_WORDS else 1)
        best = self._best(quotes)[:room]
        body = [quote for quote in quotes if quote in best]
        if not body:
            bare = product and told and not self.brackets  # the title stands above it
            denial = lead.startswith(("This is not", "These are not"))  # says too little alone
            bare = bare and not denial
            bare = bare and not (silent and not lead)
            made = self.credit() if lead and not product else ""  # the answer says what it is
            known = made or ("" if bare else self.plain())
            body = [self.claim.line(known)] if known else []
        return [*told[: bool(lead)], *body, *told[bool(lead) :]]

    def _answers(self, lead: str, quotes: Sequence[Line]) -> bool:
        """Whether one of the sentences says all that the answer would repeat of the request; what
        kind of thing it is may stand in the title."""
        claims, asked = self.claim.line(lead).claims, self.plan.asked
        if asked.far or (asked.maybe and not asked.kind):
            return False  # `Not quite a …`, `Perhaps a film your parents would like`
        if not claims or any(claim.kind not in ("wish", "asked", "is") for claim in claims):
            return False
        words = content_of(stems_of(" ".join(claim.text for claim in claims)))
        words = [word for word in words if word not in IDLE]
        kind = set(stems_of(asked.kind))
        wanted = [word for word in words if word not in kind]
        said = [stems_of(line.text) for line in quotes]
        return not wanted or any(
            all(any(akin(word, own) for own in stems) for word in wanted) for stems in said
        )

    def unmet(self) -> str:
        """A sentence on the wish of a request that the item's row has no word of; may be empty."""
        return ""

    def _best(self, quotes: list[Line]) -> list[Line]:
        """Those that have most of the request first, as the plan has them."""
        return sorted(quotes, key=lambda line: [*self.plan.quotes, line.text].index(line.text))

    def _told(self) -> list[Line]:
        """What is told of the item in words that are there, in the order of its text."""
        if prepared := self.plan.prepared:
            return [self.claim.line(self.claim("prepared", prepared))]
        text = self.plan.item.text
        quotes = sorted(self.plan.quotes, key=lambda one: text.find(one[1:].rstrip(".")))
        return [self.claim.line(self.claim("quote", quote)) for quote in quotes]

    def headlines(self) -> list[str]:
        """The title with one fact: what decides of a product, what a work is."""
        colon = "：" if self.plan.title and self.brackets else ": "
        told = [self.details(), self.about(), *self.values()]
        named = f"《{self.title}》" if self.brackets else self.title
        return [f"{named}{colon}{fact}" for fact in told if fact]

    brackets = False
    """Whether titles stand in 《》."""

    @property
    def title(self) -> str:
        """The place of the item's title."""
        return self.claim("title", self.plan.title)

    @property
    def other(self) -> str:
        """The place of the history item's title."""
        return self.claim("past", self.plan.past_title, past=self.plan.past)

    def fields(self, values: Sequence[str]) -> str:
        """The title and a value or two: all that is known."""
        return f"{self.title}, {', '.join(values)}." if values else f"{self.title}."

    def details(self) -> str:
        """What the title adds to its short form, where it is said nowhere else."""
        details = self.plan.details
        fresh = details and details.casefold() not in self.plan.title.casefold()
        return self.claim("title_part", details) if fresh else ""

    @abstractmethod
    def answer(self) -> str:
        """Whether it is what was asked for, in one short sentence; empty without a request."""

    @abstractmethod
    def plain(self) -> str:
        """What it is by its title and facts."""

    @abstractmethod
    def tie(self) -> str:
        """What ties it to the history; may be empty."""

    def credit(self) -> str:
        """Who made it; may be empty."""
        return ""

    def specifications(self) -> str:
        """The fields of a product that its text does not tell, in one line; may be empty."""
        return ""

    def aside(self) -> str:
        """A sentence for where there is room: what a person would ask about last."""
        return ""

    @abstractmethod
    def about(self) -> str:
        """`a 1997 action thriller`; empty where no noun can be made."""

    @abstractmethod
    def values(self) -> list[str]:
        """One or two facts as they follow the title."""

    @abstractmethod
    def lacking(self) -> str:
        """A sentence on the words of the request that the item's row has nothing of."""


def pairs_of(fact: Fact | None) -> list[tuple[str, str]]:
    """A fact's field with each of its values."""
    return [(fact.field, value) for value in fact.values] if fact else []
