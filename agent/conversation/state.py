"""The state of one visitor's conversation: plain data that belongs to one session."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ConfigDict

from shelftalker.conversation.taste import Chip, ChipChange, Taste
from shelftalker.conversation.transition import Situation
from shelftalker.data.events import Event
from shelftalker.types import Answer, Card, Checked, Done, Picked, Shortlisted, Token, Update
from shelftalker.understanding.rules.acts import Act
from shelftalker.understanding.rules.questions import Question

VISITOR = "visitor-"
TurnStatus = Literal["working", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A filter to remove: how many items would fit without it, and the best one's title."""

    chip: Chip
    count: int
    title: str


@dataclass
class Turn:
    """One message, or one button pressed, and its answer so far.

    `cards` by rank; `texts` are their descriptions while they are written. `undo` goes back to
    `before` and takes `events` out of the log. `moved` is set whenever the turn has changed.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)
    message: str
    act: Act | str
    before: Situation
    reply: str = ""
    changes: tuple[ChipChange, ...] = ()
    cards: dict[int, Card] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    why: set[str] = field(default_factory=set)
    notices: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    events: list[Event] = field(default_factory=list)
    answer: Answer | None = None
    progress: TurnStatus = "working"
    error: str = ""
    moved: asyncio.Event = field(default_factory=asyncio.Event, repr=False, compare=False)

    @property
    def did_anything(self) -> bool:
        """Is there anything to undo? An explanation leaves nothing."""
        return bool(self.changes or self.cards or self.events)

    def apply(self, update: Update) -> None:
        """Take over one update of the recommender."""
        if isinstance(update, Shortlisted | Picked):
            self.cards = {card.rank: card for card in update.cards}
        elif isinstance(update, Token):
            self.texts[update.rank] = f"{self.texts.get(update.rank, '')} {update.text}".strip()
        elif isinstance(update, Checked):
            self.cards[update.card.rank] = update.card
            self.texts[update.card.rank] = update.card.description
        elif isinstance(update, Done):
            self.answer = update.answer
            self.notices += update.answer.notices


@dataclass
class Conversation:
    """The turns so far and the state after them. `language` None means that of each message."""

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)
    user: str
    domain: str
    language: str | None = None
    taste: Taste = field(default_factory=Taste)
    focus: str | None = None
    question: Question | None = None
    spoken: str = "en"
    turns: list[Turn] = field(default_factory=list)
    task: asyncio.Task[Any] | None = None
    touched: float = 0.0

    @property
    def is_visitor(self) -> bool:
        """Is this a new visitor, under a name made up for this conversation?"""
        return self.user.startswith(VISITOR)

    @property
    def is_working(self) -> bool:
        """Is an answer being written?"""
        return self.task is not None and not self.task.done()

    @property
    def on_show(self) -> Turn | None:
        """The latest turn with cards: buttons and "the second one" refer to them."""
        return next((turn for turn in reversed(self.turns) if turn.cards), None)

    @property
    def cards(self) -> list[Card]:
        """The cards on show, best first."""
        turn = self.on_show
        return [turn.cards[rank] for rank in sorted(turn.cards)] if turn else []

    def situation(self, language: str | None = None) -> Situation:
        """What the next message is understood against, in a language if it is known."""
        shown = tuple(card.item for card in self.cards)
        return Situation(language or self.language, shown, self.taste, self.focus, self.question)

    def stop(self) -> None:
        """Stop the answer that is being written, with its engine requests."""
        if self.task is not None:
            self.task.cancel()
