"""The bodies of requests, as OpenAPI describes them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shelftalker.data.catalog import SCHEMA, Item
from shelftalker.data.dates import is_day
from shelftalker.data.events import Kind
from shelftalker.data.filters import RANKED, Filter, Op
from shelftalker.types import Style

Text = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Body(BaseModel):
    """Base of all request bodies: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class FilterBody(Body):
    """One hard condition: `{"field": "year", "op": "at_least", "value": 1990}`."""

    field: Name
    op: Op
    value: Annotated[int | Number | Name | tuple[Name, ...], Field(union_mode="left_to_right")]

    @model_validator(mode="after")
    def _fits_op(self) -> "FilterBody":
        value = self.value
        if self.op in RANKED and not (isinstance(value, int) and 1 <= value <= 10_000):
            raise ValueError(f"{self.op} takes how many items to keep, 1 to 10000")
        if self.op in ("at_least", "at_most", "above", "below") and not (
            isinstance(value, int | float) or (isinstance(value, str) and is_day(value))
        ):
            raise ValueError(f"{self.op} takes a number, or a day such as 2024-05-31")
        if self.op == "outside" and not (
            isinstance(value, tuple) and len(value) == 2 and all(map(_is_number_or_day, value))
        ):
            raise ValueError('outside takes two bounds as texts, such as ["1980", "1989"]')
        return self

    def filter(self) -> Filter:
        """The filter that this stands for."""
        return Filter(self.field, self.op, self.value)


class WishBody(Body):
    """Who asks, for what. Without `user` it is a new visitor; without `domain` the default one."""

    user: Name | None = None
    message: Text = ""
    domain: Name | None = None
    filters: list[FilterBody] = Field(default=[], max_length=50)


class RecommendationBody(WishBody):
    """A call for described picks. `seconds`: after which what is not written is composed
    (the service's `text_seconds`, unless given)."""

    k: int = Field(default=3, ge=1, le=20)
    language: Literal["en", "zh"] | None = None
    adapter: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+@v[0-9]+$")] | None = None
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    style: Style = Style()
    seconds: float | None = Field(default=None, gt=0, le=600)


class ShortlistBody(WishBody):
    """A call for the scorer's best items."""

    n: int = Field(default=20, ge=1, le=1000)


class ConversationBody(Body):
    """A new conversation, with its first message or without."""

    user: Name | None = None
    domain: Name | None = None
    language: Literal["en", "zh"] | None = None
    message: Text | None = None


class TurnBody(Body):
    """A message, or a button with its value."""

    message: Text | None = None
    button: Name | None = None
    value: Annotated[str, StringConstraints(max_length=200)] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "TurnBody":
        if (self.message is None) == (self.button is None):
            raise ValueError("give a message, or a button with its value")
        return self


class MergeBody(Body):
    """An anonymous id that turned out to be a user."""

    anonymous: Name


class EventBody(Body):
    """One event. `id`: the sender's own name for it, under which it is stored once; `time`: Unix
    seconds, now by default; `value`: the stars of a rating, 0 to 5, or plays, a price, …"""

    user: Name | None = None
    item: Name
    kind: Kind
    value: Number | None = None
    time: Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)] | None = None
    id: Name | None = None

    @model_validator(mode="after")
    def _rated(self) -> "EventBody":
        if self.kind == "rating" and (self.value is None or not 0 <= self.value <= 5):
            raise ValueError("a rating needs a value from 0 to 5 stars")
        return self


class EventsBody(Body):
    """A batch of events of one domain."""

    domain: Name | None = None
    events: list[EventBody] = Field(min_length=1, max_length=1000)


class ItemBody(Body):
    """One item of the catalogue. An attribute is a text, a number, a flag or a list of texts."""

    id: Name
    title: Name
    text: Annotated[str, StringConstraints(max_length=20_000)] = ""
    attributes: dict[Name, str | bool | int | Number | tuple[Text, ...]] = Field(
        default={}, max_length=100
    )
    price: Annotated[Number, Field(ge=0, le=1e12)] | None = None
    image: Annotated[str, StringConstraints(max_length=2000)] | None = None
    language: Annotated[str, StringConstraints(max_length=20)] | None = None
    available: bool = True
    group: Name | None = None

    @model_validator(mode="after")
    def _no_column_twice(self) -> "ItemBody":
        if twice := sorted(set(SCHEMA).intersection(self.attributes)):
            raise ValueError(f"{twice[0]} is a field of every item; take it out of attributes")
        return self

    def item(self) -> Item:
        """The item that this stands for."""
        return Item(**dict(self))


class ItemsBody(Body):
    """Items to add, or to put in the place of those with the same ids."""

    domain: Name | None = None
    items: list[ItemBody] = Field(min_length=1, max_length=1000)


class ItemIdsBody(Body):
    """Items to remove."""

    domain: Name | None = None
    ids: list[Name] = Field(min_length=1, max_length=1000)


class TokenBody(Body):
    """For which visitor a token is wanted, and for how many minutes."""

    user: Name
    minutes: float | None = Field(default=None, gt=0, le=1440)


def _is_number_or_day(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return is_day(text)
    return True


Version = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,8}$")]


class ServingBody(Body):
    """Versions to put into service; what is left out stays. An adapter needs a passed gate, unless
    `force`."""

    scorer: Version | None = None
    adapter: Version | None = None
    force: bool = False


class ReviewBody(Body):
    """Hooks to approve or to reject, by their ids."""

    ids: list[Name] = Field(min_length=1, max_length=1000)
    status: Literal["approved", "rejected"]
