"""Which of the values that a message names are demanded, by the words around them and by the
catalogue's own statistics; of several values of a field, whether one is enough.

In a mixed shop a word is a value of some field of somebody: coffee has `roast: light`, one mug of
the camping department has `category: kitchen`. "Something light for travelling" demands neither.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain, pairwise

from shelftalker.data.field_index import value_key
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.language.packs import words_in
from shelftalker.language.things import PREPOSITION, names_thing
from shelftalker.language.tokens import phrase, stem
from shelftalker.understanding.rules.free_text import is_empty
from shelftalker.understanding.rules.mentions import Mention
from shelftalker.understanding.rules.negation import LINKING
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.tables import request_words

RARE_FIELD = 0.1
"""Share of a catalogue's items below which a field belongs to some kinds of item only."""
MOST_AT_ONCE = 2
"""Values that an item has to have at once; of a longer list one is enough."""
DEMANDED = 0.7
"""Share of `demand` from which a clause goes before others that have less."""


def is_soft(mention: Mention, mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a value is no demand although its words are: it describes another noun, is named
    beside an example, its field means something else here, or the message also says that it need
    not be."""
    again = (
        state.polarity.permitted[other.first] and other.entries[0][:2] == mention.entries[0][:2]
        for other in mentions
        if other is not mention
    )
    return (
        _is_modifier(mention, state)
        or _is_beside_example(mention, state)
        or any(again)
        or _is_inapplicable(mention, mentions, state)
    )


def _is_modifier(mention: Mention, state: ParseState) -> bool:
    """Whether a kind of product only describes another noun: "desk" in "desk chair", "camera" in
    "a phone with a good camera"."""
    field = mention.field
    if field not in state.vocabulary.single or role_of(field) != "genre":
        return False
    words = [word.text for word in state.words]
    if set(words[max(mention.first - 3, 0) : mention.first]) & set(_WITH):
        return True
    after = mention.last + 1
    if mention.plural or after >= len(words) or state.taken[after]:
        return False
    word = state.words[after]
    if word.gap != " " or not word.text.isascii() or is_empty(word) or word.text in _GOES_ON:
        return False
    return all(one.field == field for one in state.vocabulary.categories.get((word.stem,), ()))


_WITH = ("with", "mit", "avec", "con")
_GOES_ON = (
    *request_words.PREPOSITIONS,
    *request_words.PLACE_PREPOSITIONS,
    *request_words.CONTRAST_WORDS,
    *words_in("without no not under that which ohne sans sin or and und et y"),
)
"""Words after a noun that are no noun themselves."""


def _is_beside_example(mention: Mention, state: ParseState) -> bool:
    """Whether a name continues a list of examples: "who liked 'Cold Rooms' and The Velvets"."""
    before = state.words[mention.first - 1] if mention.first else None
    if before is None or before.text not in LINKING or mention.role not in PEOPLE:
        return False
    gap = state.message[: before.start].rstrip("\"'”’ ")
    return any(len(gap) == part.span[1] for part in state.like)


def _is_inapplicable(mention: Mention, mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a value is surely not what its field means here: the kind of item that the message
    names has no such field, the field is of other kinds only, or most items that speak of the word
    do not have it as a value."""
    field, vocabulary, catalog = mention.field, state.vocabulary, state.catalog
    if field in vocabulary.flags.values() or role_of(field) in PEOPLE:
        return False
    rare = vocabulary.coverage.get(field, 1.0) < RARE_FIELD and len(catalog) * RARE_FIELD > 1
    if _is_thing(mention, state) and (rare or role_of(field) == "brand"):
        return True  # `a lantern` is no maker of that name, and `black tea` no note of a coffee
    alone = len(state.words) <= mention.last - mention.first + 1  # nothing else is said
    names = {stem(word) for word in field.casefold().split("_")}
    if alone or any(word.stem in names for word in state.words):  # "a light roast" names the field
        return False
    kinds = [m for m in mentions if m is not mention and m.role == "genre"]
    if kinds and role_of(field) != "genre":
        values = catalog.column(field).values
        rows = (catalog.column(kind.field).rows.get(value_key(kind.value), ()) for kind in kinds)
        return all(values[row] in (None, "", ()) for row in chain.from_iterable(rows))
    return rare or all(vocabulary.is_incidental(entry) for entry in mention.entries)


def _is_thing(mention: Mention, state: ParseState) -> bool:
    """Whether a value stands where an English message names the thing itself, in small letters:
    `a lantern for the garden`, `black tea`, but not `a lantern crib` or `something vegan`."""
    first, last = state.words[mention.first], state.words[mention.last]
    end = last.start + len(last.text)
    said, after = state.message[first.start : end], state.message[end:].lstrip()
    article = _ARTICLE.search(state.message[: first.start])
    named = article or (mention.role != "brand" and names_thing(said))
    ends = not after or PREPOSITION.match(after) is not None
    return bool(named) and ends and said.islower() and said.isascii()


_ARTICLE = re.compile(r"\b(?:an?|some) $", re.IGNORECASE)


def referred(mentions: Sequence[Mention], state: ParseState) -> list[Mention]:
    """The values that a later word refers to: "I lost my phone and need a new one", "I have read
    Agatha Christie, anything else by her?"."""
    found = []
    for name, roles in (("THING", ("genre",)), ("PERSON", PEOPLE), ("KIND", ("genre",))):
        for match in re.finditer(getattr(request_words, f"{name}_AGAIN"), state.text):
            if any(state.negation.ruled_out[at] for at in state.places(*match.span())):
                continue
            before = [m for m in mentions if state.words[m.last].end < match.start()]
            found += [m for m in before if m.role in roles][-1:]
    return found


def left(mentions: Sequence[Mention], state: ParseState) -> list[Mention]:
    """The values that later words turn away from: "I enjoy classics, but want to move away from
    them". Those words ask for nothing themselves."""
    found = []
    for match in re.finditer(request_words.LEFT_AGAIN, state.text):
        places = state.places(*match.span())
        state.take(places[0], places[-1])
        found += [m for m in mentions if m.last < places[0]][-1:]
    return found


def is_bare(mentions: Sequence[Mention], state: ParseState) -> bool:
    """Whether a message has nothing but values and what joins them, so that nothing denies them:
    "dramas by Hal Weber"."""
    named = {place for m in mentions for place in range(m.first, m.last + 1)}
    return all(
        place in named or state.taken[place] or word.text in _JOINING
        for place, word in enumerate(state.words)
    )


_JOINING = frozenset(
    [*request_words.ITEM_NOUNS, *request_words.DETERMINERS, *LINKING]
    + [word for listed in (request_words.BY, request_words.WITH)
       for part in listed.split("/") for word in phrase(part)]
)  # fmt: skip


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
    ors = [at for at, word in enumerate(state.words) if word.text in request_words.OR]
    before = range(max(mention.first - 3, 1), mention.first)
    after = range(mention.last + 1, min(mention.last + 3, len(state.words) - 1))
    return any(at in before and not state.taken[at - 1] for at in ors) or any(
        at in after and not state.taken[at + 1] for at in ors
    )
