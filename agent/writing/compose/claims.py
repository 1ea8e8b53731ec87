"""What a composed sentence claims. Each claim is computed from rows, and read back from them before
the sentence is shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import all_titles, texts_of
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.types import Request
from shelftalker.writing.compose.asked_kinds import is_other, purpose_missed
from shelftalker.writing.compose.facts import spoken
from shelftalker.writing.compose.measures import bounds_of, measures_of, number_text
from shelftalker.writing.compose.phrases import without_opening
from shelftalker.writing.history import Past
from shelftalker.writing.kind_match import kind_match
from shelftalker.writing.verifier.facts import content_of

Kind = Literal[
    "title", "past", "did", "value", "shared", "title_part", "names", "asked", "is", "bound",
    "wish", "lacking", "unlike", "quote", "prepared",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComposedClaim:
    """One thing that a sentence claims, as it is worded there. `pairs`: the fields and values that
    it states of the item; with `past`, of that item of the history too."""

    kind: Kind
    text: str
    pairs: tuple[tuple[str, str], ...] = ()
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A composed sentence. `parts`: its fixed words and its claims, in order."""

    parts: tuple[str | ComposedClaim, ...]

    @property
    def text(self) -> str:
        """The sentence as it is shown; a title at its beginning keeps its small letter."""
        text = "".join(p if isinstance(p, str) else p.text for p in self.parts)
        text = re.sub(r"([.!?])\.$", r"\1", text)  # a name may end in a mark
        first = next((p for p in self.parts if p), "")
        named = isinstance(first, ComposedClaim) and first.kind in NAMES
        return text if named else text[:1].upper() + text[1:]

    @property
    def claims(self) -> list[ComposedClaim]:
        return [part for part in self.parts if isinstance(part, ComposedClaim)]

    @property
    def words(self) -> str:
        """The sentence without titles, which may hold any word."""
        shown = (p for p in self.parts if isinstance(p, str) or p.kind not in NAMES)
        return "".join(p if isinstance(p, str) else p.text for p in shown)

    def holds(self, rows: "Rows") -> bool:
        """Whether the rows bear every claim."""
        return all(_HOLDS[claim.kind](claim, rows) for claim in self.claims)


class Claims:
    """Collects the claims of one text and gives each its place in a template."""

    def __init__(self) -> None:
        self._all: list[ComposedClaim] = []

    def __call__(
        self, kind: Kind, text: str, *pairs: tuple[str, str], past: Past | None = None
    ) -> str:
        """The place of a new claim, to be put into a template."""
        self._all.append(ComposedClaim(kind, text, pairs, past))
        return f"\x02{len(self._all) - 1}\x02"

    def line(self, template: str) -> Line:
        """A sentence with the claims of its places."""
        parts = template.split("\x02")
        return Line(tuple(self._all[int(p)] if n % 2 else p for n, p in enumerate(parts)))


@dataclass(frozen=True, slots=True)
class Rows:
    """What claims are held against."""

    item: Item
    history: tuple[Past, ...]
    request: Request

    @property
    def asked(self) -> set[str]:
        """Stems of the request."""
        return set(stems_of(f"{self.request.text} {self.request.message}"))


NAMES = ("title", "past")


def _named(claim: ComposedClaim, rows: Rows) -> bool:
    """The text is a title, or its beginning up to the end of a word."""
    title = claim.past.item.title if claim.past else rows.item.title
    named = claim.text.casefold()
    forms = (spoken(form).casefold() for form in all_titles(title))
    return any(f.startswith(named) and not _WORD.match(f, len(named)) for f in forms)


_WORD = re.compile(r"\w")


def _valued(claim: ComposedClaim, rows: Rows) -> bool:
    """Item, and the item of the history where one is named, have each value."""
    items = [rows.item, *([claim.past.item] if claim.past else [])]
    return bool(claim.pairs) and all(_has(item, f, v) for item in items for f, v in claim.pairs)


def _has(item: Item, field: str, value: str) -> bool:
    """Whether an item has a value in a field of that role."""
    role = role_of(field)
    stored = (v for f, v in item.facts().items() if f == field or role_of(f) == role)
    return any(value in (*texts_of(v), number_text(v), str(v)[:4]) for v in stored)


def _in_title(claim: ComposedClaim, rows: Rows) -> bool:
    """Its words stand in the title, and in that of the history's item where one is named."""
    items = [rows.item, *([claim.past.item] if claim.past else [])]
    said = set(stems_of(claim.text)) - {"more", "another", "a", "an"}
    return all(said <= set(stems_of(spoken(item.title))) for item in items)


def _asked(claim: ComposedClaim, rows: Rows) -> bool:
    """The item has what the filters or the words of the request ask for."""
    wanted = {
        (condition.field, str(value).casefold())
        for condition in rows.request.filters
        for value in condition.values
    }
    return bool(claim.pairs) and all(
        ((f, v.casefold()) in wanted or set(stems_of(v)) <= rows.asked)
        and (_has(rows.item, f, v) or (f == "title" and _in_title(claim, rows)))
        for f, v in claim.pairs
    )


def _within(claim: ComposedClaim, rows: Rows) -> bool:
    ((field, _),) = claim.pairs
    low, high = bounds_of(rows.request.filters).get(field, (1, 0))
    return low <= measures_of(rows.item).get(field, low - 1) <= high


def _lacks(claim: ComposedClaim, rows: Rows) -> bool:
    """The request has the words, and the item's row lacks some of them."""
    said = set(stems_of(claim.text)) - {"a", "an", "the", "your"}
    return said <= rows.asked and not said <= set(stems_of(rows.item.embedding_text()))


def _is_it(claim: ComposedClaim, rows: Rows) -> bool:
    """The request has the words, and the item is the thing."""
    thing = _ARTICLE.sub("", claim.text)
    return {*stems_of(thing)} <= rows.asked and kind_match(thing, rows.item) == "is"


def _is_no(claim: ComposedClaim, rows: Rows) -> bool:
    """The request has the words, and the item is another thing; in Chinese, its row has none of the
    signs."""
    if has_chinese(claim.text):
        return claim.text in rows.request.message and set(claim.text).isdisjoint(
            rows.item.embedding_text()
        )
    message = without_opening(rows.request.message or rows.request.text)
    if claim.text.startswith("something "):
        return claim.text == purpose_missed(rows.item, message)
    things = _ARTICLE.sub("", claim.text).split(" or ")
    others = all(is_other(thing.split(), rows.item, message) for thing in things)
    return {*stems_of(" ".join(things))} <= rows.asked and others


_ARTICLE = re.compile(r"^an? ", re.IGNORECASE)


def _models(claim: ComposedClaim, rows: Rows) -> bool:
    """The item's text has the model that the other item's title names."""
    title = claim.past.item.title if claim.past else ""
    return set(stems_of(claim.text)) <= set(stems_of(title)) & set(stems_of(rows.item.text))


_HOLDS: Mapping[Kind, Callable[[ComposedClaim, Rows], bool]] = {
    "title": _named, "past": _named, "value": _valued, "shared": _valued, "names": _models,
    "title_part": _in_title, "asked": _asked, "is": _is_it, "bound": _within,
    "lacking": _lacks, "unlike": _is_no, "did": lambda claim, rows: claim.past in rows.history,
    "wish": lambda claim, rows: set(content_of(stems_of(claim.text))) <= rows.asked,
    "quote": lambda claim, rows: claim.text[1:].rstrip(".") in rows.item.text,
    "prepared": lambda claim, rows: True,  # checked when it was written, or a person's
}  # fmt: skip
