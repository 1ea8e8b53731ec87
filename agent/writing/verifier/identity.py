"""What a sentence says the item is: `The Ember Pan is a skillet`, `Heat, a crime film, …`.

The noun must name a kind that the row gives: by its title, a genre or a category, or by its text,
which often opens with it (`A lavish, long melodrama about …`). A person or a part of the item is no
kind of it: without this, words of the text could be joined to anything.
"""

import re
from functools import lru_cache

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.slots import GENRES
from shelftalker.writing.verifier.words_of import words_of

_EN = words_of("en")
_MOST_WORDS = 9
_MOST_ADJECTIVES = 2
"""Words before a comma that are adjectives of what follows it: `a lavish, long melodrama`."""


def identity(r: Reading) -> None:
    """The noun after `is a`, or after the title and a comma."""
    if r.language == "zh":
        return
    known = kinds_of(r.facts.item)
    for at in range(1, len(r.tokens) - 1):
        if r.folded(at + 1) not in ("a", "an") or r.folded(at) not in ("is", "was", ","):
            continue
        named = r.tokens[at - 1].kind == "title" if r.folded(at) == "," else _is_subject(r, at)
        if named and (head := _head(r, at + 2, known)) is not None:
            problem = f"no row says that it is a {r.tokens[head].text}"
            r.claim([head], "identity", problem=problem)


def _is_subject(r: Reading, end: int) -> bool:
    """Whether the words up to a place are the item, by its title or a part of it."""
    title = set(stems_of(r.facts.item.title))
    if r.facts.kind != "thing":  # `Lara Croft is an archaeologist` is about somebody in the story
        title -= set(stems_of(r.facts.item.text))
    return all(
        token.kind in ("title", "mark", "number")
        or token.folded in ("it", "this", "the")
        or token.text.isupper()  # a code of the title
        or not title.isdisjoint(stems_of(token.text))
        for token in r.tokens[:end]
    )


def _head(r: Reading, start: int, known: frozenset[str]) -> int | None:
    """The last word of the noun's phrase; None where it, or a word before a comma, is known."""
    head, words = None, 0
    for at in range(start, min(start + _MOST_WORDS, len(r.tokens))):
        token, word = r.tokens[at], r.folded(at).partition("'")[0]
        hyphen = token.text == "-" or r.folded(at - 1) == "-"
        ends = token.kind == "mark" or word in _EN["phrase_ends"] or word.endswith("ing")
        if ends and not hyphen and head is not None:
            if _names_kind(r, head, known):
                return None
            if token.text != "," or words > _MOST_ADJECTIVES:
                break
        elif token.kind in ("word", "fact"):
            head, words = at, words + 1
    return None if head is None or _names_kind(r, head, known) else head


def _names_kind(r: Reading, at: int, known: frozenset[str]) -> bool:
    token = r.tokens[at]
    if token.kind == "fact":
        return not token.roles.isdisjoint({"genre", "topic", "title"})
    return r.is_connecting(token) or not known.isdisjoint(stems_of(token.text))


def kinds_of(item: Item) -> frozenset[str]:
    """The stems of all nouns that may name what an item is."""
    texts = [item.title]
    for field, value in item.facts().items():
        named = field.casefold() in ("type", "category", "format")
        texts += texts_of(value) if named or role_of(field) in ("genre", "topic") else ()
    return _kinds(" ".join(texts), item.text)


@lru_cache(maxsize=256)
def _kinds(values: str, text: str) -> frozenset[str]:
    opened = (m[1] or m[2] for m in _OPENS.finditer(text))
    return frozenset([*stems_of(values), *map(stem, (*opened, *GENRES, *_EN["kinds"]))])


_OPENS = re.compile(
    r"(?:^|[.!?:;]\s+)(?:[Aa]n?\s+|[Tt]he\s+)?(?:"
    r"(?:[\w'’-]+,?\s+){0,6}?([\w'’-]+)(?=,?\s+(?:of|with|about|in|for|from|by|that|which|who|set|"
    r"based|on|to|made|where|between)\b)|(?:[\w'’-]+,?\s+){0,2}([\w'’-]+)(?=[.:;]))"
)
"""The noun that opens a sentence without a verb: `A gentle, sentimental fantasy about regrets`."""
