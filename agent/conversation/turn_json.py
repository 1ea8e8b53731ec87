"""A turn as JSON, and a conversation as bytes with which another process can go on."""

from dataclasses import dataclass, fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shelftalker.conversation.state import Conversation, Relaxation, Turn, TurnStatus
from shelftalker.conversation.taste import ChipChange, Taste
from shelftalker.conversation.transition import Situation
from shelftalker.data.events import Event
from shelftalker.types import Card
from shelftalker.understanding.rules.questions import Question

TURNS_KEPT = 12
"""Latest turns that are stored: "undo" goes back no further."""


def as_dict(turn: Turn | None, conversation: Conversation) -> dict[str, Any]:
    """One turn as JSON; `taste` are the chips after it."""
    if turn is None:
        return {"act": "none", "taste": chips_of(conversation)}
    cards = [turn.cards[rank] for rank in sorted(turn.cards)]
    return {
        "act": turn.act,
        "progress": turn.progress,
        "reply": turn.reply,
        "changes": [{"added": c.added, "label": c.chip.label} for c in turn.changes],
        "cards": [
            {**card.as_dict(), "description": turn.texts.get(card.rank, "")} for card in cards
        ],
        "why": sorted(turn.why),
        "relaxations": [
            {"key": r.chip.key, "label": r.chip.label, "count": r.count, "title": r.title}
            for r in turn.relaxations
        ],
        "notices": list(turn.notices),
        "set_aside": list(turn.set_aside),
        "error": turn.error,
        "user": conversation.user,
        "domain": conversation.domain,
        "engine": turn.answer.engine if turn.answer else None,
        "adapter": turn.answer.adapter if turn.answer else None,
        "timings_ms": dict(turn.answer.timings_ms) if turn.answer else {},
        "taste": chips_of(conversation),
    }


def chips_of(conversation: Conversation) -> list[dict[str, Any]]:
    """The chips of a conversation as JSON."""
    return [
        {"key": chip.key, "kind": chip.kind, "label": chip.label, "pinned": chip.pinned}
        for chip in conversation.taste.chips
        if chip.kind != "shown"
    ]


@dataclass
class _SavedTurn:
    """The fields of a `Turn` that outlive its process."""

    message: str
    act: str
    before: Situation
    reply: str
    changes: tuple[ChipChange, ...]
    cards: dict[int, Card]
    texts: dict[int, str]
    why: set[str]
    notices: tuple[str, ...]
    set_aside: tuple[str, ...]
    relaxations: tuple[Relaxation, ...]
    events: list[Event]
    progress: TurnStatus
    error: str


@dataclass
class _Saved:
    """The fields of a `Conversation` that outlive its process."""

    user: str
    domain: str
    language: str | None
    taste: Taste
    focus: str | None
    question: Question | None
    spoken: str
    turns: list[_SavedTurn]


_SAVED = TypeAdapter(_Saved)


def saved(conversation: Conversation) -> bytes:
    """The conversation as JSON. What was on show before each turn is left out."""
    turns = []
    for turn in conversation.turns[-TURNS_KEPT:]:
        values = {field.name: getattr(turn, field.name) for field in fields(_SavedTurn)}
        turns.append(_SavedTurn(**{**values, "before": replace(turn.before, shown=())}))
    values = {field.name: getattr(conversation, field.name) for field in fields(_Saved)}
    return _SAVED.dump_json(_Saved(**{**values, "turns": turns}))


def restored(state: bytes) -> Conversation | None:
    """The conversation that `saved` made; None where another version of this program wrote it."""
    try:
        known = _SAVED.validate_json(state)
    except ValidationError:
        return None
    values = {field.name: getattr(known, field.name) for field in fields(_Saved)}
    turns = [
        Turn(**{field.name: getattr(turn, field.name) for field in fields(_SavedTurn)})
        for turn in known.turns
    ]
    return Conversation(**{**values, "turns": turns})
