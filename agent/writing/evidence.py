"""Choose the evidence for one pick: the few facts that matter to this user, before any writing.

The scorer's leave-one-out reasons choose the history item, what the two items share and what the
request asks for choose the item's fields.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import PEOPLE, is_catalogue_metadata, role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.relations import relation_to
from shelftalker.data.values import is_short_title, texts_of, title_details, values_in_common
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.language.things import head_of
from shelftalker.types import Evidence, Nearness, Reason, Request
from shelftalker.writing.compose.composer import fact_sentences
from shelftalker.writing.compose.conditions import POLITE
from shelftalker.writing.compose.facts import (
    TELLING_ROLES,
    common_values,
    kind_of_both,
    may_be_stated,
)
from shelftalker.writing.compose.plan import WEAK, model_named
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.own_sentences import presentable_sentences
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import is_plain_value

MOST = 6
"""Facts of one pick."""
STRONG, RELATED = 2, 100
"""The strength of a tie (`tie`) that a shared person has, and a relation: a sequel to its film."""
ALIKE = 0.75
"""Share of the genres of two works that both have, from which on these tie them."""


def choose_evidence(
    item: Item,
    reasons: Sequence[Reason],
    history: Sequence[Past],
    request: Request,
    *,
    nearness: Nearness = "near",
) -> list[Evidence]:
    """Three to six facts: the history item that explains the pick best, what matches the request,
    what both items share, then the item's most telling fields. Fewer where less is known.
    `nearness`: how near the item is to the request's text."""
    index = HistoryIndex.of(history)
    past = _explaining_past(item, reasons, index)
    beside = index.beside(item, past.item.title if past else "")
    found = _evidence if request.silent else _evidence.__wrapped__
    return list(found(item, past and past.anonymous(), beside, request, nearness))


@lru_cache(maxsize=16384)
def _evidence(
    item: Item,
    past: Past | None,
    beside: tuple[Past, ...],
    request: Request,
    nearness: Nearness,
) -> tuple[Evidence, ...]:
    """The evidence for an item beside the one that explains it best; `beside`: as of
    `HistoryIndex.beside`."""
    asked = set(stems_of(f"{request.text} {request.avoid} {request.message}"))
    wanted = {condition.field for condition in request.filters if condition.op != "excludes"}
    judged = past and (request.message or common_values(item, past.item))
    if past and judged and not (tie(item, past.item) or model_named(item, past)):
        past = None  # it explains nothing
    chosen: list[Evidence] = []
    common: list[tuple[str, str]] = []
    if past:
        shared_values = values_in_common(item, past.item)
        common = [pair for pair in shared_values if may_be_stated(pair[1])]
        common.sort(key=lambda pair: _place(role_of(pair[0]), TELLING_ROLES))
        tied = relation_to(item, past.item) or (*common, (past.event.kind, ""))[0]
        chosen.append(Evidence("", "history", tied[0], past.item.title))
    ranked = sorted(_fields(item), key=lambda field: _rank(field, item, asked, wanted, common))
    if matched := _matched_clauses(item, request):
        chosen.append(Evidence("", "request", "text", neutral(matched)))
    if nearness != "near":
        chosen.append(Evidence("", "request", nearness, neutral(request.text)))
    facts = [_of_field(item, field, asked, common) for field in ranked]
    is_thing = noun_of(item) == "thing"
    if is_thing and not is_short_title(item.title):
        details = filter(is_plain_value, title_details(item.title)[:1])
        facts[1:1] = [Evidence("", "catalog", "title", one) for one in details]
    thing = stems_of(" ".join(head_of(request.text)[-1:])) if is_thing else []
    fresh = [word for word in content_of([*asked]) if word not in POLITE and word not in thing]
    quoted = [
        Evidence("", "catalog", "text", sentence)
        for sentence in presentable_sentences(item, fresh, request.text)[:2]
        if has_chinese(sentence) == (request.language == "zh")
    ]
    first = 2 if is_thing else 1
    facts[2:2] = quoted[:first]
    evidence = [*chosen, *facts][: MOST + (nearness != "near")] + quoted[first:]
    texts = fact_sentences(item, evidence, request.language, history=beside)
    return tuple(
        replace(e, text=text or f"{e.field}: {e.value}")
        for e, text in zip(evidence, texts, strict=True)
    )


def _explaining_past(item: Item, reasons: Sequence[Reason], history: HistoryIndex) -> Past | None:
    """The history item that explains the pick best: one that raised its score, liked before viewed,
    then by what ties both together, then by weight. Where those share little, a liked one that
    shares its maker or its cast is named in their place."""
    weights = {reason.item_id: reason.weight for reason in reasons if reason.weight > 0}
    drew = history.drew
    if named := [past for past in drew if past.named and tie(item, past.item)]:
        return max(named, key=lambda past: tie(item, past.item))

    def strength(past: Past) -> tuple[bool, int, float]:
        return past.sign > 0, tie(item, past.item), weights.get(past.item.id, 0.0)

    weighty = max((p for p in drew if p.item.id in weights), key=strength, default=None)
    if weighty and tie(item, weighty.item) >= STRONG:
        return weighty
    other = max(drew, key=strength, default=None)
    alike = weighty and (common_values(item, weighty.item) or kind_of_both(item, weighty.item))
    least = STRONG if alike else 1
    return other if other and tie(item, other.item) >= least else weighty


def tie(item: Item, other: Item) -> int:
    """How strongly two items are tied: a relation or a shared person, no actor of a small part, or
    kind of product counts more than genres, and these more than a brand. One genre of several ties
    no works: a musical comedy and a fairy tale with songs have little in common."""
    return _tie(item, other, noun_of(item))


@lru_cache(maxsize=65536)
def _tie(item: Item, other: Item, noun: str) -> int:
    if relation_to(item, other):
        return RELATED
    common = common_values(item, other)
    own, theirs = _genres(item), _genres(other)
    roles = [role_of(field) for field, _ in common]
    people = 3 * sum(role in PEOPLE - {"cast"} for role in roles)
    if "cast" in roles:
        shared = {text for field, text in common if role_of(field) == "cast"}
        leads = all(shared & set(_leads(one)) for one in (item, other))
        people += STRONG if leads or len(shared) > 1 else 1
    others = set(roles) - PEOPLE
    if roles.count("genre") == 1 and noun != "thing":
        [genre] = (text for field, text in common if role_of(field) == "genre")
        if max(len(own), len(theirs)) > 1 or genre.casefold() in WEAK:
            others -= {"genre"}
    if noun != "thing" and own and theirs:
        if len(own & theirs) < ALIKE * len(own | theirs):
            others -= {"genre"}
        if not own & theirs and people <= STRONG:
            people = 0  # a thriller's actor is no reason for a children's film
    genres = STRONG - 1 if roles.count("genre") > 1 and "genre" in others else 0
    return people + 3 * bool(kind_of_both(item, other)) + len(others) + genres


@lru_cache(maxsize=16384)
def _leads(item: Item) -> tuple[str, ...]:
    """The first names of the cast."""
    casts = (texts_of(v) for f, v in item.facts().items() if role_of(f) == "cast")
    return next(casts, ())[:3]


@lru_cache(maxsize=16384)
def _genres(item: Item) -> frozenset[str]:
    """The genres of an item."""
    facts = item.facts().items()
    return frozenset(text for f, v in facts if role_of(f) == "genre" for text in texts_of(v))


def _matched_clauses(item: Item, request: Request) -> str:
    """The clauses of the request that the catalogue states of the item too, in the request's words:
    to quote another one beside the item would claim too much."""
    if not request.text:
        return ""
    stated = " ".join([item.embedding_text(), str(item.facts())]).casefold()
    known = set(stems_of(stated))
    clauses = (clause.strip() for clause in request.text.split(", "))
    return ", ".join(clause for clause in clauses if _is_matched(clause, stated, known))


def _is_matched(clause: str, stated: str, known: set[str]) -> bool:
    """Whether all its content words are stated. A clause with a number, which may be a bound, and
    one in Chinese must be stated as a whole."""
    content = [word for word in content_of(stems_of(clause)) if word not in POLITE]
    whole = has_chinese(clause) or any(word.isdigit() for word in content)
    return bool(content) and (clause.casefold() in stated if whole else known >= set(content))


def _place(role: str, order: Sequence[str]) -> int:
    return order.index(role) if role in order else len(order)


_FIELD_ORDER = (
    "genre", "director", "author", "artist", "brand", "cast", "topic", "year", "country", "writer",
    "runtime", "pages", "publisher", "price", "language",
)  # fmt: skip


def _fields(item: Item) -> list[str]:
    """Fields that a text may state: short texts and numbers."""
    return [
        field
        for field, value in _plain_facts(item).items()
        if field not in ("title", "text") and 0 < len(_shown(value)) <= 120
        and not isinstance(value, bool) and not is_catalogue_metadata(field)
        and (role_of(field) == "year" or not _DATE.match(_shown(value)))
    ]  # fmt: skip


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _rank(
    field: str, item: Item, asked: set[str], wanted: set[str], common: Sequence[tuple[str, str]]
) -> tuple[bool, bool, int]:
    value = item.facts()[field]
    matches = field in wanted or (bool(asked) and not asked.isdisjoint(stems_of(_shown(value))))
    role = role_of(field)
    alike = role in TELLING_ROLES and field in {name for name, _ in common}
    number = not isinstance(value, str | tuple) and role not in _FIELD_ORDER
    return not matches, not alike, _place(role, _FIELD_ORDER) + number


def _of_field(
    item: Item, field: str, asked: set[str], common: Sequence[tuple[str, str]]
) -> Evidence:
    value = _plain_facts(item)[field]
    if isinstance(value, tuple):
        first = [t for t in texts_of(value) if asked and not asked.isdisjoint(stems_of(t))]
        first += [text for name, text in common if name == field]
        value = tuple(dict.fromkeys([*first, *texts_of(value)]))[:3]
    return Evidence("", "catalog", field, _shown(value))


@lru_cache(maxsize=16384)
def _plain_facts(item: Item) -> Mapping[str, Value]:
    return {field: _plain(value, item) for field, value in item.facts().items()}


def _plain(value: Value, item: Item) -> Value:
    """A field's value without what reads like a sentence, an order or code, denies something, or is
    in a script that a text about this title is not written in."""

    def fit(text: str) -> bool:
        foreign = _EAST_ASIAN.search(text) and not _EAST_ASIAN.search(item.title)
        return not foreign and may_be_stated(text)

    if isinstance(value, tuple):
        return tuple(filter(fit, value))
    return value if not isinstance(value, str) or fit(value) else ""


_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
