"""The bodies of answers, as OpenAPI describes them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shelftalker.types import CardReason, Evidence, RequestFields, Source


class CardOut(BaseModel):
    """One recommended item; see `Card`."""

    item_id: str
    title: str
    rank: int
    score: float
    probability: float
    description: str
    source: Source
    evidence: list[Evidence]
    reasons: list[CardReason]


class AnswerOut(BaseModel):
    """A whole answer."""

    domain: str
    user: str
    request: RequestFields
    engine: str
    adapter: str | None
    scorer: str
    pick: str
    cards: list[CardOut]
    notices: list[str]
    text: str
    timings_ms: dict[str, float]


class ScoredOut(BaseModel):
    """One shortlisted item."""

    item_id: str
    title: str
    rank: int
    logit: float
    score: float


class ShortlistOut(BaseModel):
    """The scorer's best items, best first."""

    domain: str
    items: list[ScoredOut]


class ChipOut(BaseModel):
    """A part of the taste of a conversation; `key` is what the button `remove` takes."""

    key: str
    kind: str
    label: str
    pinned: bool


class TurnOut(BaseModel):
    """One turn of a conversation. `act` is `none` for a button that makes no turn; then only
    `taste` stands beside it."""

    model_config = ConfigDict(extra="allow")
    act: str
    taste: list[ChipOut]
    progress: str = "done"
    reply: str = ""
    cards: list[CardOut] = []
    notices: list[str] = []
    error: str = ""


class ConversationOut(BaseModel):
    """A conversation; `turn` answers its first message."""

    id: str
    user: str
    domain: str
    turn: TurnOut | None = None


class RefusedEvent(BaseModel):
    """An event of a batch that was not stored, by its place from 0."""

    index: int
    detail: str


class EventsOut(BaseModel):
    """What became of a batch; what is counted as stored or as a duplicate is on disk."""

    stored: int
    duplicates: int
    refused: list[RefusedEvent]


class Count(BaseModel):
    """How many were changed."""

    count: int


class PersonOut(BaseModel):
    """All that is stored of a user: events and conversations, by domain, and items shown."""

    user: str
    events: dict[str, list[dict[str, Any]]]
    shown: list[dict[str, Any]]
    conversations: list[dict[str, Any]]


class Health(BaseModel):
    """How the service is."""

    status: Literal["ok", "starting"]
    detail: str = ""


class DomainOut(BaseModel):
    """A domain: its versions, those in service, and how many hooks nobody has reviewed.
    `refused`: sentences not shown since the process started, by rule, of all domains."""

    domain: str
    scorer: str | None
    adapter: str | None
    scorers: list[str]
    adapters: list[str]
    previous_adapters: list[str | None]
    events: int
    hooks_to_review: int
    refused: dict[str, int]


class HookOut(BaseModel):
    """A text about an item that was written ahead."""

    id: str
    item: str
    text: str
    status: Literal["new", "approved", "rejected"]
    source: Literal["prepared", "human"]
    evidence: tuple[str, ...]
