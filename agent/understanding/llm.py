"""`LlmReader`: a request reader that adds what an LLM behind an OpenAI-compatible address reads.

The rules (`RuleReader`) always read first, and what they read is kept. The LLM returns the same
structure as JSON; only what the catalogue can check is used. Whatever a message makes the LLM
answer, the result is limited to filters on known fields and values, titles of the catalogue, and
words of the message itself.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
from shelftalker.language.notices import notice
from shelftalker.language.sentences import joined
from shelftalker.language.tokens import fold, phrase
from shelftalker.prompts import PromptSet
from shelftalker.store.settings import ReaderSettings
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import MAX_MESSAGE_LENGTH, RequestReading, RuleReader
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary

NOTICE = notice("rules_only", "en")
MAX_PARTS = 20
"""Filters, phrases and titles used of one answer, each."""
_OPS: dict[str, Op] = {op: op for op in get_args(Op) if op not in RANKED}
_LOG = logging.getLogger(__name__)


class LlmReader:
    """Reads by `rules` and adds what an LLM answers within `seconds`.

    If the rules have a filter on a field, only their filters on it count. The LLM's wishes and
    avoided words replace the free text of the rules if they are words of the message; what the
    rules avoid stays avoided. If the LLM fails, is too slow or answers nonsense, the result is the
    rules' with a notice, and the log has the reason.
    """

    def __init__(
        self,
        rules: RuleReader,
        client: ChatClient,
        seconds: float,
        folders: Sequence[Path] = (),
    ) -> None:
        self.rules, self.client, self.seconds, self.folders = rules, client, seconds, folders
        self.fields = _fields(rules.catalog, rules.vocabulary)
        self._schema = _schema(list(self.fields))

    async def aread(self, message: str, language: str | None = None) -> RequestReading:
        """As `RequestReader.aread`. No call is made for an empty message or without fields."""
        request, unmet = await self.rules.aread(message, language)
        plain = neutral(message[:MAX_MESSAGE_LENGTH])
        if not plain or not self.fields:
            return RequestReading(request, unmet)
        try:
            said = await self.client.ask(self._prompt(plain), self._schema, seconds=self.seconds)
            return RequestReading(
                self._joined(request, plain, _LlmAnswer.model_validate(said)), unmet
            )
        except (ShelftalkerError, ValidationError) as error:
            _LOG.warning("a request was read by rules alone: %s", error)
            late = notice("rules_only", request.language)
            return RequestReading(request, joined([late, unmet], request.language))

    def _prompt(self, message: str) -> Sequence[Mapping[str, object]]:
        told = [f"{name} ({field.kind}): {field.told}" for name, field in self.fields.items()]
        return PromptSet(self.folders).render("read", fields=told, message=message)

    def _joined(self, request: Request, message: str, said: "_LlmAnswer") -> Request:
        held = {condition.field for condition in request.filters}
        found = [condition for raw in said.filters[:MAX_PARTS] for condition in self._checked(raw)]
        added = [condition for condition in found if condition.field not in held]
        text, avoid = request.text, request.avoid
        wishes, avoided = (_quoted(some, message) for some in (said.wishes, said.avoid))
        if wishes or avoided:
            text = ", ".join(wishes)
            new = [words for words in avoided if fold(words) not in fold(avoid)]
            avoid = ", ".join([*([avoid] if avoid else []), *new])
        likes = [*request.like, *self._items(said.like)]
        return replace(
            request,
            filters=tuple(dict.fromkeys([*request.filters, *added])),
            text=text,
            avoid=avoid,
            like=tuple(dict.fromkeys(likes)),
        )

    def _items(self, titles: Sequence[object]) -> Iterator[str]:
        """The ids of the items with these titles, also misspelled; unknown titles are left out."""
        vocabulary = self.rules.vocabulary
        for title in titles[:MAX_PARTS]:
            said = phrase(title) if isinstance(title, str) else ()
            near = said if said in vocabulary.titles else vocabulary.near_title(said)
            yield from vocabulary.titles.get(near or (), ())

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
        known = self.rules.catalog.column(name).spelling
        return known.get(value_key(value.strip())) or self.rules.vocabulary.spelled(name, value)

    def _worded(self, name: str, op: Op, values: list[str]) -> Sequence[Filter]:
        if op == "excludes":
            return [Filter(name, "excludes", value) for value in values]
        if op not in ("contains", "equals", "any_of"):
            return []
        either = op == "any_of" or name in self.rules.vocabulary.single
        if either and len(values) > 1:
            return [Filter(name, "any_of", tuple(values))]
        return [Filter(name, "contains", value) for value in values]


def open_reader(
    settings: ReaderSettings, rules: RuleReader, folders: Sequence[Path] = ()
) -> LlmReader | None:
    """The reader that the settings configure; None for rules alone."""
    if settings.url is None or settings.model is None:
        return None
    return LlmReader(rules, ChatClient(settings.url, settings.model), settings.seconds, folders)


class _LlmAnswer(BaseModel):
    """The outline of an answer; each part is checked on its own."""

    filters: list[Any]
    wishes: list[Any] = []
    avoid: list[Any] = []
    like: list[Any] = []


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
    }
    parts = {
        "filters": {"type": "array", "items": _object(condition)},
        **dict.fromkeys(("wishes", "avoid", "like"), texts),
    }
    return _object(parts)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _quoted(phrases: Sequence[object], message: str) -> list[str]:
    """The phrases that occur in the message."""
    said = fold(message)
    texts = [one.strip() for one in phrases[:MAX_PARTS] if isinstance(one, str)]
    return list(dict.fromkeys(text for text in texts if text and fold(text) in said))


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
