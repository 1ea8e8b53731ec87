"""The data types of a request and its answer: `Request`, `Answer` with its `Card`s, stream updates.

Plain frozen dataclasses; nothing here knows how they are made.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast

from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from shelftalker.data.catalog import Item
from shelftalker.data.filters import Filter, Op

Source = Literal["model", "retry", "template", "prepared", "human"]
Format = Literal["card", "headline", "push", "email", "intro"]


@dataclass(frozen=True, slots=True)
class Style:
    """How texts are wanted. `headline`: at most 60 characters a card; `push`: at most 110; `email`:
    cards, and a subject and an opening in `Answer.text`; `intro`: cards, and one sentence over them
    in `Answer.text`. `tone` is told to the LLM; `length`, of a card, is the voice's where None."""

    format: Format = "card"
    tone: str = ""
    length: Literal["short", "medium", "long"] | None = None


class FilterFields(TypedDict):
    """A `Filter` as JSON."""

    field: str
    op: Op
    value: str | float | tuple[str, ...]


class RequestFields(TypedDict):
    """A `Request` as JSON; see there."""

    message: str
    text: str
    filters: list[FilterFields]
    language: str
    like: tuple[str, ...]
    avoid: str
    ignore: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What one message asks for. `filters` are never broken; `text` is the rest of the wish, for
    the scorer and the prompt; what `avoid` describes is ranked lower; `like` holds the ids of items
    that the message names as examples; `ignore` the ids in the history to leave out."""

    message: str = ""
    text: str = ""
    filters: tuple[Filter, ...] = ()
    language: str = "en"
    like: tuple[str, ...] = ()
    avoid: str = ""
    ignore: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether it asks for nothing, but for a language."""
        return self == Request(language=self.language)

    def as_dict(self) -> RequestFields:
        """The request as `Answer.request` and `generate --json` have it."""
        filters = [asdict(one) for one in self.filters]
        return cast("RequestFields", {**asdict(self), "filters": filters})


@dataclass(frozen=True, slots=True)
class Scored:
    """One shortlisted item: its logit f(x)ᵀWg(y) + …, and h = σ(logit) in (0, 1)."""

    item_id: str
    logit: float
    probability: float


@dataclass(frozen=True, slots=True)
class Reason:
    """What one history item adds to the logit of a pick (the logit minus that without the item)."""

    item_id: str
    weight: float


Nearness = Literal["close", "near", "far"]
"""How near an item is to the text of a request, as far as words and embeddings can tell."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a description may state. If `source` is "history", `value` is a title, and
    `field` is the kind of event or the attribute that both items share. If it is "request", `value`
    is what the item meets; with `close` or `far` (a `Nearness`) as field, what it is compared
    with."""

    text: str
    source: Literal["catalog", "history", "request"]
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class CardReason:
    """A history item behind a pick; `weight` is what it adds to the scorer's logit."""

    item_id: str
    title: str
    weight: float


@dataclass(frozen=True, slots=True)
class Card:
    """One recommended item. `score` is the scorer's h in (0, 1); `probability` is the item's share
    of the shortlist's total, in (0, 1). `source` says how the description was made: by the model,
    by its second try, from a template, or that a text prepared ahead by a model or written by a
    person (`human`) stands in it."""

    item: Item
    rank: int
    score: float
    probability: float
    description: str = ""
    source: Source = "template"
    evidence: tuple[Evidence, ...] = ()
    reasons: tuple[CardReason, ...] = ()

    def described(self, text: str, source: Source) -> "Card":
        """This card with its description."""
        return replace(self, description=text, source=source)

    def as_dict(self) -> dict[str, Any]:
        """The card as the JSON contract has it."""
        return {
            "item_id": self.item.id,
            "title": self.item.title,
            "rank": self.rank,
            "score": round(self.score, 6),
            "probability": round(self.probability, 6),
            "description": self.description,
            "source": self.source,
            "evidence": [asdict(one) for one in self.evidence],
            "reasons": [{**asdict(r), "weight": round(r.weight, 6)} for r in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `pick` says what ordered the cards: `scorer` or `fused` (with the LLM);
    `shortlist` is what the picks were chosen from; `notices` are sentences for the user, such as
    filters that left too few items or an engine that failed; `text` is the text over all cards
    that some styles have; `timings_ms` has milliseconds by stage
    and their `total`."""

    domain: str
    user: str
    request: RequestFields
    engine: str
    adapter: str | None
    scorer: str
    cards: tuple[Card, ...]
    pick: str = "scorer"
    shortlist: tuple[Scored, ...] = ()
    notices: tuple[str, ...] = ()
    text: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The answer as the JSON contract has it."""
        return {
            "domain": self.domain,
            "user": self.user,
            "request": dict(self.request),
            "engine": self.engine,
            "adapter": self.adapter,
            "scorer": self.scorer,
            "pick": self.pick,
            "cards": [card.as_dict() for card in self.cards],
            "notices": list(self.notices),
            "text": self.text,
            "timings_ms": {name: round(ms, 1) for name, ms in self.timings_ms.items()},
        }


@dataclass(frozen=True, slots=True)
class Shortlisted:
    """The scorer's best k items, before the LLM's pick; without descriptions."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """The picks in their final order."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A checked piece of the description of the card at `rank`; it is never taken back."""

    rank: int
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A card whose description is complete."""

    card: Card


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the stream."""

    answer: Answer


Update = Shortlisted | Picked | Token | Checked | Done
