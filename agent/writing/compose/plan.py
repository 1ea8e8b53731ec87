"""What a composed text tells, before any words: the facts in the order in which a person wants
them, the tie to the history, and what of the request the item meets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import shared_kind
from shelftalker.data.relations import relation_to
from shelftalker.data.values import all_titles, texts_of, title_details, values_in_common
from shelftalker.language.stems import stems_of
from shelftalker.types import Evidence, Nearness, Request
from shelftalker.writing.compose.asked import Asked, asked_of
from shelftalker.writing.compose.facts import (
    KIND,
    Fact,
    fits,
    likeness,
    may_be_stated,
    spoken,
    title_unlike,
)
from shelftalker.writing.compose.genres import telling
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.verifier.quoting import free_of_injection, is_plain_value

MAKERS = ("director", "author", "artist", "writer")
WEAK = frozenset({"drama", "action", "adventure", "thriller", "romance", "comedy"})
"""Genres that half a catalogue has: alone they tie no films."""
LEADS = 4
"""The first names of a cast that a visitor may know a film by."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of one text."""

    item: Item
    title: str
    facts: Sequence[Fact]
    past: Past | None = None
    past_title: str = ""
    common: Fact | None = None
    asked: Asked = field(default_factory=Asked)
    quotes: tuple[str, ...] = ()
    details: str = ""
    fits: str = ""
    relation: tuple[str, str] | None = None
    request: str = ""
    prepared: str = ""
    again: Past | None = None

    @property
    def same_series(self) -> bool:
        """Whether the item and that of the history are numbered products of one maker."""
        if self.past is None or not _have_one_maker(self.item, self.past.item):
            return False
        names = (re.split(r"[,(]", item.title)[0] for item in (self.item, self.past.item))
        return all(re.search(r"\d{2}", name) for name in names)

    @property
    def quote(self) -> str:
        """The sentence of the catalogue that is told first; empty without any."""
        return next(iter(self.quotes), "")

    def first(self, *roles: str) -> Fact | None:
        """The first fact of one of some roles."""
        return next((f for role in roles for f in self.facts if f.role == role), None)


def plan_of(
    item: Item,
    evidence: Sequence[Evidence],
    history: Sequence[Past],
    request: Request,
    language: str,
) -> Plan:
    """Choose what is told from the evidence, the history and the request."""
    index = HistoryIndex.of(history)
    facts = [Fact.of(e.field, e.value, item) for e in evidence if e.source == "catalog"]
    facts = [fact for fact in map(_cleaned, facts) if fact.values and fact.field != "text"]
    lengths = (Fact.of(f, str(v), item) for f, v in item.facts().items() if role_of(f) == "runtime")
    facts += [f for f in lengths if noun_of(item) == "film" and fits(f, "film")]
    if not any(fact.role == "year" for fact in facts):
        years = (Fact.of(f, str(v), item) for f, v in item.facts().items() if role_of(f) == "year")
        facts += [year for year in years if fits(year, noun_of(item))]
    found = {e.field for e in evidence if e.source == "request"}
    nearness: Nearness = "close" if "close" in found else "far" if "far" in found else "near"
    asked = asked_of(item, request, language, nearness)
    title = title_unlike(item, index.title_forms)
    tie = next((e for e in evidence if e.source == "history"), None)
    past = index.by_title.get(tie.value) if tie else None
    past = past if past and past.drew and free_of_injection(past.item.title) else None
    common = _common(item, past, tie.field, language) if past and tie else None
    relation = relation_to(item, past.item) if past and language == "en" else None
    if past and not (common or relation or model_named(item, past)):
        past = None
    quotes = [e.value for e in evidence if e.source == "catalog" and e.field == "text"]
    product = noun_of(item) == "thing"
    own = {form.casefold() for form in all_titles(item.title)}
    named = spoken(title)
    other = spoken(title_unlike(past.item, own)) if past else ""
    if brief(named, product=product) != brief(other, product=product):
        named, other = brief(named, product=product), brief(other, product=product)
    return Plan(
        item, named, _ordered(facts, asked), past, other,
        common, asked, tuple(quotes[:2]), details_of(item, title),
        model_named(item, past) if past else "", relation, request.message,
        again=next((p for p in history if p.item.id == item.id and _is_bought(p)), None),
    )  # fmt: skip


def _is_bought(past: Past) -> bool:
    return past.event.kind == "purchase"


def brief(title: str, *, product: bool) -> str:
    """A product's title without what follows `with`, `for` or `in`, where enough is left; a work's
    without its name in another language."""
    if not product:
        return re.sub(r"^(\S+ \S+ .*\w) \([^()]+\)$", r"\1", title)
    head = re.split(r"\s(?:with|for|w/|-)\s", title, maxsplit=1)[0].rstrip(" ,;-")
    return head if 3 <= len(head.split()) < len(title.split()) - 2 else title


def details_of(item: Item, title: str) -> str:
    """What a product's title adds to its short form, without codes: `fine point, black`."""
    if noun_of(item) != "thing" or len(title) >= len(item.title):
        return ""
    parts = title_details(item.title)
    fresh = [part for part in parts[1:] or parts if part not in title]
    plain = [p for p in fresh if is_plain_value(p) and "(" not in p and ")" not in p]
    maker = next((v for f, v in item.facts().items() if role_of(f) == "brand"), "")
    makers = "|".join(map(re.escape, texts_of(maker))) or "$^"
    odd = re.compile(rf"[A-Z]+\d{{3}}|\d{{5}}|\b[Nn]ot\b|(?i:{makers})")
    return ", ".join(p for p in plain[:3] if not odd.search(p))


def _cleaned(fact: Fact) -> Fact:
    """Without what may not be repeated, and what damaged catalogues have in place of names: `Jr.`,
    `III`."""
    plain = tuple(v for v in fact.values if may_be_stated(v))
    named = tuple(v for v in plain if not _SUFFIX.fullmatch(v))
    return Fact(fact.role, fact.field, named if fact.role in PEOPLE else plain)


_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv|esq|ph\.?d|m\.?d)\.?|\W*\w?\W*", re.IGNORECASE)


def _ordered(facts: Sequence[Fact], asked: Asked) -> list[Fact]:
    """Each value once, the genres that tell most first, a cast without those who direct it."""
    makers = {value for fact in facts if fact.role in MAKERS for value in fact.values}
    seen: set[tuple[str, str]] = set()
    ordered = []
    for fact in facts:
        wanted = {v for f in asked.met if f.role == fact.role for v in f.values}
        values = [
            v for v in fact.values
            if (fact.role, v.casefold()) not in seen
            and not (fact.role == "cast" and v in makers and v not in wanted)
        ]  # fmt: skip
        seen.update((fact.role, value.casefold()) for value in values)
        values = telling(values, wanted) if fact.role == "genre" else values
        values.sort(key=lambda v: v not in wanted)
        ordered += [Fact(fact.role, fact.field, tuple(values))] if values else []
    return ordered


def _common(item: Item, past: Past, field: str, language: str) -> Fact | None:
    """What both share, where it ties them together."""
    shared = likeness(item, past, field, kinds=language != "zh")
    common = _cleaned(shared) if shared else None
    common = common if common and common.values else None
    if common and common.role == KIND and " " not in common.values[0]:
        whole = [shared_kind(one, one) for one in (item, past.item)]
        return common if common.values[0] in whole else None  # packing tape, labelling tape
    if common and common.role == "genre":
        values = telling(common.values, ())
        weak = WEAK.issuperset(map(str.casefold, values)) and noun_of(item) == "film"
        return None if weak and not past.named else Fact("genre", common.field, tuple(values))
    if common and common.role == "cast":
        both = [_leads(item), _leads(past.item)]
        values = [name for name in common.values if all(name in leads for leads in both)]
        return Fact("cast", common.field, tuple(values)) if values else None
    return common


def _have_one_maker(item: Item, other: Item) -> bool:
    return bool(values_in_common(item, other, "brand"))


def _leads(item: Item) -> tuple[str, ...]:
    casts = (texts_of(v) for f, v in item.facts().items() if role_of(f) == "cast")
    return next(casts, ())[:LEADS]


def model_named(item: Item, past: Past) -> str:
    """The model in the title of another item that the item's text names: `Envy 4520`."""
    if noun_of(item) != "thing" or not free_of_injection(item.text):
        return ""
    words = set(stems_of(item.text))
    pairs = re.findall(r"([A-Z][A-Za-z]+) ([A-Z]*\d{3,}[A-Z]*)\b", past.item.title)
    models = (f"{name} {number}" for name, number in pairs if number not in item.title)
    return next((model for model in models if set(stems_of(model)) <= words), "")
