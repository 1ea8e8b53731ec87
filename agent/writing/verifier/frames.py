"""The slot about the words before a value: each takes values of certain kinds.

`made of` takes a material and `comes from` a place or a maker, so that no value of a row stands
under the words of another field: `It comes from EUR`. `words/frames.yaml` has the
kinds of fields and the words. Values of fields without a kind, and values after other words, are
not judged here.
"""

from collections.abc import Iterator
from functools import lru_cache

from shelftalker.data.field_roles import chinese_role_words, role_of, words_in
from shelftalker.language.stems import stem
from shelftalker.writing.verifier.quantities import RowQuantity
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.tokens import SentenceToken
from shelftalker.writing.verifier.words_of import rows_of

_LISTED = frozenset({",", "and", "or", "&", "、", "和", "与", "及"})
_BETWEEN = frozenset({"a", "an", "the", "its", "only", "just", "also", "about", "around", "pure"})
_MEASURES = {"mass": "weight", "time": "duration", "length": "size", "volume": "size",
             "page": "pages"}  # fmt: skip
_NUMBERS = frozenset({"rating", "count", "pages"})
"""Kinds of numbers: after words that take no other, a value is not judged."""
_OF_NUMBERS = _NUMBERS | {"price", "duration", "date", "weight", "size"}
_OF_ALL = frozenset({"of", "at", "for", "to", "with", "by", "under", "over"})
"""Words that a number of any kind stands after."""
_COPULAS = frozenset({"is", "are", "was", "were", ":", "是", "为", "：", "有"})


def frames(r: Reading) -> None:
    """No value stands after words that take another kind."""
    for at, token in enumerate(r.tokens):
        if token.kind not in ("fact", "theirs") or at in r.covered:
            continue
        kinds = kinds_of_value(token)
        head, wanted = taken_before(r, at)
        held = not kinds or wanted <= _NUMBERS or bool(kinds & wanted)
        if held or _is_modifier(r, at, kinds) or _in_text(r, head, token):
            continue
        is_, takes = " and ".join(sorted(kinds)), " or ".join(sorted(wanted))
        problem = f"{token.text} is a {is_} in the row, and {head!r} takes a {takes}"
        r.claim([at], "value", problem=problem)


def kinds_of_value(token: SentenceToken) -> frozenset[str]:
    """The kinds of the fields that hold a value; none where one of them has no kind."""
    kinds = [kind_of_field(role) for role in token.roles]
    return frozenset(kinds) if all(kinds) else frozenset()


@lru_cache(maxsize=1024)
def kind_of_field(name: str) -> str:
    """The kind of a field by its role or its name; empty where it has none."""
    parts = words_in(name)
    for kind, names in rows_of("frames")["kinds"].items():
        known = set(names.split())
        if {name, role_of(name)} & known or known.intersection(parts):
            return str(kind)
    return ""


def kind_of_quantity(q: RowQuantity) -> str:
    """The kind of a number of the row: by its field, its unit, or what it counts."""
    return (
        kind_of_field(q.role)
        or _MEASURES.get(q.measure, "")
        or ("count" if q.noun and not q.role else "")
    )


def taken_by(r: Reading, q: RowQuantity) -> tuple[frozenset[str], list[int]]:
    """The kinds that the words before a number take, or the currency after it, and the places of
    the words that say nothing else: `weighs`. Of a number with a unit or a noun, only where the
    words take one kind."""
    places = r.places(q.start, q.end)
    after = r.tokens[places[-1] + 1 : places[-1] + 2]
    head, wanted = taken_before(r, places[0])
    if any(kinds_of_value(token) == {"currency"} for token in after):
        wanted = frozenset({"price"})
    elif q.noun or head in _OF_ALL or r.folded(places[0] - 1) in _LISTED:
        return frozenset(), []
    one = len(wanted) == 1 and (not q.measure or wanted <= set(_MEASURES.values()))
    if not wanted & _OF_NUMBERS or (q.measure and not one):
        return frozenset(), []
    verb = [n for n in (places[0] - 1,) if one and r.folded(n) == head]
    return wanted, verb


def taken_before(r: Reading, at: int) -> tuple[str, frozenset[str]]:
    """The words that a value stands after, and the kinds that they take; the values of a list stand
    after the same words."""
    while r.folded(at - 1) in _LISTED and r.tokens[at - 2].kind in ("fact", "theirs"):
        at -= 2
    if kind := _field_named(r, at):
        return kind, frozenset({kind})
    if r.language == "zh":
        start = r.sentence[: r.tokens[at].start]
        head = next((one for one in _heads("zh") if start.endswith(one)), "")
        return head, _heads("zh").get(head, frozenset())
    before = list(_words_before(r, at))
    while before:
        for size in (3, 2, 1):
            head = " ".join(before[-size:])
            if head in _heads("en"):
                return head, _heads("en")[head]
        if before.pop() not in _BETWEEN:
            break
    return "", frozenset()


def _words_before(r: Reading, at: int) -> Iterator[str]:
    start = at
    while start and r.clause[start - 1] == r.clause[at] and r.tokens[start - 1].kind == "word":
        start -= 1
    yield from (r.folded(n) for n in range(max(start, at - 5), at))


def _field_named(r: Reading, at: int) -> str:
    """The kind of the field that the sentence names: `its brand is`, `品牌是`."""
    if r.folded(at - 1) not in _COPULAS:
        return ""
    if r.language == "zh":
        before = r.sentence[: r.tokens[at - 1].start]
        names = (n for names in rows_of("frames")["kinds"].values() for n in names.split())
        named = next((n for n in (*names, *chinese_role_words()) if before.endswith(n)), "")
        return kind_of_field(named) if named and not named.isascii() else ""
    noun = r.folded(at - 2)
    own = r.folded(at - 3) in ("the", "its", "whose", "")
    return kind_of_field(stem(noun)) or kind_of_field(noun) if own else ""


def _is_modifier(r: Reading, at: int, kinds: frozenset[str]) -> bool:
    """Whether a noun follows that the value describes: `with a Brook lid`."""
    described = kinds & set(rows_of("frames")["modifiers"].split())
    if r.language == "zh" or not described or at + 1 >= len(r.tokens):
        return False
    after = r.tokens[at + 1]
    nouns = frozenset().union(*r.words.by("nouns").values(), r.words["films"])
    plain = after.folded in nouns or not (r.is_connecting(after) or r.is_name(at + 1))
    own = after.kind == "word" and plain
    return (own and after.text[:1].isalpha()) or after.kind in ("fact", "theirs")


def _in_text(r: Reading, head: str, token: SentenceToken) -> bool:
    """Whether the text of the item has the same words before the value."""
    space = "" if r.language == "zh" else " "
    return f"{head}{space}{token.text}".casefold() in r.facts.item.text.casefold()


@lru_cache(maxsize=2)
def _heads(language: str) -> dict[str, frozenset[str]]:
    """By words, the kinds that they take; the longest first."""
    found: dict[str, set[str]] = {}
    for kind, heads in rows_of("frames")[language].items():
        for head in filter(None, map(str.strip, heads.split(","))):
            found.setdefault(head, set()).add(kind)
    order = sorted(found, key=len, reverse=True)
    return {head: frozenset(found[head]) for head in order}
