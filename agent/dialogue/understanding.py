"""A message in the light of the conversation: the act, what it changes of the taste, what follows.

Pure: the same message, taste and cards give the same move. Nothing here asks an engine or writes
an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shelftalker.catalog import Item
from shelftalker.dialogue.acts import Act, Said, read_act
from shelftalker.dialogue.merging import merged, stepped
from shelftalker.dialogue.sentences import noted, say, small_talk
from shelftalker.dialogue.taste import Chip, ChipKind, Taste, filter_chip
from shelftalker.events import Kind
from shelftalker.filters import Filter
from shelftalker.request import Request, RequestReader


@dataclass(frozen=True, slots=True)
class Move:
    """What a turn does: `picks` new picks or not, `events` (item, kind) to record, `why` the items
    to explain, and what the assistant says to it."""

    act: Act
    taste: Taste
    reply: str = ""
    picks: bool = True
    events: tuple[tuple[str, Kind], ...] = ()
    why: tuple[str, ...] = ()
    focus: str | None = None


@dataclass(frozen=True)
class Situation:
    """Where the conversation stands. `shown` are the items on the latest cards, best first;
    `focus` is the item spoken of last; `language` None is read off each message."""

    taste: Taste = field(default_factory=Taste)
    shown: tuple[Item, ...] = ()
    focus: str | None = None
    language: str | None = None


def wish_in(message: str, situation: Situation) -> str:
    """What of a message a request is read from; empty where it asks for nothing."""
    said = read_act(message, [item.title for item in situation.shown])
    return "" if said.act in _SIMPLE else said.rest


def understand(
    message: str, situation: Situation, reader: RequestReader, request: Request | None = None
) -> Move:
    """The move that a message makes. `request`: what its `wish_in` was read to be, if it was."""
    said = read_act(message, [item.title for item in situation.shown])
    request = request or reader.read(said.rest, situation.language)
    language = situation.language or reader.read(message).language
    if said.act in _SIMPLE:
        return _simple(said, message, situation, language)
    if said.act in ("accept", "like", "dislike", "seen", "more_like"):
        return _pointing(said, request, situation, language, reader)
    return _asking(said, request, situation, language, reader)


def pointed(act: Act, items: Sequence[Item], taste: Taste, language: str) -> Move:
    """The move of a like, a dislike, a known item or a choice: a card's button makes it too."""
    kind, event = _MARKS[act]
    chips = [Chip(kind, item.id, item.title) for item in items]
    return Move(
        act,
        taste.adding(chips),
        noted(act, [item.title for item in items], language),
        picks=act in ("dislike", "seen", "more_like"),
        events=tuple((item.id, event) for item in items) if event else (),
        focus=items[-1].id if items and act not in ("dislike", "seen") else None,
    )


def request_of(taste: Taste, message: str, language: str) -> Request:
    """What the taste asks of the recommender now."""
    return Request(
        message=message,
        text=", ".join(chip.value for chip in taste.of("wish")),
        filters=tuple(chip.condition for chip in taste.of("filter") if chip.condition),
        language=language,
        like=tuple(chip.value for chip in taste.of("example")),
        avoid=", ".join(chip.value for chip in taste.of("avoid")),
        ignore=tuple(chip.value for chip in taste.of("ignore")),
    )


_SIMPLE: tuple[Act, ...] = ("undo", "restart", "small_talk", "why", "others")
_MARKS: dict[Act, tuple[ChipKind, Kind | None]] = {
    "accept": ("like", "like"),
    "like": ("like", "like"),
    "dislike": ("dislike", "dislike"),
    "seen": ("seen", "view"),
    "more_like": ("example", None),
}


def _simple(said: Said, message: str, situation: Situation, language: str) -> Move:
    """Acts that ask for nothing new, or for more of the same."""
    taste, shown = situation.taste, situation.shown
    if said.act == "small_talk":
        return Move("small_talk", taste, small_talk(message, language), picks=False)
    if said.act == "restart":
        cleared = taste.without(lambda chip: chip.kind not in ("like", "dislike", "seen"))
        return Move("restart", cleared, say("restart", language), picks=False)
    if said.act == "undo":
        return Move("undo", taste, picks=False)
    if not shown:
        return Move(said.act, taste, say("none_yet", language), picks=False)
    if said.act == "why":
        items = _targets(said, situation)
        if said.places and not items:
            return Move("why", taste, _which(said, situation, language), picks=False)
        items = items or list(shown)
        why = tuple(item.id for item in items)
        return Move("why", taste, picks=False, why=why, focus=why[0])
    gone = [Chip("shown", item.id, item.title) for item in shown]
    return Move("others", taste.adding(gone), say("others", language))


def _pointing(
    said: Said, request: Request, situation: Situation, language: str, reader: RequestReader
) -> Move:
    """An act about a card; what else the message says is a wish on top."""
    targets = _targets(said, situation)
    if not targets:
        return Move(said.act, situation.taste, _which(said, situation, language), picks=False)
    move = pointed(said.act, targets, situation.taste, language)
    if not said.rest:
        return move
    taste = merged(move.taste, request, said, reader)
    return Move(said.act, taste, move.reply, True, move.events, focus=move.focus)


def _asking(
    said: Said, request: Request, situation: Situation, language: str, reader: RequestReader
) -> Move:
    """A wish, a correction, or the wish to be surprised."""
    targets, taste = _targets(said, situation), situation.taste
    if said.places and not targets:
        return Move(said.act, taste, _which(said, situation, language), picks=False)
    if said.act == "surprise":
        taste = taste.without(lambda chip: chip.kind in ("wish", "avoid", "example"))
    taste = merged(taste, request, said, reader)
    if targets and said.act == "critique":
        taste = _based_on(targets, taste, reader)
    named = [reader.catalog[item_id] for item_id in request.like]  # "like X but cheaper"
    missing = []
    for measure, sign in said.steps:
        step = stepped(measure, sign, targets or named or situation.shown, taste, reader)
        taste = taste if step is None else step
        missing += [measure] if step is None else []
    reply = say("surprise", language) if said.act == "surprise" else ""
    if missing:
        reply = say("no_measure", language, what=", ".join(missing))
    elif taste == situation.taste and said.act == "ask" and said.rest:
        reply = say("unread", language)
    return Move(said.act, taste, reply, focus=targets[-1].id if targets else None)


def _which(said: Said, situation: Situation, language: str) -> str:
    """What is answered where a message points at no card on show."""
    if not situation.shown:
        return say("none_yet", language)
    if said.places:
        return say("beyond", language, count=len(situation.shown))
    return say("glad" if said.act == "accept" else "which", language)


def _targets(said: Said, situation: Situation) -> list[Item]:
    """The items pointed at; "it" is the one spoken of last, or the only one on show."""
    shown = situation.shown
    if said.places:
        return [shown[place] for place in said.places if place < len(shown)]
    if said.vague or said.act in ("seen", "dislike"):
        spoken_of = [item for item in shown if item.id == situation.focus]
        return spoken_of or (list(shown) if len(shown) == 1 else [])
    return []


def _based_on(targets: Sequence[Item], taste: Taste, reader: RequestReader) -> Taste:
    """ "The second one but in black": like that item, and of its kind where there is one kind."""
    taste = taste.adding(Chip("example", item.id, item.title) for item in targets)
    held = {chip.condition.field for chip in taste.of("filter") if chip.condition}
    for name in ("category", "type", "section"):
        value = targets[-1].attributes.get(name)
        if name not in held and isinstance(value, str) and name in reader.vocabulary.single:
            return taste.adding([filter_chip(Filter(name, "contains", value))])
    return taste
