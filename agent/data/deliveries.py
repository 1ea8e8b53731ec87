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
    with log.db.writing(one_at_a_time=True) as connection:
        if digest is not None:
            query = sa.select(RECEIVED.c.body, RECEIVED.c.answer).where(RECEIVED.c.digest == digest)
            before = connection.execute(query).first()
            if before is not None:
                return _same_again(delivery, *before)
        fresh, people = [], people_of(connection)
        for event_id, event in delivery.events:
            if event_id is not None:
                own = _digest("event", delivery.domain, event_id)
                named = log.db.insert(RECEIVED).values(digest=own).on_conflict_do_nothing()
                if connection.execute(named.returning(RECEIVED.c.digest)).first() is None:
                    continue
            fresh.append(row_of(delivery.domain, event, people))
        if fresh:
            connection.execute(EVENTS.insert(), fresh)
        counts = len(fresh), len(delivery.events) - len(fresh)
        if digest is not None:
            body = hashlib.sha256(delivery.body).digest()
            row = {"digest": digest, "body": body, "answer": json.dumps(counts)}
            connection.execute(RECEIVED.insert().values(row))
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
