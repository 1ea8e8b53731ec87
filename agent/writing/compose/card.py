"""`CardWriter`: a plan in the sentences of one language, each with its claims."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from shelftalker.data.item_types import noun_of
from shelftalker.writing.compose.claims import Claims, Line
from shelftalker.writing.compose.facts import Chooser, Fact
from shelftalker.writing.compose.plan import Plan


class CardWriter(ABC):
    """Each method returns a template; `claim` collects what it claims."""

    def __init__(self, plan: Plan, choose: Chooser) -> None:
        self.plan, self.choose, self.claim = plan, choose, Claims()

    def lines(self) -> list[Line]:
        """The sentences, best first: what it is and why for this visitor, the catalogue's own
        sentence, what of the request it does not say, an aside."""
        product = noun_of(self.plan.item) == "thing"
        made = self.product() if product else self.work()
        opening = [template for template in made if template]
        quote = [self.claim("quote", text) for text in self.plan.quotes[: 1 if opening else 2]]
        missing = [self.lacking()] if self.plan.asked.lacking else []
        second = [] if missing and quote else opening[1:2]
        told = [*opening[:1], *second, *quote, *missing]
        told += [self.aside()] if len(told) < 2 and not product else []
        return [self.claim.line(template) for template in told if template]

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
    def work(self) -> list[str]:
        """The sentences on a film, a book, an album, an article."""

    @abstractmethod
    def product(self) -> list[str]:
        """The sentences on what a shop sells."""

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
