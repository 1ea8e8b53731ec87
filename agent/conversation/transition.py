"""A message in the light of the conversation: the act, what it changes of the taste, what follows.

Pure: the same message, taste and cards give the same move. Nothing here asks an engine or writes
an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shelftalker.conversation.answers.router import answered, recalled
from shelftalker.conversation.merge import merged, stepped
from shelftalker.conversation.sentences import noted, say, small_talk
from shelftalker.conversation.taste import Chip, ChipKind, Taste, filter_chip
from shelftalker.data.catalog import Item
from shelftalker.data.events import Kind
from shelftalker.data.filters import Filter
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import HAD, Act, MessageAct, read_act
from shelftalker.understanding.rules.pointing import named_items
from shelftalker.understanding.rules.questions import Question


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What a turn does: `picks` new picks or not, `events` (item, kind) to record, `why` the items
    to explain, `question` what was asked of cards, and what the assistant says to it."""

    act: Act
    taste: Taste
    reply: str = ""
    picks: bool = True
    events: tuple[tuple[str, Kind], ...] = ()
    why: tuple[str, ...] = ()
    focus: str | None = None
    question: Question | None = None


@dataclass(frozen=True)
class Situation:
    """Where the conversation stands. `shown` are the items on the latest cards, best first;
    `focus` is the item spoken of last; `language` None is read off each message; `question` is
    what was asked of the cards last."""

    taste: Taste = field(default_factory=Taste)
    shown: tuple[Item, ...] = ()
    focus: str | None = None
    language: str | None = None
    question: Question | None = None

    def said(self, message: str) -> MessageAct:
        """What a message does, here."""
        fields = dict.fromkeys(name for item in self.shown for name in item.facts())
        return read_act(message, [item.title for item in self.shown], tuple(fields))


def wish_in(message: str, situation: Situation) -> str:
    """What of a message a request is read from; empty where it asks for nothing."""
    said = situation.said(message)
    return "" if said.act in _SIMPLE else said.rest


def understand(
    message: str, situation: Situation, reader: RuleReader, request: Request | None = None
) -> TurnOutcome:
    """The move that a message makes. `request`: what its `wish_in` was read to be, if it was."""
    said, situation = _heard(message, situation, reader)
    request = request or reader.read(said.rest, situation.language)
    language = situation.language or reader.read(message).language
    if said.act == "question" and said.question is not None:
        return _question(said, said.question, situation, language, reader)
    if said.act in _SIMPLE:
        return _simple(said, message, situation, language)
    if said.act in _MARKS:
        return _pointing(said, request, situation, language, reader)
    return _asking(said, request, situation, language, reader)


def _heard(message: str, situation: Situation, reader: RuleReader) -> tuple[MessageAct, Situation]:
    """What a message does; one that asks about an item that is not on show, or tells that it is
    known, points at it as if it were."""
    said = situation.said(message)
    if said.act not in ("ask", "critique", "question"):
        return said, situation
    on_show = [item.id for item in situation.shown]
    named = [i for i in named_items(message, reader.vocabulary) if i not in on_show]
    there = replace(situation, shown=(*situation.shown, *(reader.catalog[i] for i in named)))
    beyond = there.said(message)
    if named and beyond.places and beyond.act in ("question", *HAD):
        return beyond, there
    return said, situation


def pointed(act: Act, items: Sequence[Item], taste: Taste, language: str) -> TurnOutcome:
    """The move of a like, a dislike, a known item or a choice: a card's button makes it too."""
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


def _simple(said: MessageAct, message: str, situation: Situation, language: str) -> TurnOutcome:
    """Acts that ask for nothing new, or for more of the same."""
    taste, shown = situation.taste, situation.shown
    if said.act == "small_talk":
        return TurnOutcome("small_talk", taste, small_talk(message, language), picks=False)
    if said.act == "restart":
        cleared = taste.without(lambda chip: chip.kind not in _RECORDED)
        return TurnOutcome("restart", cleared, _restarted(cleared, language), picks=False)
    if said.act == "undo":
        return TurnOutcome("undo", taste, picks=False)
    if not shown:
        return TurnOutcome(said.act, taste, say("none_yet", language), picks=False)
    if said.act == "why":
        items = _targets(said, situation)
        if said.places and not items:
            return TurnOutcome("why", taste, _which(said, situation, language), picks=False)
        items = items or list(shown)
        why = tuple(item.id for item in items)
        return TurnOutcome("why", taste, picks=False, why=why, focus=why[0])
    gone = [Chip("shown", item.id, item.title) for item in shown]
    return TurnOutcome("others", taste.adding(gone), say("others", language))


def _restarted(left: Taste, language: str) -> str:
    """What is answered to "start over", with what stays: marks of items are events in the log too,
    and only "undo" or the cross on the chip takes them back."""
    marked = [chip.label for chip in left.of(*_RECORDED) if not chip.pinned]
    pinned = any(chip.pinned for chip in left.chips)
    comma = "、" if language == "zh" else ", "
    told = [say("restart", language)]
    told += [say("pinned_stays", language)] if pinned else []
    told += [say("marks_stay", language, titles=comma.join(marked))] if marked else []
    return ("" if language == "zh" else " ").join(told)


def _pointing(
    said: MessageAct, request: Request, situation: Situation, language: str, reader: RuleReader
) -> TurnOutcome:
    """An act about a card; what else the message says is a wish on top."""
    targets = _targets(said, situation)
    if not targets:
        return TurnOutcome(
            said.act, situation.taste, _which(said, situation, language), picks=False
        )
    move = pointed(said.act, targets, situation.taste, language)
    if said.judged:
        judged = tuple((item.id, said.judged) for item in targets)
        reply = say(f"and_{said.judged}", language)
        space = "" if language == "zh" else " "
        move = replace(move, reply=f"{move.reply}{space}{reply}", events=(*move.events, *judged))
    if said.question is not None:
        also = answered(said.question, targets, reader, language, situation.shown)
        space = "" if language == "zh" else " "
        move = replace(move, reply=f"{move.reply}{space}{also}")
    if not (said.rest or said.steps or said.avoid or said.stronger):
        return move
    taste = merged(move.taste, request, said, reader)
    taste, missing = _stepped(said, targets, taste, reader)
    reply = say("no_measure", language, what=", ".join(missing)) if missing else move.reply
    return TurnOutcome(said.act, taste, reply, True, move.events, focus=move.focus)


def _stepped(
    said: MessageAct, items: Sequence[Item], taste: Taste, reader: RuleReader
) -> tuple[Taste, list[str]]:
    """The taste with the bounds of "cheaper" and "longer", and what the catalogue has no measure
    of."""
    missing = []
    for measure, sign in said.steps:
        step = stepped(measure, sign, items, taste, reader)
        taste = taste if step is None else step
        missing += [measure] if step is None else []
    return taste, missing


def _asking(
    said: MessageAct, request: Request, situation: Situation, language: str, reader: RuleReader
) -> TurnOutcome:
    """A wish, a correction, or the wish to be surprised."""
    targets, taste = _targets(said, situation), situation.taste
    if said.places and not targets:
        return TurnOutcome(said.act, taste, _which(said, situation, language), picks=False)
    if said.act == "surprise":
        taste = taste.without(lambda chip: chip.kind in ("wish", "avoid", "example"))
    taste = merged(taste, request, said, reader)
    if targets and said.act == "critique":
        taste = _based_on(targets, taste, reader)
    named = [reader.catalog[item_id] for item_id in request.like]  # "like X but cheaper"
    taste, missing = _stepped(said, targets or named or situation.shown, taste, reader)
    reply = say("surprise", language) if said.act == "surprise" else ""
    if said.proposes:
        reply = _proposed(situation.taste, taste, language)
    if missing:
        reply = say("no_measure", language, what=", ".join(missing))
    elif taste == situation.taste and said.act == "ask" and said.rest:
        reply = say("unread", language)
    return TurnOutcome(said.act, taste, reply, focus=targets[-1].id if targets else None)


def _question(
    said: MessageAct, question: Question, situation: Situation, language: str, reader: RuleReader
) -> TurnOutcome:
    """An answer; neither wishes nor cards change. What points at no single card is asked of all."""
    taste, shown = situation.taste, situation.shown
    if question.kind == "wishes":
        return TurnOutcome(
            "question", taste, recalled(taste, language, question.names), picks=False
        )
    items = _targets(said, situation) if not question.plural or said.places else list(shown)
    if not shown or (said.places and len(items) < len(said.places)):
        return TurnOutcome("question", taste, _which(said, situation, language), picks=False)
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
    """What is answered to "why not a western?": what had stood against it, and that it is here."""
    gone = [c.said(language) for c in before.of("filter") if c not in after.chips]
    came = [c.said(language) for c in after.chips if c not in before.chips]
    if not came:
        return ""
    comma = "、" if language == "zh" else ", "
    name = "proposed_instead" if gone else "proposed"
    return say(name, language, gone=comma.join(gone), what=comma.join(came))


def _which(said: MessageAct, situation: Situation, language: str) -> str:
    """What is answered where a message points at no card on show."""
    if not situation.shown:
        return say("none_yet", language)
    if said.places:
        return say("beyond", language, count=len(situation.shown))
    return say("glad" if said.act == "accept" else "which", language)


def _targets(said: MessageAct, situation: Situation) -> list[Item]:
    """The items pointed at; "it" is the one spoken of last, or the only one on show."""
    shown = situation.shown
    if said.places:
        return [shown[place] for place in said.places if place < len(shown)]
    if said.vague or said.act in ("dislike", *HAD):
        spoken_of = [item for item in shown if item.id == situation.focus]
        return spoken_of or (list(shown) if len(shown) == 1 else [])
    return []


def _based_on(targets: Sequence[Item], taste: Taste, reader: RuleReader) -> Taste:
    """ "The second one but in black": like that item, and of its kind where there is one kind."""
    taste = taste.adding(Chip("example", item.id, item.title) for item in targets)
    held = {chip.condition.field for chip in taste.of("filter") if chip.condition}
    for name in ("category", "type", "section"):
        value = targets[-1].attributes.get(name)
        if name not in held and isinstance(value, str) and name in reader.vocabulary.single:
            return taste.adding([filter_chip(Filter(name, "contains", value))])
    return taste
