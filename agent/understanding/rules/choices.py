"""Which of the values of one field that a message wants are demanded, and whether one is enough."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.tables import request_words

MOST_AT_ONCE = 2
"""Values that an item has to have at once; of a longer list one is enough."""

DEMANDED = 0.7
"""Share of `demand` from which a clause goes before others that have less."""


def chosen(
    group: Sequence[Mention],
    state: ParseState,
    single: bool,
    fit: Callable[[Sequence[Mention]], bool],
) -> tuple[list[Mention], bool]:
    """The demanded ones of the wanted values of a field, and whether one of them is enough.
    `single`: an item has one value of it; `fit`: whether any item has all of some values.

    "I love classics, today a thriller" demands a thriller, "white vanity, black hardware" neither
    colour, and of separate clauses that no item fits all the one that is surely demanded. What "is
    fine too" makes a choice, and alone is no demand.
    """
    polarity = state.polarity
    welcome = [_is_welcome(one, state) for one in group]
    if all(welcome):
        return [], False
    linked = any(one.after_or for one in group[1:]) or _is_list(group) or any(welcome)
    likes = [polarity.is_taste(one, "like") for one in group]
    if not all(likes) and not linked:
        group = [one for one, like in zip(group, likes, strict=True) if not like]
    tastes = all(polarity.is_taste(one) for one in group)
    if len(group) == 1 and _is_half(group[0], state):
        return [], False
    if len(group) > 1 and not (linked or tastes):
        if single and len({one.value for one in group}) > 1:
            return [], False
        if not fit(group):
            sure = [c for c in _clauses(group) if polarity.share(c[0], "demand") >= DEMANDED]
            if len(sure) != 1:
                return [], False
            group = sure[0]
    either = len({one.value for one in group}) > 1 and (
        single
        or any(welcome)
        or any(one.after_or for one in group[1:])
        or _is_plural_list(group)
        or tastes
        or len(group) > MOST_AT_ONCE
        or not fit(group)
    )
    return list(group), either


def _is_welcome(mention: Mention, state: ParseState) -> bool:
    """Whether the words after a value say that it would do as well: "a comedy is fine too"."""
    end = state.words[mention.last].end
    return re.match(request_words.WELCOME, state.text[end:]) is not None


def _clauses(group: Sequence[Mention]) -> list[list[Mention]]:
    """The values in runs that only "and", "or", a comma or nothing separates."""
    runs = [[group[0]]]
    for before, one in pairwise(group):
        if one.first - before.last <= 2:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _is_list(group: Sequence[Mention]) -> bool:
    """Whether each value follows the one before but for "and", "or" or a comma."""
    pairs = pairwise(group)
    return all(later.listed and later.first - one.last <= 2 for one, later in pairs)


def _is_plural_list(group: Sequence[Mention]) -> bool:
    """ "Comedies and dramas" means either kind; "a comedy and drama" means both in one item."""
    return all(mention.plural for mention in group) and all(m.listed for m in group[1:])


def _is_half(mention: Mention, state: ParseState) -> bool:
    """Whether "or" joins the value with words that no field holds: "funny or a western"."""
    words = [word.text for word in state.words]
    before = [at for at in range(max(mention.first - 3, 1), mention.first) if words[at] in _OR]
    after = [at for at in range(mention.last + 1, min(mention.last + 3, len(words) - 1))
             if words[at] in _OR]  # fmt: skip
    return any(not state.taken[at - 1] for at in before) or any(
        not state.taken[at + 1] for at in after
    )


_OR = request_words.OR
