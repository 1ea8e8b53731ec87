"""Verify sentences in files: `contexts` with what is known about each pick, `sentences` that name
their context, one verdict a sentence.

A context is `{"cid", "item", "history": [{"kind", "value", "time", "item"}], "request"}`, as the
chat and the Python API have them; a sentence `{"id", "cid", "sentence"}`.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.filters import Filter
from shelftalker.errors import InputError
from shelftalker.types import Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds


def verify_files(contexts: Path, sentences: Path) -> Iterator[dict[str, Any]]:
    """One row a sentence: `id`, `passed`, `reason`, `claims`. Raises `InputError` that names the
    file and the line."""
    known = {row["cid"]: row for row in rows_of(contexts, ("cid", "item"))}
    grounds: dict[str, Grounds] = {}
    for row in rows_of(sentences, ("id", "cid", "sentence")):
        cid = row["cid"]
        if cid not in known:
            raise InputError(
                f"{sentences}: sentence {row['id']!r} is about the context {cid!r}, which is none "
                f"of the {len(known)} in {contexts}; give the file that has it"
            )
        if cid not in grounds:
            grounds = {cid: grounds_of(known[cid], f"{contexts}: context {cid!r}")}
        verdict = grounds[cid].check(str(row["sentence"]))
        yield {
            "id": row["id"],
            "passed": verdict.ok,
            "reason": verdict.reason,
            "claims": [asdict(claim) for claim in verdict.claims],
        }


def grounds_of(context: Mapping[str, Any], where: str = "the context") -> Grounds:
    """What a context's sentences may rest on. Raises `InputError` for a wrong shape."""
    try:
        history = [
            Past(Event("", item.id, e["kind"], e.get("value"), e.get("time") or 0.0), item)
            for e in context.get("history") or ()
            for item in (_item(e["item"]),)
        ]
        return Grounds([], _item(context["item"]), history, _request(context.get("request") or {}))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{where} is not readable ({type(error).__name__}: {error}); it needs an item with id "
            "and title, events with kind and item, and a request of text fields"
        ) from None


def rows_of(file: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, gzip too. Raises `InputError`."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(json.loads(line), needed, f"{file}:{number}")
    except (UnicodeDecodeError, json.JSONDecodeError, EOFError) as error:
        raise InputError(f"{file} is not JSONL in UTF-8: {error}") from None


def _row(row: Any, needed: tuple[str, ...], where: str) -> dict[str, Any]:
    missing = [key for key in needed if not isinstance(row, dict) or key not in row]
    if missing:
        raise InputError(f"{where} has no {missing[0]!r}; a line needs {', '.join(needed)}")
    return dict(row)


def _item(row: Mapping[str, Any]) -> Item:
    attributes = {
        name: tuple(map(str, value)) if isinstance(value, list) else value
        for name, value in (row.get("attributes") or {}).items()
        if value is not None
    }
    price = row.get("price")
    return Item(
        str(row["id"]), str(row["title"]), str(row.get("text") or ""), attributes,
        price=None if price is None else float(price), language=row.get("language"),
        called=row.get("called") or "",
    )  # fmt: skip


def _request(row: Mapping[str, Any]) -> Request:
    filters = tuple(
        Filter(f["field"], f["op"], tuple(value) if isinstance(value, list) else value)
        for f in row.get("filters") or ()
        for value in (f["value"],)
    )
    message, text, avoid = (str(row.get(key) or "") for key in ("message", "text", "avoid"))
    return Request(message, text, filters, row.get("language") or "en", avoid=avoid)
