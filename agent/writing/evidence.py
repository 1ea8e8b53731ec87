"""Evidence first: the few facts about a pick that matter to this user, before a word is written.

The scorer's drop-one reasons name the history, what that history and the item share names the
item's fields, and the request names the rest.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from shelftalker.data.catalog import Item, Value
from shelftalker.data.field_roles import keeps_a_record, role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import is_said_whole, shared, texts_of, title_details
from shelftalker.language.cleaning import neutral
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import has_chinese, words_of
from shelftalker.types import Evidence, Reason, Request
from shelftalker.understanding.rules.request_words import FILLER, KIND
from shelftalker.writing.compose.composer import fact_sentence
from shelftalker.writing.compose.facts import STRONG, can_be_told, in_common, kind_of_both
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.quoting import presentable, tellable, trusted
from shelftalker.writing.verifier.tokenizer import Past


def choose_evidence(
    item: Item,
    reasons: Sequence[Reason],
    history: Sequence[Past],
    request: Request,
    *,
    most: int = 6,
) -> list[Evidence]:
    """Three to six facts: what matches the request, what is shared with the history items that
    weigh most, then the item's strongest fields. Fewer where less is known."""
    asked = set(words_of(f"{request.text} {request.message}"))
    wanted = {condition.field for condition in request.filters if condition.op != "excludes"}
    past = _telling_past(item, reasons, history)
    if past and request.message and not _alike(item, past):
        past = None  # beside what was asked for, it says nothing
    alike = [pair for pair in shared(item, past.item) if can_be_told(pair[1])] if past else []
    common = _by_strength(alike)
    ranked = sorted(_fields(item), key=lambda field: _rank(field, item, asked, wanted, common))
    field = common[0][0] if common else past.event.kind if past else ""
    chosen = [Evidence("", "history", field, past.item.title)] if past else []
    if met := _met(item, request):
        chosen.append(Evidence("", "request", "text", neutral(met)))
    facts = [_of_field(item, field, asked, common) for field in ranked]
    if noun_of(item) == "thing" and not is_said_whole(item.title):
        facts[1:1] = [
            Evidence("", "catalog", "title", rest)
            for rest in title_details(item.title)[:1]
            if tellable(rest)
        ]
    sentence = _telling_sentence(item, asked)
    if sentence and has_chinese(sentence) == (request.language == "zh"):
        facts.insert(2, Evidence("", "catalog", "text", sentence))
    found = [*chosen, *facts][:most]
    told = [fact_sentence(item, e, request.language, history=history) for e in found]
    return [
        replace(e, text=text or f"{e.field}: {e.value}")
        for e, text in zip(found, told, strict=True)
    ]


def _telling_past(item: Item, reasons: Sequence[Reason], history: Sequence[Past]) -> Past | None:
    """The history item that explains the pick: liked before looked at, then by weight, then by what
    the two share."""
    weights = {reason.item_id: reason.weight for reason in reasons if reason.weight > 0}
    drew = [past for past in history if past.drew]

    def telling(past: Past) -> tuple[bool, bool, float, int]:
        weight = weights.get(past.item.id, 0.0)
        alike = _alike(item, past)
        return bool(alike) and weight > 0, past.sign > 0, weight, alike

    best = max(drew, key=telling, default=None)
    if best is None or best.item.id in weights or telling(best)[-1]:
        return best
    return None


def _alike(item: Item, past: Past) -> int:
    """How much of what tells something two items share."""
    return len(in_common(item, past.item)) + bool(kind_of_both(item, past.item))


def _met(item: Item, request: Request) -> str:
    """What of the request's own words the catalogue says of the item too, clause by clause: to
    quote any other beside the item would claim too much."""
    said = " ".join([item.embedding_text(), str(item.facts())]).casefold()
    known = set(words_of(said))
    clauses = (clause.strip() for clause in request.text.split(", "))
    return ", ".join(clause for clause in clauses if _is_met(clause, said, known))


def _is_met(clause: str, said: str, known: set[str]) -> bool:
    """All its telling words are said; a number with what stands beside it, as it may be a bound,
    and Chinese signs as they stand together."""
    telling = [word for word in content_of(words_of(clause)) if word not in _POLITE]
    together = has_chinese(clause) or any(word.isdigit() for word in telling)
    return bool(telling) and (clause.casefold() in said if together else known >= set(telling))


_POLITE = frozenset(word for filler in (*FILLER, *KIND) for word in words_of(filler))


def _by_strength(common: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The most telling likeness first: a director before a country."""
    place = {role: at for at, role in enumerate(STRONG)}
    return sorted(common, key=lambda pair: place.get(role_of(pair[0]), len(STRONG)))


_ORDER = ("genre", "director", "author", "artist", "brand", "cast", "topic", "year", "country",
          "writer", "runtime", "pages", "publisher", "price", "language")  # fmt: skip


def _fields(item: Item) -> list[str]:
    """Fields worth telling: short texts and numbers."""
    return [
        field
        for field, value in ((f, _told(v)) for f, v in item.facts().items())
        if field not in ("title", "text") and 0 < len(_shown(value)) <= 120
        and not isinstance(value, bool) and not keeps_a_record(field)
        and (role_of(field) == "year" or not _MOMENT.match(_shown(value)))
    ]  # fmt: skip


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")


def _rank(
    field: str, item: Item, asked: set[str], wanted: set[str], common: Sequence[tuple[str, str]]
) -> tuple[bool, bool, int]:
    value = item.facts()[field]
    matches = field in wanted or bool(asked & set(words_of(_shown(value))))
    role = role_of(field)
    number = not isinstance(value, str | tuple)
    place = _ORDER.index(role) if role in _ORDER else len(_ORDER) + number
    alike = role in STRONG and field in {name for name, _ in common}
    return not matches, not alike, place


def _of_field(
    item: Item, field: str, asked: set[str], common: Sequence[tuple[str, str]]
) -> Evidence:
    value = _told(item.facts()[field])
    if isinstance(value, tuple):
        first = [text for text in texts_of(value) if asked & set(words_of(text))]
        first += [text for name, text in common if name == field]
        value = tuple(dict.fromkeys([*first, *texts_of(value)]))[:3]
    return Evidence("", "catalog", field, _shown(value))


def _telling_sentence(item: Item, asked: set[str]) -> str | None:
    """The catalogue's own sentence that can be repeated: short, and denying nothing."""
    if not trusted(item.text):
        return None
    grounds = Grounds([], item)
    fit = [
        text
        for text in sentences_of(item.text)
        if 4 <= len(words_of(text)) <= 40 and presentable(text) and grounds.check(text)
    ]
    return max(fit, key=lambda s: len(asked & set(words_of(s))), default=None)


def _told(value: Value) -> Value:
    """A field's value less what reads like a sentence, an order or code, or denies something."""
    if isinstance(value, tuple):
        return tuple(text for text in value if can_be_told(text))
    return value if not isinstance(value, str) or can_be_told(value) else ""


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
