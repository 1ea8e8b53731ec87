"""Batches of events that a sender may send again: each is stored once, and answered the same.

The ids of events and batches lie, as hashes, in the event log's own file, so that a batch and the
memory of it are one transaction: after a crash there are both or neither.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from shelftalker.data.events import INSERT, Event, EventLog, checked
from shelftalker.errors import InputError


@dataclass(frozen=True, slots=True)
class Delivery:
    """One batch for a domain. `events`: each with the id that its sender gave it, or None. `key`:
    names the batch, None where it has no name. `body`: bytes that are equal for equal batches."""

    domain: str
    events: Sequence[tuple[str | None, Event]]
    key: str | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many events were stored, and how many were known. `again`: the batch was stored before,
    and this is its receipt of then."""

    stored: int
    duplicates: int
    again: bool = False


def receive(log: EventLog, delivery: Delivery) -> Receipt:
    """Store what is new of a batch. When this returns it is on disk. Raises `InputError` where its
    key names another batch, `WorkspaceError` where it cannot be written; then nothing is stored."""
    digest = _digest("batch", delivery.key) if delivery.key is not None else None
    for _, event in delivery.events:
        checked(event)
    with log.writing() as db:
        if digest is not None:
            before = db.execute(
                "SELECT body, answer FROM received WHERE digest = ?", (digest,)
            ).fetchone()
            if before is not None:
                return _same_again(delivery, *before)
        fresh = []
        for event_id, event in delivery.events:
            if event_id is not None:
                own = _digest("event", delivery.domain, event_id)
                known = db.execute("INSERT OR IGNORE INTO received (digest) VALUES (?)", (own,))
                if not known.rowcount:
                    continue
            fresh.append(event)
        rows = [(delivery.domain, e.user, e.item, e.kind, e.value, e.time) for e in fresh]
        db.executemany(INSERT, rows)
        counts = len(fresh), len(delivery.events) - len(fresh)
        if digest is not None:
            body = hashlib.sha256(delivery.body).digest()
            db.execute("INSERT INTO received VALUES (?, ?, ?)", (digest, body, json.dumps(counts)))
    return Receipt(*counts)


def _same_again(delivery: Delivery, body: bytes, answer: str) -> Receipt:
    if body != hashlib.sha256(delivery.body).digest():
        raise InputError(
            "this Idempotency-Key was sent before with other events; give each batch a key of its "
            "own, and send the same batch again only unchanged"
        )
    stored, duplicates = json.loads(answer)
    return Receipt(stored, duplicates, again=True)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(json.dumps(parts).encode()).digest()
