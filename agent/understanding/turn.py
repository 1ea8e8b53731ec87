"""`TurnReading`: everything that one message says, and `TurnReader`, which reads it once.

`RuleReader` reads without a language model, `LlmReader` with one, and `Reconciled` joins the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shelftalker.data.catalog import Item
from shelftalker.data.filters import Filter
from shelftalker.types import Request
from shelftalker.understanding.rules.acts import Act, MessageAct
from shelftalker.understanding.rules.questions import Question

ReaderName = Literal["rules", "head", "llm"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a message says: `text` as it was written, at message[span[0]:span[1]].

    `filters` hold what the catalogue can check, `items` the ids that a title names. `reader` says
    who read it, `confidence` how sure that is, in (0, 1]. Of parts with `either` on the same field
    one is enough.
    """

    text: str
    span: tuple[int, int] = (0, 0)
    filters: tuple[Filter, ...] = ()
    items: tuple[str, ...] = ()
    reader: ReaderName = "rules"
    confidence: float = 1.0
    either: bool = False

    @property
    def excludes(self) -> bool:
        """Whether its filters rule something out."""
        return all(one.op in ("excludes", "outside") for one in self.filters)


@dataclass(frozen=True)
class TurnContext:
    """What the visitor sees while typing: `shown` are the items on the cards, best first;
    `language` None where each message shows its own."""

    language: str | None = None
    shown: tuple[Item, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """What the conversation holds so far, in words."""
        return ()


OPENING = TurnContext()


@dataclass(frozen=True, slots=True)
class TurnReading:
    """A whole message as it is understood.

    `spoken` is its dialogue act with the comparatives in it; `targets` are the items that it points
    at. `demands` must hold, `exclusions` must not; `wishes` are wanted if possible, `avoid` is
    wanted as little as possible. `like` and `unlike` name items to resemble or not; `set_aside` is
    what no field holds or nobody understood. `notices` are sentences for the visitor.
    """

    message: str
    language: str = "en"
    spoken: MessageAct = field(default_factory=lambda: MessageAct("ask"))
    targets: tuple[Item, ...] = ()
    demands: tuple[Part, ...] = ()
    exclusions: tuple[Part, ...] = ()
    wishes: tuple[Part, ...] = ()
    avoid: tuple[Part, ...] = ()
    like: tuple[Part, ...] = ()
    unlike: tuple[Part, ...] = ()
    set_aside: tuple[Part, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def act(self) -> Act:
        """The dialogue act."""
        return self.spoken.act

    @property
    def question(self) -> Question | None:
        """What the message asks about the cards."""
        return self.spoken.question

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters of all demands and exclusions, each once, in the order of the message."""
        return merged_filters((*self.demands, *self.exclusions))

    @property
    def asks_for_something(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.filters or self.wishes or self.avoid or self.like)

    def request(self) -> Request:
        """The request to the recommender."""
        return Request(
            message=self.message,
            text=_joined(self.wishes),
            filters=self.filters,
            language=self.language,
            like=tuple(dict.fromkeys(item for part in self.like for item in part.items)),
            avoid=_joined(self.avoid),
        )


class TurnReader(Protocol):
    """Reads messages about one catalogue."""

    async def aread(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """What a message says in a situation. Raises nothing."""


def merged_filters(parts: Iterable[Part]) -> tuple[Filter, ...]:
    """The filters of some parts, each once, in the order of the message."""
    parts = sorted(parts, key=lambda part: (not any(part.span), part.span))  # without a place: last
    choices: dict[str, list[str]] = {}
    for part in parts:
        for one in part.filters if part.either else ():
            choices.setdefault(one.field, []).extend(map(str, one.values))
    merged = (
        _choice(one.field, choices[one.field]) if part.either else one
        for part in parts
        for one in part.filters
    )
    return tuple(dict.fromkeys(merged))


def _choice(field: str, values: Iterable[str]) -> Filter:
    """One of the values; a single one must be there."""
    several = tuple(dict.fromkeys(values))
    if len(several) > 1:
        return Filter(field, "any_of", several)
    return Filter(field, "contains", several[0])


def _joined(parts: Iterable[Part]) -> str:
    return ", ".join(dict.fromkeys(part.text for part in parts if part.text))
