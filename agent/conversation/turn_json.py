"""A turn as JSON, and a conversation as bytes with which another process can go on."""

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shelftalker.conversation.state import Conversation, Turn

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


_SAVED = TypeAdapter(Conversation)
_LEFT_OUT: Any = {"task": True, "turns": {"__all__": {"moved": True, "answer": True}}}


def saved(conversation: Conversation) -> bytes:
    """The conversation as JSON, with its latest turns."""
    kept = replace(conversation, turns=conversation.turns[-TURNS_KEPT:])
    return _SAVED.dump_json(kept, exclude=_LEFT_OUT)


def restored(state: bytes) -> Conversation | None:
    """The conversation that `saved` made; None where another version of this program wrote it."""
    try:
        return _SAVED.validate_json(state)
    except ValidationError:
        return None
