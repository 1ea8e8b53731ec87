"""`LlmReader`: reads a message with an LLM behind an OpenAI-compatible address.

The LLM answers in JSON; only what the catalogue and the message can check is used. Whatever a
message makes the LLM answer, the reading is limited to filters on known fields and values, titles
of the catalogue, cards on show and words of the message itself. `reconcile` joins it with the
rules' reading.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from pydantic import BaseModel, ValidationError

from shelftalker.data.catalog import Catalog
from shelftalker.data.field_index import value_key
from shelftalker.data.filters import RANKED, Filter, Op
from shelftalker.engine.chat_client import ChatClient
from shelftalker.errors import ShelftalkerError
from shelftalker.language.cleaning import neutral
from shelftalker.language.detect import detect
from shelftalker.language.notices import notice
from shelftalker.language.tokens import fold, phrase
from shelftalker.prompts import PromptSet
from shelftalker.store.settings import ReaderSettings
from shelftalker.understanding.reconcile import Reconciled
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.rules.acts import Act, MessageAct
from shelftalker.understanding.rules.parse_state import MAX_MESSAGE_LENGTH
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary
from shelftalker.understanding.turn import OPENING, Part, TurnContext, TurnReading

MAX_PARTS = 20
"""Filters, phrases and titles used of one answer, each."""
_OPS: dict[str, Op] = {op: op for op in get_args(Op) if op not in RANKED}
_ACTS: dict[str, Act] = {act: act for act in get_args(Act)}
_LOG = logging.getLogger(__name__)


class LlmReader:
    """Reads by what an LLM answers within `seconds`; a `TurnReader`.

    If the LLM fails, is too slow or answers nonsense, the reading is empty but for a notice, and
    the log has the reason.
    """

    def __init__(
        self,
        catalog: Catalog,
        vocabulary: CatalogVocabulary,
        client: ChatClient,
        seconds: float,
        folders: Sequence[Path] = (),
    ) -> None:
        self.catalog, self.vocabulary = catalog, vocabulary
        self.client, self.seconds, self.folders = client, seconds, folders
        self.fields = _fields(catalog, vocabulary)
        self._schema = _schema(list(self.fields))

    async def aread(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """What a message says. No call is made for an empty message or without fields."""
        message = message[:MAX_MESSAGE_LENGTH]
        language = situation.language or detect(message)
        plain = neutral(message)
        if not plain or not self.fields:
            return TurnReading(message, language)
        try:
            prompt = self._prompt(plain, situation)
            said = await self.client.ask(prompt, self._schema, seconds=self.seconds)
            answer = _LlmAnswer.model_validate(said)
        except (ShelftalkerError, ValidationError) as error:
            _LOG.warning("a request was read by rules alone: %s", error)
            return TurnReading(message, language, notices=(notice("rules_only", language),))
        return self._reading(answer, message, language, situation)

    def _prompt(self, message: str, situation: TurnContext) -> Sequence[Mapping[str, object]]:
        told = [f"{name} ({field.kind}): {field.told}" for name, field in self.fields.items()]
        cards = [f"{n}. {neutral(item.title)}" for n, item in enumerate(situation.shown, start=1)]
        asked = [neutral(one) for one in situation.asked]
        return PromptSet(self.folders).render(
            "read", fields=told, message=message, cards=cards, asked=asked
        )

    def _reading(
        self, said: "_LlmAnswer", message: str, language: str, situation: TurnContext
    ) -> TurnReading:
        parts = [
            Part(quote := _text(raw), _span(quote, message), tuple(checked), (), "llm")
            for raw in said.filters[:MAX_PARTS]
            if (checked := self._checked(raw))
        ]
        shown = situation.shown
        places = [n - 1 for n in said.cards if isinstance(n, int) and 0 < n <= len(shown)]
        return TurnReading(
            message,
            language,
            MessageAct(_ACTS.get(str(said.act), "ask"), message, places=tuple(places)),
            tuple(shown[place] for place in places),
            demands=tuple(part for part in parts if not part.excludes),
            exclusions=tuple(part for part in parts if part.excludes),
            wishes=_quoted(said.wishes, message),
            avoid=_quoted(said.avoid, message),
            like=tuple(self._titled(said.like)),
            unlike=tuple(self._titled(said.unlike)),
            set_aside=_quoted(said.background, message),
        )

    def _titled(self, titles: Sequence[object]) -> Iterator[Part]:
        """The items with these titles, also misspelled; unknown titles are left out."""
        vocabulary = self.vocabulary
        for title in titles[:MAX_PARTS]:
            said = phrase(title) if isinstance(title, str) else ()
            near = said if said in vocabulary.titles else vocabulary.near_title(said)
            if items := vocabulary.titles.get(near or (), ()):
                yield Part(str(title), items=items, reader="llm")

    def _checked(self, raw: object) -> Sequence[Filter]:
        """The filters for one filter of the LLM; none if the catalogue cannot check it."""
        if not isinstance(raw, dict):
            return []
        name, op, value = str(raw.get("field")), _OPS.get(str(raw.get("op"))), raw.get("value")
        if name not in self.fields or op is None:
            return []
        values = value if isinstance(value, list) else [value]
        kind = self.fields[name].kind
        if kind == "number":
            return _numeric(name, op, values)
        if kind == "yes or no":
            return _flag(name, op, values)
        spelled = [self._spelled(name, one) for one in values[:MAX_PARTS]]
        return self._worded(name, op, list(dict.fromkeys(filter(None, spelled))))

    def _spelled(self, name: str, value: object) -> str | None:
        """The catalogue's spelling of a value of a field; None if it has no such value."""
        if not isinstance(value, str):
            return None
        known = self.catalog.column(name).spelling
        return known.get(value_key(value.strip())) or self.vocabulary.spelled(name, value)

    def _worded(self, name: str, op: Op, values: list[str]) -> Sequence[Filter]:
        if op == "excludes":
            return [Filter(name, "excludes", value) for value in values]
        if op not in ("contains", "equals", "any_of"):
            return []
        either = op == "any_of" or name in self.vocabulary.single
        if either and len(values) > 1:
            return [Filter(name, "any_of", tuple(values))]
        return [Filter(name, "contains", value) for value in values]


def open_reader(
    settings: ReaderSettings, rules: RuleReader, folders: Sequence[Path] = ()
) -> Reconciled | None:
    """The reader that the settings configure, joined with the rules; None for rules alone."""
    if settings.url is None or settings.model is None:
        return None
    client = ChatClient(settings.url, settings.model)
    llm = LlmReader(rules.catalog, rules.vocabulary, client, settings.seconds, folders)
    return Reconciled(rules, llm)


class _LlmAnswer(BaseModel):
    """The outline of an answer; each part is checked on its own."""

    filters: list[Any]
    wishes: list[Any] = []
    avoid: list[Any] = []
    like: list[Any] = []
    unlike: list[Any] = []
    background: list[Any] = []
    cards: list[Any] = []
    act: Any = "ask"


class _FieldSummary(NamedTuple):
    """The prompt's summary of a field: values it may have, or the range of its numbers."""

    kind: Literal["words", "number", "yes or no"]
    told: str


def _fields(catalog: Catalog, vocabulary: CatalogVocabulary) -> dict[str, _FieldSummary]:
    """The fields that filters can use. Names that are not plain words are left out."""
    found: dict[str, _FieldSummary] = {}
    for index, most in ((vocabulary.categories, 60), (vocabulary.names, 5)):
        values: dict[str, dict[str, int]] = {}
        for entries in index.values():
            for entry in entries:
                values.setdefault(entry.field, {})[entry.value] = entry.rows
        for name, rows in values.items():
            common = sorted(rows, key=lambda value: -rows[value])[:most]
            told = ", ".join(neutral(value)[:40] for value in common)
            found[name] = _FieldSummary("words", told + (", …" if len(rows) > most else ""))
    for name in vocabulary.measures:
        numbers = catalog.column(name).numbers
        found[name] = _FieldSummary("number", f"{np.nanmin(numbers):g} to {np.nanmax(numbers):g}")
    for name in vocabulary.flags.values():
        found[name] = _FieldSummary("yes or no", "true or false")
    return {name: field for name, field in found.items() if _is_plain(name)}


def _is_plain(name: str) -> bool:
    """Column names come from the data: one that could be read as an instruction is not shown."""
    return len(name) <= 40 and name.replace("_", "").replace("-", "").isalnum()


def _schema(fields: Sequence[str]) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string"}
    texts = {"type": "array", "items": text}
    condition = {
        "field": {"type": "string", "enum": list(fields)},
        "op": {"type": "string", "enum": list(_OPS)},
        "value": {"anyOf": [text, {"type": "number"}, texts]},
        "quote": text,
    }
    parts = {
        "act": {"type": "string", "enum": list(_ACTS)},
        "cards": {"type": "array", "items": {"type": "integer"}},
        "filters": {"type": "array", "items": _object(condition)},
        **dict.fromkeys(("wishes", "avoid", "like", "unlike", "background"), texts),
    }
    return _object(parts)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _quoted(phrases: Sequence[object], message: str) -> tuple[Part, ...]:
    """The phrases that occur in the message."""
    texts = [one.strip() for one in phrases[:MAX_PARTS] if isinstance(one, str)]
    spans = {text: _span(text, message) for text in texts if text}
    return tuple(Part(text, span, reader="llm") for text, span in spans.items() if any(span))


def _span(quote: str, message: str) -> tuple[int, int]:
    """Where the message holds the quote; (0, 0) where it does not."""
    start = fold(message).find(fold(quote)) if quote else -1
    return (start, start + len(quote)) if start >= 0 else (0, 0)


def _text(raw: object) -> str:
    quote = raw.get("quote") if isinstance(raw, dict) else None
    return quote if isinstance(quote, str) else ""


def _numeric(name: str, op: Op, values: Sequence[object]) -> Sequence[Filter]:
    numbers = [number for value in values[:MAX_PARTS] if (number := _number(value)) is not None]
    if len(numbers) != len(values) or not numbers:
        return []
    if op == "outside":
        pair = tuple(map(value_key, sorted(numbers)))
        return [Filter(name, "outside", pair)] if len(pair) == 2 else []
    if len(numbers) > 1:
        listed = tuple(map(value_key, numbers))
        return [Filter(name, "any_of", listed)] if op in ("any_of", "equals") else []
    if op == "any_of":
        op = "equals"
    return [] if op == "contains" else [Filter(name, op, numbers[0])]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if np.isfinite(number) else None


def _flag(name: str, op: Op, values: Sequence[object]) -> Sequence[Filter]:
    said = [value_key(value) for value in values]
    if op not in ("equals", "excludes") or said not in (["true"], ["false"]):
        return []
    wanted = (said == ["true"]) == (op == "equals")
    return [Filter(name, "equals" if wanted else "excludes", "true")]
