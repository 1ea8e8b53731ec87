"""Whether an item is the thing that a request asks for, and what it is otherwise."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of
from shelftalker.engine.minilm import packaged
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import head_of, is_plural, is_uncountable
from shelftalker.types import Request
from shelftalker.writing.compose.conditions import POLITE, is_quality
from shelftalker.writing.compose.phrases import wish_phrase, without_opening
from shelftalker.writing.kind_match import (
    categories_of,
    kind_match,
    misses,
    name_probabilities,
)
from shelftalker.writing.product_naming import name_in
from shelftalker.writing.verifier.quoting import free_of_injection

MAX_THING_WORDS, MAX_PURPOSE_WORDS, LIKELY = 3, 10, 0.5
SURELY = 0.7
"""The probability of a name from which on a card says that a product is that."""


def kinds_of(item: Item, request: Request, wanted: Collection[str]) -> tuple[str, str, bool]:
    """The thing that a request names, where a product is it; where it is not, or does not serve
    the purpose that is told; and whether it is surely no other, or none is named."""
    message = without_opening(request.message or request.text)
    things = things_asked(replace(request, message=message), wanted)
    if not things:
        missed = purpose_missed(item, message)
        return "", missed, not missed
    is_it = next((one for one in things if kind_match(" ".join(one), item) == "is"), [])
    kind = repeated(proven(is_it, item), message) if is_it else ""
    others = bool(things) and all(is_other(one, item, message) for one in things)
    other = repeated(" or ".join(" ".join(one) for one in things), message) if others else ""
    return kind, other, bool(is_it) or not things


def purpose_missed(item: Item, message: str) -> str:
    """The purpose that a message tells, as a card repeats it: `something to ring for service`, or
    `something for that` of a long one; empty where the item may serve it, or none is told."""
    typed = message.strip().lower()
    typed = f"to {typed}" if _DEED.match(typed) else typed
    typed = f"for {typed}" if _ACTIVITY.match(typed) else typed
    typed = re.sub(r"^(?:to|for)\b", r"something \g<0>", typed)
    if not tells_purpose(typed) or suits_any(typed) or not misses(message, item):
        return ""
    purpose = wish_phrase(typed)
    short = purpose.startswith("something ") and len(purpose.split()) <= MAX_PURPOSE_WORDS
    plain = re.fullmatch(r"[a-z\d '’-]+", purpose) and free_of_injection(message)
    return purpose if short and plain else "something for that"


def tells_purpose(message: str) -> bool:
    """Whether a message tells what a thing is wanted for, and names none."""
    said = without_opening(message)
    return any(told.match(said) for told in (_PURPOSE, _DEED, _ACTIVITY))


def things_asked(request: Request, wanted: Collection[str]) -> list[list[str]]:
    """The words of the thing that a request names, without what it should be like: `hiking`,
    `boots` of `waterproof hiking boots for the hills`; of each, where `or` joins several. Empty
    where none is named: `warm and soft` is no thing, and neither is `a gift`, which any item may
    be. `wanted`: the stems that are left to be met."""
    if any(told.match(request.message) for told in (_DEED, _ACTIVITY)):
        return []
    said = " ".join(head_of(_PACKED.sub("", request.message or request.text)))
    asked = " ".join(
        word
        for word in head_of(_PACKED.sub("", request.text))
        if word == "or" or stems_of(word)[0] in wanted
    )
    open_ = said.startswith(("something", "anything")) or suits_any(request.message)
    if not asked or open_ or not f" {said}".endswith(f" {asked}"):
        return []
    if _TOLD.match(said) or _PARTICLE.search(said):
        return []  # `my back hurts`, `white out`
    if re.match(rf"{re.escape(said)} to\b", request.message.lower()) and not is_plural(said):
        return []  # `back to school`
    things = [one.split() for one in asked.split(" or ") if one.strip()]
    if any(not POLITE.isdisjoint(stems_of(words[-1])) for words in things):
        return []
    return [
        [*(w for w in words[:-1] if not is_quality(w)), words[-1]][-MAX_THING_WORDS:]
        for words in things
    ]


def is_other(thing: list[str], item: Item, message: str) -> bool:
    """Whether an item is surely another thing. A snuffle mat may be no `toy`, but it is `a toy for
    my dog`; and of what sounds alike nothing is sure: a check-in case, of `a suitcase`. What is
    named after the thing is none: flip chart markers."""
    whole = re.search(
        rf"\b{re.escape(' '.join(thing))} for (?:my |an? |the )?[a-z]+", message.lower()
    )
    if whole and packaged() is not None and max(name_probabilities([whole[0]], item)) >= LIKELY:
        return False
    if _is_named_after(thing, item):
        return True
    itself = rf"\b(?:this|these) (?:[\w-]+ ){{0,3}}{re.escape(' '.join(thing))}\b"
    if re.search(itself, item.text.lower()) or kind_match(" ".join(thing), item) != "other":
        return False
    asked, last = " ".join(head_of(message)), stems_of(thing[-1])[-1]
    if " " in asked and f" {asked} " in f" {item.title.lower()} ":
        return False  # `Cordless Phone System`
    own = {stem for name in (name_in(item.title), own_kind(item)) for stem in stems_of(name)[-1:]}
    alike = any(one.endswith(last) or last.endswith(one) for one in own)
    return not alike or (len(thing) > 1 and last in own)  # a file cabinet is no `key cabinet`


def _is_named_after(thing: list[str], item: Item) -> bool:
    """Whether an item's name goes on behind that of a thing, which it is not likely."""
    asked, own = stems_of(" ".join(thing)), stems_of(own_kind(item, SURELY))
    after = asked and own[: len(asked)] == asked and len(own) > len(asked)
    return bool(after) and name_probabilities([" ".join(thing)], item)[0] < LIKELY


def proven(thing: list[str], item: Item) -> str:
    """A thing that an item is, where its title or a category has the noun, with those of the other
    words that its row has: `boots`, but not `leather boots` of others."""
    row = stems_of(item.embedding_text())
    named = stems_of(" ".join([item.title, *categories_of(item)]))
    if not _any_akin(thing[-1], named):
        return ""
    return " ".join([*(word for word in thing[:-1] if _any_akin(word, row)), thing[-1]])


def _any_akin(word: str, row: Collection[str]) -> bool:
    return any(akin(one, own) for one in stems_of(word) for own in row)


def repeated(words: str, message: str) -> str:
    """A thing as a card may repeat it: in words that stand so in a plain message, as an attack is
    not repeated; empty otherwise."""
    typed = " ".join(message.lower().split())
    plain = free_of_injection(typed) and not re.search(r"\b(?:some|any)thing\b", typed)
    return words if words in typed and plain else ""


def own_kind(item: Item, least: float = LIKELY) -> str:
    """What a product is, in words that its title or a category has: `violin string set`; empty
    where none has at least this probability."""
    names = list(dict.fromkeys(filter(None, [_titled(item), *_shelves(item)])))
    if not names or packaged() is None:
        return next(iter(names), "")
    rated = zip(names, name_probabilities(names, item), strict=True)
    return next((name for name, likely in rated if likely >= least), "")


def _titled(item: Item) -> str:
    """The name in an item's title, without a maker's name before it."""
    brands = (v for f, v in item.facts().items() if role_of(f) in ("brand", "publisher"))
    makers = {stem for value in brands for text in texts_of(value) for stem in stems_of(text)}
    words = name_in(item.title).split()
    while len(words) > 1 and makers & {*stems_of(words[0])}:
        words.pop(0)
    return " ".join(words)


def _shelves(item: Item) -> Iterator[str]:
    """The categories that may be an item's name, as the row has them."""
    row = re.findall(r"[a-z]+", f"{item.title} {item.text}".lower())
    for shelf in map(str.lower, categories_of(item)):
        if is_uncountable(shelf):
            yield shelf
        elif is_plural(shelf):
            yield from (name for name in (shelf.removesuffix("s"), shelf) if name in row)


def names_gift(message: str) -> bool:
    """Whether a request asks for a gift, which any item may be."""
    return not _GIFTS.isdisjoint(head_of(message))


def suits_any(message: str) -> bool:
    """Whether any item may be what is asked for: a gift, or something for a person."""
    return names_gift(message) or _FOR_SOMEBODY.search(message) is not None


_FOR_SOMEBODY = re.compile(
    r"\bsomething (?:[a-z]+ )?for (?:my|a|our) (?:[a-z]+ )?(?:mother|mum|mom|father|dad|brother|"
    r"sister|son|daughter|wife|husband|grand\w+|aunt|uncle|friend|boss|teacher|colleague)\b",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"(?:(?:something|anything|stuff|things) )?(?:to|for|that|so|my|our|i|we)\b", re.IGNORECASE
)
_DEED = re.compile(
    r"(?!(?:with|without|in|on|at|by|from|of|about|like|under|not|all|just|only|both|more|is|are)\b)"
    r"[a-z]+(?<!s) (?:the|my|our|me|us)\b",
    re.IGNORECASE,
)
"""A verb and what it is done to: `keep the cables from slipping`."""
_ACTIVITY = re.compile(
    r"(?!bedding|clothing)[a-z]*[aeiouy][a-z]*ing (?:in|on|at|to|while|without|outside)\b",
    re.IGNORECASE,
)
"""`reading in bed`."""
_PACKED = re.compile(
    r"^(?:an? |some )?(?:box|pack|packet|bag|roll|set|pair|bottle|jar|case|stack|bundle)(?:es|s)?"
    r" of ",
    re.IGNORECASE,
)
"""What things come in: a box of rubber bands is no `box`."""
_TOLD = re.compile(r"(?:my|our|i|we|the)\b")
"""What a person tells begins so: it names no thing to be bought."""
_PARTICLE = re.compile(r"\b(?:out|up|off|in|on|down|over|away|back)$")
_GIFTS = frozenset({"gift", "gifts", "present", "presents"})
