"""The state transition of a message: from act, taste and cards on show to the outcome of the turn.

Pure: the same message, taste and cards give the same outcome. Nothing calls an engine or writes an
event.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from shelftalker.conversation.answers.router import answered, recalled
from shelftalker.conversation.merge import merged, stepped
from shelftalker.conversation.sentences import no_measure, noted, say, small_talk
from shelftalker.conversation.taste import Chip, ChipKind, Taste, filter_chip
from shelftalker.data.catalog import Item
from shelftalker.data.events import Kind
from shelftalker.data.filters import Filter
from shelftalker.language.sentences import joined, listed
from shelftalker.language.tokens import fold
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import HAD, Act, MessageAct
from shelftalker.understanding.rules.questions import Question
from shelftalker.understanding.rules.tables import act_words
from shelftalker.understanding.turn import TurnReading


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What a turn does: the new taste, the reply, whether it makes new `picks`, the `events` (item,
    kind) to record, the items to explain (`why`), the `question` that was asked about cards, and
    the `picture` that the picks should be like."""

    act: Act
    taste: Taste
    reply: str = ""
    picks: bool = True
    events: tuple[tuple[str, Kind], ...] = ()
    why: tuple[str, ...] = ()
    focus: str | None = None
    question: Question | None = None
    picture: Path | None = None


@dataclass(frozen=True)
class Situation:
    """The state that a message is understood against. `shown` are the items on the latest cards,
    best first; `focus` is the item mentioned last; `language` None is detected for each message;
    `question` is the last question about cards."""

    taste: Taste = field(default_factory=Taste)
    shown: tuple[Item, ...] = ()
    focus: str | None = None
    language: str | None = None
    question: Question | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """What the conversation holds so far, in words."""
        return tuple(chip.label for chip in self.taste.of("filter", "wish", "avoid", "example"))


def understand(
    message: str, situation: Situation, reader: RuleReader, reading: TurnReading | None = None
) -> TurnOutcome:
    """The outcome of a message. `reading` is what it says, where it was read already."""
    reading = reading or reader.read(message, situation)
    parsed, request = reading.spoken, reading.request()
    known = [item for item in reading.targets if item not in situation.shown]
    situation = replace(situation, shown=(*situation.shown, *known))
    language = situation.language or reading.language
    if parsed.act == "question" and parsed.question is not None:
        return _question(reading, parsed.question, situation, language, reader)
    if parsed.act in _SIMPLE:
        return _simple(reading, situation, language)
    if parsed.act in _MARKS:
        return _pointing(reading, request, situation, language, reader)
    return _asking(reading, request, situation, language, reader)


def pointed(act: Act, items: Sequence[Item], taste: Taste, language: str) -> TurnOutcome:
    """The outcome of a like, a dislike, a known item or a choice, by message or by button."""
    kind, event = _MARKS[act]
    chips = [Chip(kind, item.id, item.title) for item in items]
    return TurnOutcome(
        act,
        taste.adding(chips),
        noted(act, [item.title for item in items], language),
        picks=act in ("dislike", "more_like", *HAD),
        events=tuple((item.id, event) for item in items) if event else (),
        focus=items[-1].id if items and act not in ("dislike", *HAD) else None,
    )


def request_of(taste: Taste, message: str, language: str) -> Request:
    """The request to the recommender for a taste."""
    return Request(
        message=message,
        text=", ".join(chip.value for chip in taste.of("wish")),
        filters=tuple(chip.condition for chip in taste.of("filter") if chip.condition),
        language=language,
        like=tuple(chip.value for chip in taste.of("example")),
        avoid=", ".join(chip.value for chip in taste.of("avoid")),
        ignore=tuple(chip.value for chip in taste.of("ignore")),
    )


_SIMPLE: tuple[Act, ...] = ("undo", "restart", "small_talk", "why", "others", "question")
_RECORDED: tuple[ChipKind, ...] = ("like", "dislike", "bought", "seen")
_MARKS: dict[Act, tuple[ChipKind, Kind | None]] = {
    "accept": ("like", "like"),
    "like": ("like", "like"),
    "dislike": ("dislike", "dislike"),
    "bought": ("bought", "purchase"),
    "played": ("seen", "play"),
    "seen": ("seen", "view"),
    "more_like": ("example", None),
}


def _simple(reading: TurnReading, situation: Situation, language: str) -> TurnOutcome:
    """The outcome of an act without a new request."""
    parsed, message = reading.spoken, reading.message
    taste, shown = situation.taste, situation.shown
    if parsed.act == "small_talk":
        return TurnOutcome("small_talk", taste, small_talk(message, language), picks=False)
    if parsed.act == "restart":
        cleared = taste.without(lambda chip: chip.kind not in _RECORDED)
        return TurnOutcome("restart", cleared, _restarted(cleared, language), picks=False)
    if parsed.act == "undo":
        return TurnOutcome("undo", taste, picks=False)
    if not shown:
        return TurnOutcome(parsed.act, taste, say("none_yet", language), picks=False)
    if parsed.act == "why":
        items = _targets(reading, situation)
        if parsed.places and not items:
            return TurnOutcome("why", taste, _which(parsed, situation, language), picks=False)
        items = items or list(shown)
        why = tuple(item.id for item in items)
        return TurnOutcome("why", taste, picks=False, why=why, focus=why[0])
    gone = [Chip("shown", item.id, item.title) for item in shown]
    return TurnOutcome("others", taste.adding(gone), say("others", language))


def _restarted(left: Taste, language: str) -> str:
    """The reply to "start over", with what stays: marks on items are events in the log too; only
    "undo" or the chip's remove button takes them back."""
    marked = [chip.label for chip in left.of(*_RECORDED) if not chip.pinned]
    pinned = any(chip.pinned for chip in left.chips)
    sentences = [say("restart", language)]
    sentences += [say("pinned_stays", language)] if pinned else []
    sentences += [say("marks_stay", language, titles=listed(marked, language))] if marked else []
    return joined(sentences, language)


def _pointing(
    reading: TurnReading, request: Request, situation: Situation, language: str, reader: RuleReader
) -> TurnOutcome:
    """The outcome of an act about a card; the rest of the message is read as a request."""
    parsed, targets = reading.spoken, _targets(reading, situation)
    if not targets:  # the cards come again beside the question which of them is meant
        which = _which(parsed, situation, language)
        picks = parsed.vague and len(situation.shown) > 1
        return TurnOutcome(parsed.act, situation.taste, which, picks)
    move = pointed(parsed.act, targets, situation.taste, language)
    if parsed.judged:
        judged = tuple((item.id, parsed.judged) for item in targets)
        reply = joined([move.reply, say(f"and_{parsed.judged}", language)], language)
        move = replace(move, reply=reply, events=(*move.events, *judged))
    if parsed.question is not None:
        also = answered(parsed.question, targets, reader, language, situation.shown)
        move = replace(move, reply=joined([move.reply, also], language))
    if not (parsed.rest or parsed.steps or parsed.avoid or parsed.stronger):
        return move
    taste = merged(move.taste, request, parsed, reader)
    taste, missing = _stepped(parsed, targets, taste, reader)
    reply = no_measure(missing, language) if missing else move.reply
    return TurnOutcome(parsed.act, taste, reply, True, move.events, focus=move.focus)


def _stepped(
    parsed: MessageAct, items: Sequence[Item], taste: Taste, reader: RuleReader
) -> tuple[Taste, list[str]]:
    """The taste with the bounds of "cheaper" and "longer", and the measures that the catalogue does
    not have."""
    missing = []
    for measure, sign in parsed.steps:
        step = stepped(measure, sign, items, taste, reader)
        taste = taste if step is None else step
        missing += [measure] if step is None else []
    return taste, missing


def _asking(
    reading: TurnReading, request: Request, situation: Situation, language: str, reader: RuleReader
) -> TurnOutcome:
    """The outcome of a request, a correction, or "surprise me"."""
    parsed, targets, taste = reading.spoken, _targets(reading, situation), situation.taste
    if parsed.places and not targets:
        return TurnOutcome(parsed.act, taste, _which(parsed, situation, language), picks=False)
    if parsed.act == "surprise":
        taste = taste.without(lambda chip: chip.kind in ("wish", "avoid", "example"))
    taste = merged(taste, request, parsed, reader)
    if targets and parsed.act == "critique":
        taste = _based_on(targets, taste, reader)
    named = [reader.catalog[item_id] for item_id in request.like]  # "like X but cheaper"
    taste, missing = _stepped(parsed, targets or named or situation.shown, taste, reader)
    reply = say("surprise", language) if parsed.act == "surprise" else ""
    if parsed.proposes:
        reply = _proposed(situation.taste, taste, language)
    if missing:
        reply = no_measure(missing, language)
    elif taste == situation.taste and parsed.act == "ask" and parsed.rest:
        reply = say("unread", language)
    return TurnOutcome(parsed.act, taste, reply, focus=targets[-1].id if targets else None)


def _question(
    reading: TurnReading,
    question: Question,
    situation: Situation,
    language: str,
    reader: RuleReader,
) -> TurnOutcome:
    """The answer to a question; taste and cards stay. Without a single card it is about all."""
    parsed, taste, shown = reading.spoken, situation.taste, situation.shown
    if question.kind == "wishes":
        return TurnOutcome(
            "question", taste, recalled(taste, language, question.names), picks=False
        )
    items = _targets(reading, situation) if not question.plural or parsed.places else list(shown)
    if not shown or (parsed.places and len(items) < len(parsed.places)):
        return TurnOutcome("question", taste, _which(parsed, situation, language), picks=False)
    if question.kind == "again":
        question = situation.question or Question("about", verb="tell")
    if len(items) == 1 and question.kind in ("compare", "most", "which", "pick"):
        items = list(shown)
    items = items or list(shown)
    if question.kind == "pick":
        items = [item for item in shown if item in items]  # as they are ranked
    focus = items[0].id if len(items) == 1 or question.kind == "pick" else None
    reply = answered(question, items, reader, language, shown)
    return TurnOutcome("question", taste, reply, picks=False, focus=focus, question=question)


def _proposed(before: Taste, after: Taste, language: str) -> str:
    """The reply to "why not a western?": which filters ruled it out, and that it is looked for."""
    removed = [c.label_in(language) for c in before.of("filter") if c not in after.chips]
    added = [c.label_in(language) for c in after.chips if c not in before.chips]
    if not added:
        return ""
    name = "proposed_instead" if removed else "proposed"
    return say(name, language, gone=listed(removed, language), what=listed(added, language))


def _which(parsed: MessageAct, situation: Situation, language: str) -> str:
    """The reply to a message that points at no card on show."""
    if not situation.shown:
        return say("none_yet", language)
    if parsed.places:
        return say("beyond", language, count=len(situation.shown))
    return say("glad" if parsed.act == "accept" else "which", language)


def _targets(reading: TurnReading, situation: Situation) -> list[Item]:
    """The items pointed at; "it" is the one mentioned last, or the only one on show, and "these"
    are all."""
    parsed, shown = reading.spoken, situation.shown
    if parsed.places:
        return list(reading.targets)
    if parsed.vague and re.search(act_words.ALL_SHOWN, fold(reading.message)):
        return list(shown)
    if parsed.vague or parsed.act in ("dislike", *HAD):
        focused = [item for item in shown if item.id == situation.focus]
        return focused or (list(shown) if len(shown) == 1 else [])
    return []


def _based_on(targets: Sequence[Item], taste: Taste, reader: RuleReader) -> Taste:
    """ "The second one but in black": like that item, and of its category if it has just one."""
    taste = taste.adding(Chip("example", item.id, item.title) for item in targets)
    filtered = {chip.condition.field for chip in taste.of("filter") if chip.condition}
    for name in ("category", "type", "section"):
        value = targets[-1].attributes.get(name)
        if name not in filtered and isinstance(value, str) and name in reader.vocabulary.single:
            return taste.adding([filter_chip(Filter(name, "contains", value))])
    return taste
