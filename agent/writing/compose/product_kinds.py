"""What two products are by what their titles end in: `gel pens`, where a shop's titles name the
thing last (`Halden 0.7mm Gel Pens, Blue, 12 Count`). A catalogue with nothing but titles and brands
can tell so much, and it is what a likeness between products is about.
"""

import re
from itertools import takewhile

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of
from shelftalker.language.stems import stem
from shelftalker.writing.compose.phrases import with_article

LONGEST = 3
"""Words a kind may have: more of a title is a name."""


def kind_in_common(title: str, other: str, brands: frozenset[str] = frozenset()) -> str:
    """The words that both titles' things end in, as the first title has them, in lower case; empty
    where there are none. `brands`: stems of words that are names."""
    own, theirs = _thing(title), _thing(other)
    alike = takewhile(
        lambda pair: stem(pair[0]) == stem(pair[1]), zip(own[::-1], theirs[::-1], strict=False)
    )
    named = takewhile(lambda word: _common(word, brands), (word for word, _ in alike))
    words = list(named)[:LONGEST][::-1]
    if not words or stem(words[-1]) in _NO_THINGS or words[-1].endswith(_QUALITIES):
        return ""
    if len(words) == 1 and stem(words[0]) in _VAGUE:
        return ""
    return " ".join(words).lower()


def shared_kind(item: Item, other: Item) -> str:
    """`kind_in_common` of two items of a catalogue."""
    brands = [
        text
        for one in (item, other)
        for field, value in one.attributes.items()
        if role_of(field) in ("brand", "publisher")
        for text in texts_of(value)
    ]
    names = frozenset(stem(word) for text in brands for word in text.split())
    return kind_in_common(item.title, other.title, names)


def kind_named(title: str, words: int = 2) -> str:
    """What a product is by its own title, in so many words at most: `gel pens`."""
    kind = kind_in_common(title, title)
    return " ".join(kind.split()[-words:])


def this_is(kind: str) -> str:
    """`these are gel pens`, `this is an ink cartridge`, `this is glue`."""
    if is_plural(kind):
        return f"these are {kind}"
    return f"this is {kind if _is_mass(kind) else with_article(kind)}"


def here_again(kind: str) -> str:
    """`here are gel pens again`, `here is another ink cartridge`, `here is glue again`."""
    if is_plural(kind):
        return f"here are {kind} again"
    return f"here is {kind} again" if _is_mass(kind) else f"here is another {kind}"


def is_plural(kind: str) -> bool:
    """`gel pens`, `scissors`, but not `canvas`, `glass`."""
    return kind.endswith("s") and not kind.endswith(("ss", "us", "is", "as"))


def _is_mass(kind: str) -> bool:
    """`copy paper`, of which there is no `another`."""
    return kind.split()[-1] in _MASS


def _thing(title: str) -> list[str]:
    """The last words of the part of a title that names the thing; none where it ends in no word, or
    where a comma parts what belongs together (`Paper, CD, and Card Shredder`)."""
    head, *rest = _AFTER.split(title, maxsplit=1)
    if re.search(r"\band\b|&", "".join(rest)):
        return []
    words = re.split(r"\s+|(?=[/+&])|(?<=[/+&])", head.strip())
    tail = takewhile(lambda word: re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", word), words[::-1])
    found = list(tail)[::-1]
    for at, word in enumerate(found):
        if word.lower() in ("and", "or", "of"):
            return found[at + 2 :]  # `Write and Erase Dividers`, `Table of Contents Dividers`
    joined = len(found) < len(words) and words[-len(found) - 1] in ("&", "/", "+")
    return found[1:] if joined else found


def _common(word: str, brands: frozenset[str]) -> bool:
    """Neither a brand nor a code (`XL`), and longer than an initial."""
    return len(word) > 2 and not word.isupper() and word.isascii() and stem(word) not in brands


_AFTER = re.compile(
    r"[,(|;:]|\s[-–—]\s|\s(?:with|for|w/|in|from|by|to|plus|featuring|compatible|fits|"
    r"replacement)\b",
    re.IGNORECASE,
)
_NO_THINGS = frozenset(
    stem(word)
    # Packs and measures, colours and materials, and what is said of things: no nouns for them.
    for word in re.findall(
        r"\w+",
        "pack set box case kit lot count each piece pair bundle value size series edition version "
        "style type color colour assorted new item product inch feet ounce pound letter legal "
        "standard small medium large mini black white red blue green yellow pink purple orange "
        "brown gray grey silver gold clear multicolor natural ink plastic metal wood wooden "
        "leather steel vinyl cotton glass heavy duty fine point tip wireless bluetooth portable "
        "premium original high low yield only round square thick thin wide narrow long short "
        "double single front back left right men women kids girls boys baby adult unisex",
    )
)
_VAGUE = frozenset(
    re.findall(
        r"\w+",
        "pad board holder stand rack tray cover card book file roll sheet refill converter clip "
        "cup bag cart ring strip cap cable adapter filter tool machine system accessory part",
    )
)
"""What says too little without the word before it: a mouse pad is no writing pad."""
_MASS = frozenset(
    re.findall(
        r"\w+",
        "paper cardstock tape glue lead string twine ribbon chalk clay tea coffee rice soap "
        "shampoo flour wire thread yarn fabric foam paint wax oil food",
    )
)
"""Nouns that take no article."""
_QUALITIES = ("able", "ible", "less", "ful", "ous", "ive", "ic", "ed", "ish", "ly", "proof", "free")
