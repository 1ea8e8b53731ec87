"""Whether an item is of the kind of thing that a request asks for."""

import re
from collections.abc import Sequence
from itertools import takewhile

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import is_kind_of, kind_named
from shelftalker.data.values import short_titles, texts_of
from shelftalker.language.stems import stems_of
from shelftalker.language.things import head_of, is_plural, is_uncountable, names_thing
from shelftalker.types import Request
from shelftalker.writing.sentence_answers import likenesses
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.identity import kinds_of as named_kinds
from shelftalker.writing.verifier.quoting import free_of_injection


def kinds_of(item: Item, request: Request, wanted: set[str], row: set[str]) -> tuple[str, str]:
    """The kind of product in a request, `gel pens` in `gel pens in several colors`: as the title
    has it where the item is one, else in the visitor's words. A word that stands before or after
    the kind (`waterproof boots`, `a gift for a cook`) is none, and neither are words that `and`
    joins (`warm and soft`). That an item is of another kind is told where its title shows its own,
    in at most two words that stand so in the message: an attack is not repeated."""
    asked = [word for word in head_of(request.text) if stems_of(word)[0] in wanted]
    said = " ".join(head_of(request.message or request.text))
    if not asked or not f" {said}".endswith(f" {' '.join(asked)}"):
        return "", ""
    last = stems_of(asked[-1])[-1]
    named = kind_named(item.title, 3).split()
    heads = {stem for word in asked for stem in stems_of(word)}
    own = list(takewhile(lambda word: set(stems_of(word)) <= heads, named[::-1]))[::-1]
    if own and stems_of(own[-1])[-1] == last:
        return " ".join([*own[:-1], asked[-1]]), ""
    short = head_of(next(iter(short_titles(item.title)), item.title))
    if short and last == stems_of(short[-1])[-1]:
        return asked[-1], ""
    whole = " ".join(asked)
    first, *parts = re.split(r"[,(\[|;:]|\s[-–—/]\s|(?<=[a-z])-(?=[A-Z])", item.title)
    parts = [re.split(r"\s(?:for|with|w/)\s", first)[0], *parts[: 0 if len(asked) < 2 else None]]
    if any(stems_of(part)[-len(asked) :] == stems_of(whole) for part in parts):
        return whole, ""
    brands = (v for f, v in item.facts().items() if role_of(f) == "brand")
    makers = {stem for value in brands for text in texts_of(value) for stem in stems_of(text)}
    shelves = [stems_of(text) for text in _categories(item)]
    own = [one[-1] for one in (stems_of(" ".join(named)), *shelves) if one]
    own = own or [word for word in content_of(stems_of(parts[0])) if word not in makers]
    kinds = (word.endswith(last) or is_kind_of(word, last) for word in own)
    if last in _HYPERNYMS or any(kinds):
        return "", ""
    denied = said if " or " in said else " ".join(asked[-2:])
    if not may_be_denied(denied, request.message or request.text):
        return "", ""
    if is_stuff(item, asked):
        return "", ""
    title = set(stems_of(parts[0]))
    part = last in stems_of(" ".join(named[:-1])) and own[0] not in _COLLECTIVE
    if part and not is_uncountable(asked[-1]):
        return "", denied  # a whiteboard eraser
    either = [words.split()[-1] for words in re.split(r" or ", said)]
    if not own or any(
        stems_of(word)[-1] in (named_kinds(item) - makers) | title for word in either
    ):
        return "", ""
    others = [word for word in own if word not in heads]  # a lap desk is no desk lamp
    alike = (
        max((max(likenesses(word, others)[:, 1]) for word in either), default=0) if others else 0
    )
    close = bool(others) and is_close(request.text, item)
    return "", denied if alike < SAME_KIND and not close else ""


def is_stuff(item: Item, asked: Sequence[str]) -> bool:
    """Whether a category is a stuff among the words asked for: coffee, for `coffee beans`."""
    stuffs = [text.lower() for text in _categories(item) if is_uncountable(text.lower())]
    return any({*stems_of(text)} <= {*stems_of(" ".join(asked))} for text in stuffs)


def may_be_denied(thing: str, message: str) -> bool:
    """Whether a card may repeat what was asked for: few words, which stand so in a plain message
    that names the thing."""
    typed = " ".join(message.lower().split())
    plain = free_of_injection(typed) and not re.search(r"\b(?:some|any)thing\b", typed)
    return bool(thing) and thing in typed and len(thing.split()) <= 3 and plain


_HYPERNYMS = frozenset(
    stems_of(
        "tool toy game device machine appliance accessory equipment gear instrument furniture "
        "clothing food drink snack supply item product thing"
    )
)
"""Words for so many kinds that likeness says little: pliers are a tool."""
_COLLECTIVE = frozenset(
    stems_of(
        "set pack box kit bundle case roll pad block sheet book refill tube bottle jar tin pouch "
        "bar"
    )
)
SAME_KIND, CLOSE = 0.37, 0.45
"""Likeness of two words for things, by MiniLM, from which on one may be a kind of the other; of a
request and a title, from which on no kind is denied."""


def names_gift(message: str) -> bool:
    """Whether a request asks for a gift, which any item may be."""
    return not _GIFTS.isdisjoint(head_of(message))


def is_close(wish: str, item: Item) -> bool:
    """Whether the title is near what is wished for, in other words or the same."""
    return float(likenesses(wish, [item.title])[0, 1]) >= CLOSE


def is_open(head: Sequence[str]) -> bool:
    """Whether a request's thing is one of many kinds, as `a game`, or no thing."""
    return not head or stems_of(head[-1])[-1] in _HYPERNYMS


def suits_any(message: str) -> bool:
    """Whether any item may be what is asked for: a gift, or something for a person."""
    return names_gift(message) or _FOR_SOMEBODY.search(message) is not None


_FOR_SOMEBODY = re.compile(
    r"\bsomething (?:[a-z]+ )?for (?:my|a|our) (?:[a-z]+ )?(?:mother|mum|mom|father|dad|brother|"
    r"sister|son|daughter|wife|husband|grand\w+|aunt|uncle|friend|boss|teacher|colleague)\b",
    re.IGNORECASE,
)
_GIFTS = frozenset({"gift", "gifts", "present", "presents"})


def shelf_of(item: Item, request: Request, wanted: set[str]) -> tuple[str, str] | None:
    """The category of the item that is the kind asked for: `Headphones` for `headphones for the
    office`, but no room: `Kitchen`; with its field."""
    head = head_of(request.text)
    asked = {stem for word in head for stem in stems_of(word)} & wanted
    values = ((f, text) for f, v in item.facts().items() if role_of(f) == "genre"
              for text in texts_of(v))  # fmt: skip
    last = stems_of(head[-1])[-1] if head else ""
    things = ((f, t) for f, t in values if is_plural(t.lower()) or is_uncountable(t.lower()))
    fit = ((f, t) for f, t in things if stems_of(t)[-1:] == [last] and {*stems_of(t)} <= asked)
    return next(fit, None)


def _categories(item: Item) -> list[str]:
    genres = (v for f, v in item.facts().items() if role_of(f) == "genre")
    return [text for value in genres for text in texts_of(value)]


def is_of_kind(item: Item, request: Request, wanted: Sequence[str]) -> bool:
    """Whether a product's title or category has the noun that was asked for, as far as one was: a
    printer is no ink."""
    head = head_of(request.message)
    asked = [stem for word in head for stem in stems_of(word) if stem in wanted]
    named = asked[-1:] == stems_of(head[-1])[-1:] if head else False
    if noun_of(item) != "thing" or not named or not names_thing(" ".join(head)):
        return True
    categories = _categories(item)
    called = re.split(r"\b(?:for|with|to|fits)\b", item.title, maxsplit=1, flags=re.IGNORECASE)[0]
    titled = " ".join([called, *categories])
    whole = f" {' '.join(asked)} "
    kind = kind_named(item.title, 3).split()
    part = asked[-1] in stems_of(" ".join(kind[:-1])) and asked[-1] not in stems_of(kind[-1])
    if part and (categories or not is_uncountable(asked[-1])):
        return asked[-1] in stems_of(" ".join(categories))  # a soap dish is no soap
    described = len(asked) > 1 and whole in f" {' '.join(stems_of(item.text))} "
    return described or asked[-1] in stems_of(titled)
