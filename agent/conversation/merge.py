"""Merges a request into the taste: it adds to it, corrects it, or starts a new search.

Chips that contradict the message are removed unless pinned; an exclusion stays until the visitor
asks for that very thing. A comparative ("cheaper") becomes a bound beyond the cards on show.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shelftalker.conversation.taste import Chip, Taste, filter_chip
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import RANKED, Filter, Op, allowed_items, bound_number
from shelftalker.language.tokens import phrase
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import MessageAct
from shelftalker.understanding.rules.tables import act_words

STEP = "step"
"""The `value` of a filter chip that came from a comparative and not from the visitor's number."""
UPPER: tuple[Op, ...] = ("at_most", "below")
LOWER: tuple[Op, ...] = ("at_least", "above")
WANTED: tuple[Op, ...] = ("contains", "equals", "any_of")


def merged(taste: Taste, request: Request, parsed: MessageAct, reader: RuleReader) -> Taste:
    """The taste after a request; `parsed` is the act of its message."""
    kinds = {f.field for f in request.filters if _is_kind(f)}
    anew = (
        parsed.act == "ask" and not parsed.goes_on and bool(kinds or request.text or request.like)
    )
    if anew:
        taste = taste.without(lambda chip: chip.kind in ("example", "shown"))
    if anew and kinds:
        taste = taste.without(lambda chip: chip.kind == "wish")
    if parsed.everywhere:
        taste = taste.without(
            lambda c: c.kind == "wish" or (c.condition is not None and _is_kind(c.condition))
        )
    taste = _wanted_again(taste, request)
    taste = _without_old_bound(taste, request)
    for condition in request.filters:
        replaces = (anew or parsed.instead) and condition.field in kinds
        taste = _agreeing(taste, condition, request.filters, replaces, reader)
    added = [filter_chip(condition) for condition in request.filters]
    added += [Chip("example", i, reader.catalog[i].title) for i in request.like]
    added += [Chip("wish", text, text) for text in [request.text] if text]
    added += [Chip("avoid", text, f"less {text}") for text in [request.avoid] if text]
    return taste.adding(added)


def _wanted_again(taste: Taste, request: Request) -> Taste:
    """The taste without what the visitor avoided and now asks for."""
    wanted = request.text.casefold()
    return taste.without(
        lambda chip: chip.kind == "avoid" and bool(wanted) and chip.value.casefold() in wanted
    )


def _without_old_bound(taste: Taste, request: Request) -> Taste:
    """The taste without "before 1990" where "new ones" are asked for, and the reverse."""
    said = set(phrase(request.text))
    ops = UPPER if said & set(act_words.NEW.split()) else ()
    ops += LOWER if said & set(act_words.OLD.split()) else ()
    return taste.without(
        lambda c: (
            c.condition is not None
            and c.condition.op in ops
            and role_of(c.condition.field) == "year"
        )
    )


def stepped(
    measure: str, sign: int, shown: Sequence[Item], taste: Taste, reader: RuleReader
) -> Taste | None:
    """The taste with a bound beyond the cards shown: beyond all of them if any item is left there,
    else beyond as many as possible. It replaces the step before on that field, in either direction
    ("cheaper", then "more expensive"); bounds that the visitor gave as numbers stay. `sign` is -1
    for less, 1 for more. None if the catalogue has no such number."""
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
    tastes = [
        _agreeing(taste, step, [], False, reader).adding([replace(filter_chip(step), value=STEP)])
        for step in steps
    ]
    fit = (eased for eased in tastes if allowed_items(reader.catalog, eased.filters).any())
    return next(fit, tastes[0] if tastes else taste)


def _agreeing(
    taste: Taste, new: Filter, together: Sequence[Filter], replaces: bool, reader: RuleReader
) -> Taste:
    """The taste without the filters that contradict a new one. `together` are all filters of the
    message; `replaces`: it replaces filters of its field even if both could apply."""

    def contradicts(chip: Chip) -> bool:
        old = chip.condition
        if old is None or old.field != new.field:
            return False
        if old in together:
            return chip.value == STEP  # the message gives the number itself
        if new.op in UPPER + LOWER and old.op in RANKED:
            return True  # "the dearest", then "for 5 to 10 dollars"
        if new.op in UPPER + LOWER or old.op in UPPER + LOWER or new.op == "outside":
            return _bounds_clash(old, new)
        if new.op == "excludes":
            return old.op in WANTED and old.keys <= new.keys
        if old.op == "excludes":
            return bool(old.keys & new.keys)
        return replaces or not allowed_items(reader.catalog, [old, new]).any()

    return taste.without(contradicts)


def _bounds_clash(old: Filter, new: Filter) -> bool:
    """Are these two bounds on the same side, or with no value between them?"""
    if isinstance(old.value, tuple) or isinstance(new.value, tuple):
        return old.op == new.op == "outside"
    if old.op in UPPER and new.op in LOWER:
        return bound_number(new.value) >= bound_number(old.value)
    if old.op in LOWER and new.op in UPPER:
        return bound_number(new.value) <= bound_number(old.value)
    same = any(old.op in ends and new.op in ends for ends in (UPPER, LOWER))
    return same or "equals" in (old.op, new.op)


def _is_kind(condition: Filter) -> bool:
    return condition.op in WANTED and not isinstance(condition.value, int | float)


def _field(measure: str, reader: RuleReader) -> str | None:
    """The catalogue's field for `price`, `year` or `length` (minutes or pages), if it has one."""
    vocabulary = reader.vocabulary
    if measure != "length":
        return next(iter(vocabulary.measured("price" if measure == "price" else "year")), None)
    plain, pages = vocabulary.measured("plain"), act_words.LENGTH_FIELDS.split()
    lengths = (*vocabulary.durations, *(f for f in plain if f.casefold() in pages))
    return next(iter(lengths), None)
