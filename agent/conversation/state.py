"""One visitor's conversation: plain data that belongs to one session and to nobody else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from shelftalker.conversation.taste import Chip, ChipChange, Taste
from shelftalker.conversation.transition import Situation
from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Answer, Card
from shelftalker.understanding.rules.acts import Act
from shelftalker.understanding.rules.questions import Question

VISITOR = "visitor-"
TurnStatus = Literal["working", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A filter to let go: how many items would fit without it, and the best of them."""

    chip: Chip
    count: int
    title: str


@dataclass
class Turn:
    """One thing said, or one button pressed, and its answer as far as it has come.

    `cards` by rank; `texts` their descriptions while they are written. `before` is what `undo`
    goes back to, `events` what it takes out of the log. `moved` is set when there is more of it.
    """

    said: str
    act: Act | str
    before: Situation
    reply: str = ""
    changes: tuple[ChipChange, ...] = ()
    cards: dict[int, Card] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    why: set[str] = field(default_factory=set)
    notices: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    events: list[Event] = field(default_factory=list)
    answer: Answer | None = None
    progress: TurnStatus = "working"
    error: str = ""
    moved: asyncio.Event = field(default_factory=asyncio.Event, repr=False, compare=False)

    @property
    def did_anything(self) -> bool:
        """Whether it left something to take back; an explanation does not."""
        return bool(self.changes or self.cards or self.events)


@dataclass
class Conversation:
    """The turns so far and where they have led. `language` None: as each message is written."""

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
        """Is this somebody new, under a name made up for this conversation?"""
        return self.user.startswith(VISITOR)

    @property
    def on_show(self) -> Turn | None:
        """The latest turn that has cards: the one that buttons and "the second one" mean."""
        return next((turn for turn in reversed(self.turns) if turn.cards), None)

    @property
    def cards(self) -> list[Card]:
        """The cards on show, best first."""
        turn = self.on_show
        return [turn.cards[rank] for rank in sorted(turn.cards)] if turn else []

    def situation(self) -> Situation:
        """Where it stands, for the next message to be understood."""
        shown: Sequence[Item] = [card.item for card in self.cards]
        return Situation(self.taste, tuple(shown), self.focus, self.language, self.question)

    def stop(self) -> None:
        """Give up the answer that is being written; its engine requests end."""
        if self.task is not None:
            self.task.cancel()
