"""What callers give and get: `Request`, `Answer` with its `Card`s, and the updates of a stream.

Plain data; nothing here knows how it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from shelftalker.data.catalog import Item
from shelftalker.data.filters import Filter

Source = Literal["model", "retry", "template"]


@dataclass(frozen=True, slots=True)
class Request:
    """What one message asks for. `text` is its soft part, for the scorer and the prompt; `avoid`
    what it rules out softly; `like` the ids of items it names as examples; `ignore` the ids in the
    history that are not to be built upon."""

    message: str = ""
    text: str = ""
    filters: tuple[Filter, ...] = ()
    language: str = "en"
    like: tuple[str, ...] = ()
    avoid: str = ""
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """One shortlisted item: its logit f(x)ᵀWg(y) + …, and h = σ(logit)."""

    item_id: str
    logit: float
    probability: float


@dataclass(frozen=True, slots=True)
class Reason:
    """How much one history item adds to a pick's logit (logit minus logit without the item)."""

    item_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact a text may state. For history, `value` is the title, and `field` the kind of event
    or the attribute that both items share."""

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
    """One pick. `score` is the scorer's h in (0, 1); `probability` is the pick's share of the
    shortlist. `source` says which rung wrote the description: the model, its retry, or the plain
    template."""

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
            "evidence": [
                {"text": e.text, "source": e.source, "field": e.field, "value": e.value}
                for e in self.evidence
            ],
            "reasons": [
                {"item_id": r.item_id, "title": r.title, "weight": round(r.weight, 6)}
                for r in self.reasons
            ],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `pick` says what ordered the cards: `scorer` or `fused` (with the LLM);
    `shortlist` is what the picks were taken from; `notices` are sentences for the person: filters
    that left too little, an engine that failed."""

    domain: str
    user: str
    request: Mapping[str, Any]
    engine: str
    adapter: str | None
    scorer: str
    cards: tuple[Card, ...]
    pick: str = "scorer"
    shortlist: tuple[Scored, ...] = ()
    notices: tuple[str, ...] = ()
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
            "timings_ms": {name: round(ms, 1) for name, ms in self.timings_ms.items()},
        }


@dataclass(frozen=True, slots=True)
class Shortlisted:
    """The scorer's first k, before the pick; nothing is described yet."""

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
