"""How what a message asks for joins what held before: it adds, corrects, or starts a new search.

What contradicts the message goes, unless it is pinned; what was ruled out stays ruled out until
the visitor asks for that very thing. A comparative ("cheaper") becomes a bound below or above what
is on show.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shelftalker.conversation.taste import Chip, Taste, filter_chip
from shelftalker.data.catalog import Item
from shelftalker.data.field_index import key
from shelftalker.data.filters import Filter, Op, allowed, bound
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules import act_words
from shelftalker.understanding.rules.acts import MessageAct
from shelftalker.understanding.rules.vocabulary import Measure

STEP = "step"
"""The `value` of a filter's chip that a comparative set, and no number of the visitor's."""
UPPER: tuple[Op, ...] = ("at_most", "below")
LOWER: tuple[Op, ...] = ("at_least", "above")
WANTED: tuple[Op, ...] = ("contains", "equals", "any_of")


def merged(taste: Taste, request: Request, said: MessageAct, reader: RuleReader) -> Taste:
    """The taste with what a message asks for."""
    kinds = {f.field for f in request.filters if _is_kind(f)}
    anew = said.act == "ask" and not said.goes_on and bool(kinds or request.text or request.like)
    if anew:
        taste = taste.without(lambda chip: chip.kind in ("wish", "avoid", "example", "shown"))
    for condition in request.filters:
        replaces = (anew or said.instead) and condition.field in kinds
        taste = _agreeing(taste, condition, request.filters, replaces, reader)
    found = [filter_chip(condition) for condition in request.filters]
    found += [Chip("example", i, reader.catalog[i].title) for i in request.like]
    wishes = [request.text, *said.stronger]
    found += [Chip("wish", text, text) for text in wishes if text]
    avoided = [request.avoid, *said.avoid]
    found += [Chip("avoid", text, f"less {text}") for text in avoided if text]
    return taste.adding(found)


def stepped(
    measure: str, sign: int, shown: Sequence[Item], taste: Taste, reader: RuleReader
) -> Taste | None:
    """The taste with a bound beyond what is shown: beyond all of it if something is left there,
    else beyond as much of it as can be. It takes the place of the step before, also of one the
    other way: after "cheaper", "more expensive" leaves behind where that led. What was asked in
    numbers stays. None where the catalogue has no such number."""
    field = _field(measure, reader)
    if field is None:
        return None
    taste = taste.without(
        lambda chip: (
            chip.value == STEP and chip.condition is not None and chip.condition.field == field
        )
    )
    numbers = reader.catalog.column(field).numbers[reader.catalog.rows([i.id for i in shown])]
    values = sorted(numbers[~np.isnan(numbers)].tolist(), reverse=sign > 0)
    op: Op = "below" if sign < 0 else "above"
    steps = [Filter(field, op, value) for value in values]
    tastes = [_agreeing(taste, step, [], False, reader).adding([_step(step)]) for step in steps]
    fit = (eased for eased in tastes if allowed(reader.catalog, eased.filters).any())
    return next(fit, tastes[0] if tastes else taste)


def _step(condition: Filter) -> Chip:
    return replace(filter_chip(condition), value=STEP)


def _agreeing(
    taste: Taste,
    new: Filter,
    together: Sequence[Filter],
    replaces: bool,
    reader: RuleReader,
) -> Taste:
    """The taste without the filters that a new one contradicts."""

    def contradicts(chip: Chip) -> bool:
        old = chip.condition
        if old is None or chip.kind != "filter" or old.field != new.field:
            return False
        if old in together:
            return chip.value == STEP  # the number itself is said now
        if new.op in UPPER + LOWER or old.op in UPPER + LOWER or new.op == "outside":
            return _bounds_clash(old, new)
        if new.op == "excludes":
            return old.op in WANTED and key_set(old) <= key_set(new)
        if old.op == "excludes":
            return bool(key_set(old) & key_set(new))
        return replaces or not allowed(reader.catalog, [old, new]).any()

    return taste.without(contradicts)


def _bounds_clash(old: Filter, new: Filter) -> bool:
    """Two ends of one side, or ends that leave nothing between them."""
    if (old.op in UPPER and new.op in UPPER) or (old.op in LOWER and new.op in LOWER):
        return True
    if isinstance(old.value, tuple) or isinstance(new.value, tuple):
        return old.op == new.op == "outside"
    if "equals" in (old.op, new.op):
        return True
    if old.op in UPPER and new.op in LOWER:
        return bound(new.value) >= bound(old.value)
    if old.op in LOWER and new.op in UPPER:
        return bound(new.value) <= bound(old.value)
    return False


def key_set(condition: Filter) -> set[str]:
    """The values of a filter, as they are compared."""
    value = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return {key(member) for member in value}


def _is_kind(condition: Filter) -> bool:
    return condition.op in WANTED and not isinstance(condition.value, int | float)


def _field(measure: str, reader: RuleReader) -> str | None:
    """The catalogue's field for a measure: years, prices, and for length minutes or pages."""
    measures: dict[str, tuple[Measure, ...]] = {
        "price": ("price",),
        "year": ("year",),
        "length": ("minutes", "seconds", "hours"),
    }
    vocabulary = reader.vocabulary
    found = [field for m in measures[measure] for field in vocabulary.measured(m)]
    if measure == "length":
        plain = vocabulary.measured("plain")
        found += [f for f in plain if f.casefold() in act_words.LENGTH_FIELDS.split()]
    return found[0] if found else None
