"""The state transition of a message: from act, taste and cards on show to the outcome of the turn.

Pure: the same message, taste and cards give the same outcome. Nothing calls an engine or writes an
event.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shelftalker.conversation.answers import answered
from shelftalker.conversation.merge import merged, stepped
from shelftalker.conversation.sentences import no_measure, recalled, say, small_talk
from shelftalker.conversation.taste import Chip, ChipKind, Taste, filter_chip
from shelftalker.data.catalog import Item
from shelftalker.data.events import Kind
from shelftalker.data.filters import Filter
from shelftalker.language.sentences import joined, listed
from shelftalker.language.tokens import fold
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import HAD, Act
from shelftalker.understanding.rules.questions import Question
from shelftalker.understanding.rules.tables import act_words
from shelftalker.understanding.turn import TurnContext, TurnReading


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
class Situation(TurnContext):
    """The state that a message is understood against. `focus` is the item mentioned last,
    `question` the last question about cards."""

    taste: Taste = field(default_factory=Taste)
    focus: str | None = None
    question: Question | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """What the conversation holds so far, in words."""
        return tuple(chip.label for chip in self.taste.of("filter", "wish", "avoid", "example"))


def understand(
    message: str, situation: Situation, reader: RuleReader, reading: TurnReading | None = None
) -> TurnOutcome:
    """The outcome of a message. `reading` is what it says, where it was read already."""
    return _Transition(reading or reader.read(message, situation), situation, reader).outcome()


def pointed(act: Act, items: Sequence[Item], taste: Taste, language: str) -> TurnOutcome:
    """The outcome of a like, a dislike, a known item or a choice, by message or by button."""
    kind, event = _MARKS[act]
    chips = [Chip(kind, item.id, item.title) for item in items]
    return TurnOutcome(
        act,
        taste.adding(chips),
        say(act, language, titles=listed((item.title for item in items), language)),
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


class _Transition:
    """From one reading in a situation to its outcome. Items that the message names count as on
    show."""

    def __init__(self, reading: TurnReading, situation: Situation, reader: RuleReader) -> None:
        known = [item for item in reading.targets if item not in situation.shown]
        self.reading, self.spoken, self.request = reading, reading.spoken, reading.request()
        self.situation, self.taste, self.reader = situation, situation.taste, reader
        self.shown = (*situation.shown, *known)
        self.language = situation.language or reading.language

    def outcome(self) -> TurnOutcome:
        act = self.spoken.act
        if act == "question" and self.spoken.question is not None:
            return self.question(self.spoken.question)
        if act in _SIMPLE:
            return self.simple()
        return self.pointing() if act in _MARKS else self.asking()

    def kept(self, reply: str = "", **more: Any) -> TurnOutcome:
        """The outcome of a turn that changes neither taste nor cards."""
        return TurnOutcome(self.spoken.act, self.taste, reply, picks=False, **more)

    def simple(self) -> TurnOutcome:
        """The outcome of an act without a new request."""
        act, language = self.spoken.act, self.language
        if act == "small_talk":
            return self.kept(small_talk(self.reading.message, language))
        if act == "restart":
            cleared = self.taste.without(lambda chip: chip.kind not in _RECORDED)
            return TurnOutcome("restart", cleared, _restarted(cleared, language), picks=False)
        if act == "undo":
            return self.kept()
        if not self.shown:
            return self.kept(say("none_yet", language))
        if act == "why":
            items = self.targets()
            if self.spoken.places and not items:
                return self.kept(self.which())
            why = tuple(item.id for item in items or self.shown)
            return self.kept(why=why, focus=why[0])
        gone = [Chip("shown", item.id, item.title) for item in self.shown]
        return TurnOutcome("others", self.taste.adding(gone), say("others", language))

    def pointing(self) -> TurnOutcome:
        """The outcome of an act about a card; the rest of the message is read as a request."""
        spoken, language, targets = self.spoken, self.language, self.targets()
        if not targets:  # the cards come again beside the question which of them is meant
            picks = spoken.vague and len(self.shown) > 1
            return TurnOutcome(spoken.act, self.taste, self.which(), picks)
        move = pointed(spoken.act, targets, self.taste, language)
        if spoken.judged:
            judged = tuple((item.id, spoken.judged) for item in targets)
            reply = joined([move.reply, say(f"and_{spoken.judged}", language)], language)
            move = replace(move, reply=reply, events=(*move.events, *judged))
        if spoken.question is not None:
            also = answered(spoken.question, targets, self.reader, language, self.shown)
            move = replace(move, reply=joined([move.reply, also], language))
        if not (spoken.rest or spoken.steps or spoken.avoid or spoken.stronger):
            return move
        taste = merged(move.taste, self.request, spoken, self.reader)
        taste, missing = self.stepped(targets, taste)
        reply = no_measure(missing, language) if missing else move.reply
        return TurnOutcome(spoken.act, taste, reply, True, move.events, focus=move.focus)

    def stepped(self, items: Sequence[Item], taste: Taste) -> tuple[Taste, list[str]]:
        """The taste with the bounds of "cheaper" and "longer", and the measures that the catalogue
        does not have."""
        missing = []
        for measure, sign in self.spoken.steps:
            step = stepped(measure, sign, items, taste, self.reader)
            taste = taste if step is None else step
            missing += [measure] if step is None else []
        return taste, missing

    def asking(self) -> TurnOutcome:
        """The outcome of a request, a correction, or "surprise me"."""
        spoken, targets, taste = self.spoken, self.targets(), self.taste
        if spoken.places and not targets:
            return self.kept(self.which())
        if spoken.act == "surprise":
            taste = taste.without(lambda chip: chip.kind in ("wish", "avoid", "example"))
        taste = merged(taste, self.request, spoken, self.reader)
        if targets and spoken.act == "critique":
            taste = _based_on(targets, taste, self.reader)
        named = [self.reader.catalog[item_id] for item_id in self.request.like]
        taste, missing = self.stepped(targets or named or self.shown, taste)  # "like X but cheaper"
        reply = say("surprise", self.language) if spoken.act == "surprise" else ""
        if spoken.proposes:
            reply = _proposed(self.taste, taste, self.language)
        if missing:
            reply = no_measure(missing, self.language)
        elif taste == self.taste and spoken.act == "ask" and spoken.rest:
            reply = say("unread", self.language)
        return TurnOutcome(spoken.act, taste, reply, focus=targets[-1].id if targets else None)

    def question(self, question: Question) -> TurnOutcome:
        """The answer to a question; taste and cards stay. Without a single card it is about all."""
        places, shown = self.spoken.places, self.shown
        if question.kind == "wishes":
            return self.kept(recalled(self.taste, self.language, question.names))
        items = self.targets() if not question.plural or places else list(shown)
        if not shown or (places and len(items) < len(places)):
            return self.kept(self.which())
        if question.kind == "again":
            question = self.situation.question or Question("about", verb="tell")
        if len(items) == 1 and question.kind in ("compare", "most", "which", "pick"):
            items = list(shown)
        items = items or list(shown)
        if question.kind == "pick":
            items = [item for item in shown if item in items]  # as they are ranked
        focus = items[0].id if len(items) == 1 or question.kind == "pick" else None
        reply = answered(question, items, self.reader, self.language, shown)
        return self.kept(reply, focus=focus, question=question)

    def which(self) -> str:
        """The reply to a message that points at no card on show."""
        if self.shown and self.spoken.places:
            return say("beyond", self.language, count=len(self.shown))
        name = "glad" if self.spoken.act == "accept" else "which"
        return say(name if self.shown else "none_yet", self.language)

    def targets(self) -> list[Item]:
        """The items pointed at; "it" is the one mentioned last, or the only one on show, and
        "these" are all."""
        spoken, shown = self.spoken, self.shown
        if spoken.places:
            return list(self.reading.targets)
        if spoken.vague and re.search(act_words.ALL_SHOWN, fold(self.reading.message)):
            return list(shown)
        if spoken.vague or spoken.act in ("dislike", *HAD):
            focused = [item for item in shown if item.id == self.situation.focus]
            return focused or (list(shown) if len(shown) == 1 else [])
        return []


def _restarted(left: Taste, language: str) -> str:
    """The reply to "start over", with what stays: marks on items are events in the log too; only
    "undo" or the chip's remove button takes them back."""
    marked = [chip.label for chip in left.of(*_RECORDED) if not chip.pinned]
    pinned = any(chip.pinned for chip in left.chips)
    sentences = [say("restart", language)]
    sentences += [say("pinned_stays", language)] if pinned else []
    sentences += [say("marks_stay", language, titles=listed(marked, language))] if marked else []
    return joined(sentences, language)


def _proposed(before: Taste, after: Taste, language: str) -> str:
    """The reply to "why not a western?": which filters ruled it out, and that it is looked for."""
    removed = [c.label_in(language) for c in before.of("filter") if c not in after.chips]
    added = [c.label_in(language) for c in after.chips if c not in before.chips]
    if not added:
        return ""
    name = "proposed_instead" if removed else "proposed"
    return say(name, language, gone=listed(removed, language), what=listed(added, language))


def _based_on(targets: Sequence[Item], taste: Taste, reader: RuleReader) -> Taste:
    """ "The second one but in black": like that item, and of its category if it has just one."""
    taste = taste.adding(Chip("example", item.id, item.title) for item in targets)
    filtered = {chip.condition.field for chip in taste.of("filter") if chip.condition}
    for name in ("category", "type", "section"):
        value = targets[-1].attributes.get(name)
        if name not in filtered and isinstance(value, str) and name in reader.vocabulary.single:
            return taste.adding([filter_chip(Filter(name, "contains", value))])
    return taste
