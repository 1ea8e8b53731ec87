"""Read the writing corpus (`adapters/style/corpus`): made-up catalogues with visitors, true texts,
and for each text one small change that makes it false.

Texts about one item come as `CorpusSentence`s: a true sentence, or the false one made from it with
the place of the change.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from shelftalker.data.catalog import Item, Value
from shelftalker.data.events import Event, Kind
from shelftalker.errors import InputError
from shelftalker.language.sentences import sentences_of
from shelftalker.types import Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds

CORPUS = Path(__file__).parents[1] / "style" / "corpus"
_TEXT_FIELDS = (
    "description",
    "overview",
    "body",
    "text",
    "summary",
    "简介",
    "描述",
    "正文",
    "剧情",
)
_EVENTS: dict[str, Kind] = {
    "bought": "purchase", "liked": "like", "disliked": "dislike", "rated": "rating",
    "played": "play", "listened": "play", "skipped": "skip", "clicked": "click",
}  # fmt: skip
"""Other events (viewed, watched, read) are views."""
_CALLED = {"films": "film", "books": "book", "music": "music", "news": "news"}


@dataclass(frozen=True, slots=True)
class CorpusSentence:
    """One sentence of a text. A false one has its `kind` of falsehood and `changed`, the span of
    the change; `pair` is common to a false sentence and the true one that it was made from."""

    text: str
    grounds: Grounds
    pair: str
    kind: str = ""
    changed: tuple[int, int] = (0, 0)

    @property
    def true(self) -> bool:
        return not self.kind


@dataclass
class CorpusCatalog:
    """One file of the corpus."""

    head: dict[str, Any]
    items: dict[str, Item] = field(default_factory=dict)
    visitors: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def slug(self) -> str:
        return str(self.head["slug"])

    def grounds(self, item: str, visitor: str = "") -> Grounds:
        """What texts about an item for a visitor may rest on."""
        row = self.visitors.get(visitor, {})
        history = [
            Past(
                Event(
                    visitor, e["item"], _EVENTS.get(e["event"], "view"), e.get("stars"), float(n)
                ),
                self.items[e["item"]],
            )
            for n, e in enumerate(row.get("history", ()))
        ]
        asked = row.get("request") or ""
        request = Request(asked, asked, language=str(self.head["language"]))
        return Grounds([], self.items[item], history, request)

    def sentences(self) -> Iterator[CorpusSentence]:
        """The sentences of all texts about one item."""
        for row in self.texts:
            if "item" in row:
                grounds = self.grounds(row["item"], row.get("visitor", ""))
                yield from _sentences(row, grounds, f"{self.slug}/{row['id']}")


def _sentences(row: dict[str, Any], grounds: Grounds, pair: str) -> Iterator[CorpusSentence]:
    text, false = row["text"], row.get("false") or {}
    at = text.find(false["from"]) if false else -1
    changed = text[:at] + false["to"] + text[at + len(false["from"]) :] if at >= 0 else ""
    own, other = sentences_of(text), sentences_of(changed)
    for sentence in own:
        yield CorpusSentence(sentence, grounds, pair if sentence not in other else "")
    place = 0
    for sentence in other:
        start = changed.find(sentence, place)
        place = start + len(sentence)
        if sentence not in own:
            span = max(0, at - start), min(len(sentence), at + len(false["to"]) - start)
            yield CorpusSentence(sentence, grounds, pair, str(false["kind"]), span)


def corpus(language: str, split: str = "train") -> Iterator[CorpusCatalog]:
    """The catalogues of a language and a split, by name. Raises `InputError`."""
    for file in sorted((CORPUS / language).glob("*.jsonl")):
        found = read_catalog(file)
        if found.head.get("split") == split:
            yield found


def read_catalog(file: Path) -> CorpusCatalog:
    """One file. Raises `InputError` naming the line that is no part of a catalogue."""
    found = CorpusCatalog({})
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            if row["type"] == "catalog":
                found.head = row
            elif row["type"] == "item":
                found.items[row["id"]] = _item(row, _CALLED.get(found.head["domain"], ""))
            elif row["type"] == "visitor":
                found.visitors[row["id"]] = row
            else:
                found.texts.append(row)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}:{number} is no line of a corpus catalogue: {error!r}"
            ) from None
    return found


def _item(row: dict[str, Any], called: str) -> Item:
    text = next((row[name] for name in _TEXT_FIELDS if row.get(name)), "")
    attributes: dict[str, Value] = {}
    for name, value in row.items():
        if name in ("type", "id", "title", "price", *_TEXT_FIELDS) or value in (None, "", []):
            continue
        if isinstance(value, dict):
            value = [f"{key} {one}" for key, one in value.items()]
        attributes[name] = tuple(map(str, value)) if isinstance(value, list) else value
    price = row.get("price")
    return Item(
        row["id"], row["title"], text, attributes, called=called,
        price=float(price) if isinstance(price, int | float) else None,
    )  # fmt: skip
