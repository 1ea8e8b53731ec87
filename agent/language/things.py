"""The thing that a request names, as its grammar shows it: `gel pens` in `gel pens in blue`."""

import re

from shelftalker.language.packs import words_in

PREPOSITION = re.compile(
    r",? ?\b(?:for|with|without|in|to|from|that|which|under|about|like|of|on|by|as|against|during|"
    r"instead|no|not|but)\b|[,.;!?]",
    re.IGNORECASE,
)
"""Where the thing that a request names ends."""
DETERMINERS = words_in("a an the some something anything")


def head_of(text: str) -> list[str]:
    """The words of a request before the first preposition or comma."""
    return re.findall(r"[a-z][\w'’-]*", PREPOSITION.split(text.casefold(), maxsplit=1)[0])


def names_thing(head: str) -> bool:
    """Whether words are surely a thing: `a kettle`, `gel pens`, `ink`, but not `warm`."""
    first = head.split()[0].casefold() if head.strip() else ""
    return bool(first) and (first in DETERMINERS or is_plural(head) or is_uncountable(head))


def is_plural(kind: str) -> bool:
    """`gel pens`, `scissors`, but not `canvas`, `glass`."""
    return kind.endswith("s") and not kind.endswith(("ss", "us", "is", "as"))


def is_uncountable(kind: str) -> bool:
    """`copy paper`: without an article, never `another`."""
    return kind.split()[-1] in _UNCOUNTABLE


_UNCOUNTABLE = frozenset(
    re.findall(
        r"\w+",
        "ink toner paper cardstock tape glue lead string twine ribbon chalk clay tea coffee rice "
        "soap shampoo flour wire thread yarn fabric foam paint wax oil food fiction music linen "
        "bedding clothing jewelry jewellery stationery furniture equipment luggage cutlery "
        "crockery software cheese bread butter jam honey sugar salt pepper spice milk juice water "
        "wine beer meat fish pasta cereal toothpaste detergent makeup incense cotton wool felt "
        "cardboard soil gravel sand hay compost cement varnish grease fuel charcoal firewood",
    )
)
