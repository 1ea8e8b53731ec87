"""Visitors with random messages of the catalogue's values: does a card ever violate an exclusion?

Every card is checked against the page's filter chips, and against the visitor's own memory: a value
excluded by name must not return until the same word is demanded, the turn is undone or the
conversation starts over; an item that was refused or is known must never return. The second check
relies neither on the chips nor on the reader behind them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shelftalker.conversation.assistant import Assistant
from shelftalker.conversation.state import Conversation
from shelftalker.data.catalog import Item
from shelftalker.data.filters import allowed_items
from shelftalker.language.tokens import phrase
from shelftalker.recommender import Recommender
from shelftalker.serving.domain import Domain

TURNS = 6
EXCLUSIONS = ("no {}", "nothing with {}", "not {} please", "a film, but no {}", "without {}")
DEMANDS = ("a {}", "{} instead", "also {}", "something with {}", "the second one but {}", "{}")
SOFT_DEMANDS = ("more {}", "less {}", "not too {}")
REFUSALS = {"not the second one": 1, "I've seen the first one": 0, "I don't like the last one": -1}
OTHER_MESSAGES = (
    "cheaper", "shorter", "longer", "newer", "older", "something else", "surprise me", "why?",
    "I like the third one", "I'll take it", "thanks", "more like the first one", "'95",
    "under 100 minutes", "not from the eighties", "after 1990", "between 1960 and 1985",
    "start over", "undo", "undo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a catalogue field."""

    field: str
    text: str

    @property
    def words(self) -> frozenset[str]:
        """The words by which a message names it."""
        return frozenset(phrase(self.text))

    def on(self, item: Item) -> bool:
        """Whether the item has the value."""
        value = item.attributes.get(self.field)
        values = value if isinstance(value, tuple) else (str(value),)
        return self.text.casefold() in {str(one).casefold() for one in values}


class Exclusions(NamedTuple):
    """The values and items that a visitor has excluded."""

    values: tuple[Value, ...] = ()
    items: frozenset[str] = frozenset()


class Violation(NamedTuple):
    """A card that violates an exclusion. `messages`: all messages before it."""

    messages: tuple[str, ...]
    title: str
    why: str


@dataclass
class ConversationTally:
    """Counts over all conversations."""

    conversations: int = 0
    turns: int = 0
    with_cards: int = 0
    cards: int = 0
    excluded: int = 0
    violations: list[Violation] = field(default_factory=list)


@dataclass
class Visitor:
    """A simulated visitor with random messages, who remembers the exclusions of every turn."""

    conversation: Conversation
    vocabulary: Sequence[Value]
    rng: random.Random
    messages: list[str] = field(default_factory=list)
    excluded: int = 0
    memory: list[Exclusions] = field(default_factory=lambda: [Exclusions()])

    def next_message(self) -> str:
        """A random message; its exclusions are added to `memory`."""
        shown = [card.item.id for card in self.conversation.cards]
        value, now = self.rng.choice(self.vocabulary), self.memory[-1]
        kind = self.rng.choice(("out", "out", "in", "in", "soft", "refuse", "plain", "plain"))
        if kind == "out":
            message = self.rng.choice(EXCLUSIONS).format(value.text)
            now = Exclusions((*now.values, value), now.items)
            self.excluded += 1
        elif kind in ("in", "soft"):
            message = self.rng.choice(DEMANDS if kind == "in" else SOFT_DEMANDS).format(value.text)
            kept = tuple(v for v in now.values if not v.words & value.words)
            now = Exclusions(kept, now.items)
        elif kind == "refuse":
            message, place = self.rng.choice(list(REFUSALS.items()))
            if place < len(shown):
                now = Exclusions(now.values, now.items | {*shown[place:][:1]})
        else:
            message = self.rng.choice(OTHER_MESSAGES)
        if message == "undo":
            del self.memory[max(1, len(self.memory) - 1) :]
        else:
            self.memory.append(Exclusions((), now.items) if message == "start over" else now)
        self.messages.append(message)
        return message

    def violations(self, domain: Domain) -> list[Violation]:
        """The cards of the last turn that violate a chip or an exclusion."""
        turn = self.conversation.turns[-1] if self.conversation.turns else None
        items = [card.item for card in turn.cards.values()] if turn else []
        fit = allowed_items(domain.catalog, self.conversation.taste.filters)
        violations = []
        for item in items:
            why = [f"ruled out: {v.text}" for v in self.memory[-1].values if v.on(item)]
            why += ["refused before"] if item.id in self.memory[-1].items else []
            why += [] if fit[domain.catalog.row(item.id)] else ["breaks a chip"]
            violations += [Violation(tuple(self.messages), item.title, reason) for reason in why]
        return violations


def vocabulary(domain: Domain) -> list[Value]:
    """The values used in messages: categories and names of at least two items."""
    words = domain.reader.vocabulary
    entries = [e for es in (*words.categories.values(), *words.names.values()) for e in es]
    kept = {Value(e.field, e.value) for e in entries if not e.tied and e.rows >= 2}
    return sorted(kept, key=lambda value: (value.field, value.text))


async def talk(
    recommender: Recommender,
    count: int,
    *,
    domain: str | None = None,
    turns: int = TURNS,
    seed: int = 0,
) -> ConversationTally:
    """Run `count` conversations, each of a new visitor. Their events go into the workspace's
    log."""
    serving, tally = recommender.domain(domain), ConversationTally()
    assistant = Assistant(recommender)
    words = vocabulary(serving)
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        visitor = Visitor(assistant.begin(domain=serving.name), words, rng)
        for _ in range(turns):
            async for turn in assistant.say(visitor.conversation, visitor.next_message()):
                last = turn
            tally.turns += 1
            tally.with_cards += bool(last.cards)
            tally.cards += len(last.cards)
            tally.violations += visitor.violations(serving)
        tally.excluded += visitor.excluded
        tally.conversations += 1
    return tally
