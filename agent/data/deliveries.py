"""Batches of events that a sender may send again: each is stored once, and answered the same.

The ids of events and batches lie, as hashes, in the event log's own database, so that a batch and
the memory of it are one transaction: after a crash there are both or neither.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from shelftalker.data.event_log import EventLog, people_of, row_of
from shelftalker.data.events import Event, checked
from shelftalker.data.tables import EVENTS, RECEIVED
from shelftalker.errors import InputError


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many events were stored, and how many were known. `again`: the batch was stored before,
    and this is its receipt of then."""

    stored: int
    duplicates: int
    again: bool = False


def receive(
    log: EventLog,
    domain: str,
    events: Sequence[tuple[str | None, Event]],
    key: str | None = None,
    body: bytes = b"",
) -> Receipt:
    """Store what is new of a batch for a domain. When this returns it is on disk.

    `events`: each with the id that its sender gave it, or None. `key`: names the batch, None where
    it has no name. `body`: bytes that are equal for equal batches. Raises `InputError` where the
    key names another batch, `WorkspaceError` where it cannot be written; then nothing is stored.
    """
    digest = _digest("batch", key) if key is not None else None
    content = hashlib.sha256(body).digest()
    for _, event in events:
        checked(event)
    with log.db.writing(one_at_a_time=True) as connection:
        if digest is not None:
            query = sa.select(RECEIVED.c.body, RECEIVED.c.answer).where(RECEIVED.c.digest == digest)
            before = connection.execute(query).first()
            if before is not None and before.body != content:
                raise InputError(
                    "this Idempotency-Key was sent before with other events; give each batch a key "
                    "of its own, and send the same batch again only unchanged"
                )
            if before is not None:
                stored, duplicates = json.loads(before.answer)
                return Receipt(stored, duplicates, again=True)
        fresh, people = [], people_of(connection)
        for event_id, event in events:
            if event_id is not None:
                own = _digest("event", domain, event_id)
                named = log.db.insert(RECEIVED).values(digest=own).on_conflict_do_nothing()
                if connection.execute(named.returning(RECEIVED.c.digest)).first() is None:
                    continue
            fresh.append(row_of(domain, event, people))
        if fresh:
            connection.execute(EVENTS.insert(), fresh)
        counts = len(fresh), len(events) - len(fresh)
        if digest is not None:
            row = {"digest": digest, "body": content, "answer": json.dumps(counts)}
            connection.execute(RECEIVED.insert().values(row))
    return Receipt(*counts)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(json.dumps(parts).encode()).digest()
