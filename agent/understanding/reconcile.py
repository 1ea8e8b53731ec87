"""`Reconciled`: joins the rules' and an LLM's reading of a message by polarity.

What either reader excludes is excluded, so no message can talk an exclusion away. What one demands
and the other excludes is not demanded. The LLM turns a demand of the rules into something softer
only where it quotes the words; it adds demands of its own where they contradict nothing. What the
head alone would avoid and the LLM quotes as wanted is wanted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shelftalker.understanding.rule_reader import RuleReader, listed_notice
from shelftalker.understanding.turn import OPENING, Part, TurnContext, TurnReader, TurnReading

_ALONE = ("undo", "restart", "small_talk", "why", "others", "surprise", "question")
"""Acts that the rules read for certain; the LLM is not asked."""
_BOUNDS = ("at_least", "at_most", "above", "below", "equals")


class Reconciled:
    """Reads with both readers; a `TurnReader`. The LLM's failure costs nothing but its part."""

    def __init__(self, rules: RuleReader, llm: TurnReader) -> None:
        self.rules, self.llm = rules, llm

    async def aread(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """What both readers together read."""
        floor = await self.rules.aread(message, situation)
        if floor.act in _ALONE and not floor.asks_for_something:
            return floor
        read = await self.llm.aread(message, situation)
        if read.notices:
            return replace(floor, notices=(*floor.notices, *read.notices))
        return reconciled(floor, read)


def reconciled(floor: TurnReading, read: TurnReading) -> TurnReading:
    """The rules' reading `floor` joined with the LLM's reading `read`."""
    exclusions = (*floor.exclusions, *_new(read.exclusions, floor.exclusions))
    softer = (*read.wishes, *read.avoid, *read.like, *read.unlike, *read.set_aside)
    corrected = [p for p in read.demands if any(p.span) or p.filters[0].op == "any_of"]
    kept: list[Part] = []
    demoted: list[Part] = []
    for part in floor.demands:
        if not _is_excluded(part, exclusions) and not _is_read_anew(part, corrected):
            (demoted if _hit(part, softer) else kept).append(part)
    free = [part for part in _new(read.demands, kept) if not _is_excluded(part, exclusions)]
    demands = (*kept, *(part for part in free if not _is_number_again(part, kept)))
    wishes = read.wishes if read.wishes or read.avoid else (*floor.wishes, *demoted)
    surely = tuple(p for p in floor.avoid if p.reader == "rules" or not _hit(p, read.wishes))
    avoid = (*surely, *_unsaid(read.avoid, surely))
    return replace(
        floor,
        spoken=replace(read.spoken, rest=floor.spoken.rest)
        if _is_other_act(floor, read)
        else floor.spoken,
        targets=read.targets or floor.targets,
        demands=demands,
        exclusions=exclusions,
        wishes=tuple(replace(one, filters=()) for one in wishes if not _hit(one, avoid)),
        avoid=avoid,
        like=(*floor.like, *_unsaid(read.like, floor.like)),
        unlike=(*floor.unlike, *read.unlike),
        set_aside=read.set_aside,
        notices=_notices(floor, read),
    )


def _notices(floor: TurnReading, read: TurnReading) -> tuple[str, ...]:
    """The rules' notices, with what the LLM did not understand in place of what they did not."""
    unknown = set(listed_notice("unknown", floor.set_aside, floor.language))
    kept = (text for text in floor.notices if text not in unknown)
    return (*kept, *listed_notice("unknown", read.set_aside, floor.language))


def _is_other_act(floor: TurnReading, read: TurnReading) -> bool:
    """Whether the LLM's act counts: it points at cards, or sees none where the rules did."""
    return floor.act != read.act and (bool(read.targets) or not floor.targets)


def _is_excluded(part: Part, exclusions: Iterable[Part]) -> bool:
    """Whether an exclusion names a value of this demand."""
    return any(
        one.field == other.field and one.keys & other.keys
        for excluded in exclusions
        for one in excluded.filters
        for other in part.filters
    )


def _is_read_anew(part: Part, others: Sequence[Part]) -> bool:
    """Whether the LLM reads the same words as another bound with the same number, or the value as
    one of several that are enough."""
    return any(
        (_overlap(part, other) or other.filters[0].op == "any_of")
        and part.filters != other.filters
        and {one.field for one in part.filters} == {one.field for one in other.filters}
        and part.filters[0].keys & other.filters[0].keys
        for other in others
    )


def _is_number_again(part: Part, kept: Iterable[Part]) -> bool:
    """Whether the rules have a number on the field already: theirs stand."""
    fields = {one.field for other in kept for one in other.filters if one.op in _BOUNDS}
    return any(one.field in fields and isinstance(one.value, float) for one in part.filters)


def _new(parts: Iterable[Part], known: Iterable[Part]) -> list[Part]:
    held = {one for part in known for one in part.filters}
    return [part for part in parts if not set(part.filters) <= held]


def _unsaid(parts: Iterable[Part], known: Sequence[Part]) -> list[Part]:
    """The parts whose words or items are not among those known."""
    texts = " ".join(one.text for one in known).casefold()
    items = {item for one in known for item in one.items}
    return [
        part
        for part in parts
        if (not set(part.items) <= items if part.items else part.text.casefold() not in texts)
    ]


def _overlap(one: Part, other: Part) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


def _hit(part: Part, others: Iterable[Part]) -> bool:
    return any(_overlap(part, one) for one in others)
