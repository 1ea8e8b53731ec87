"""`ServiceDb`: what the HTTP service keeps between requests and shares between its processes.

API keys (only their hashes), the use of each key, conversations, and the secret that signs visitor
tokens. A SQLite file is readable by its owner alone.
"""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from shelftalker.data.database import Database, Store
from shelftalker.data.tables import CONVERSATIONS, KEYS, SECRET, SERVICE, USES
from shelftalker.store.workspace import Workspace

SERVICE_FILE = "service.db"
KNOWN_SECONDS = 1.0
"""How long a process goes by what it has read of a key: every request asks for it."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key as it is stored. Times are Unix seconds; `per_minute` None: no limit; `ends`
    None: the key is good until it is revoked."""

    id: str
    digest: bytes
    scopes: str
    per_minute: int | None
    created: float
    ends: float | None = None


class ServiceDb(Store):
    """The database of one workspace's service. Safe to share between threads and processes."""

    def __init__(self, place: Path | str) -> None:
        """`place`: as for `EventLog`."""
        if isinstance(place, Path):
            place.touch(mode=0o600)
        self.db = Database(place, SERVICE, "the service's database", durable=False)
        self._known: dict[str, tuple[float, KeyRow]] = {}
        self._had_keys = False
        saved = self.db.insert(CONVERSATIONS)
        stays = {name: saved.excluded[name] for name in ("state", "touched", "held_until")}
        self._saved = saved.on_conflict_do_update(index_elements=["name"], set_=stays)

    @classmethod
    def of(cls, workspace: Path) -> Self:
        """The database of a workspace's folder."""
        return cls(Workspace.open(workspace).place(SERVICE_FILE))

    def key(self, key_id: str) -> KeyRow | None:
        """A key by its id, also one that has ended, as it was at most `KNOWN_SECONDS` ago."""
        until, known = self._known.get(key_id, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        rows = self.db.rows(_KEY, id=key_id)
        if not rows:
            return None
        row = KeyRow(*rows[0])
        self._known[key_id] = time.monotonic() + KNOWN_SECONDS, row
        return row

    def all_keys(self) -> list[KeyRow]:
        """All keys, oldest first, with those that have ended."""
        rows = self.db.rows(sa.select(KEYS).order_by(KEYS.c.created, KEYS.c.id))
        return [KeyRow(*row) for row in rows]

    def has_keys(self) -> bool:
        """Whether there is, or was, any key."""
        self._had_keys = self._had_keys or self.db.value(_ANY_KEY) is not None
        return self._had_keys

    def add_key(self, row: KeyRow) -> None:
        """Store a new key."""
        self.db.change(KEYS.insert().values(asdict(row)))

    def end_key(self, key_id: str, when: float) -> bool:
        """Let a key end at a time, no later than it would have; False where there is no such key
        in use."""
        in_use = sa.or_(KEYS.c.ends.is_(None), KEYS.c.ends > time.time())
        earlier = sa.case((KEYS.c.ends < when, KEYS.c.ends), else_=when)
        ended = KEYS.update().where(KEYS.c.id == key_id, in_use).values(ends=earlier)
        changed = self.db.change(ended) > 0
        self._known.pop(key_id, None)
        return changed

    def counted(self, key_id: str, minute: int) -> int:
        """Count one request of a key in a minute (Unix time // 60); returns the number so far."""
        first = self.db.insert(USES).values(key=key_id, minute=minute, count=1)
        counted = first.on_conflict_do_update(
            index_elements=["key", "minute"], set_={"count": USES.c.count + 1}
        ).returning(USES.c.count)
        with self.db.writing() as connection:
            count = int(connection.execute(counted).scalar_one())
            if count == 1:
                connection.execute(USES.delete().where(USES.c.minute < minute))
        return count

    def secret(self) -> bytes:
        """32 random bytes, the same for all processes, which sign visitor tokens."""
        new = self.db.insert(SECRET).values(id=1, bytes=os.urandom(32))
        self.db.change(new.on_conflict_do_nothing())
        return bytes(self.db.value(sa.select(SECRET.c.bytes)))

    def save_conversation(
        self, name: str, user: str, state: bytes, after: str | None = None
    ) -> None:
        """Store the state of a conversation; nobody holds it from then on. It went on `after` the
        state of that name: if that has been deleted meanwhile, nothing is stored, and if it has
        become another user's, it stays theirs."""
        row = {"state": state, "touched": time.time(), "held_until": 0}
        if after == name:
            self.db.change(CONVERSATIONS.update().where(_NAMED), named=name, **row)
            return
        with self.db.writing() as connection:
            if after is None or connection.execute(_STILL_THERE, {"named": after}).first():
                connection.execute(self._saved, {"name": name, "user": user, **row})

    def take_conversation(
        self, name: str, seconds: float, of: str | None = None
    ) -> tuple[str, bytes] | None:
        """User and state of a conversation, which the caller holds until it is saved or so many
        seconds are over; None where there is none (`of`: of that user), or somebody holds it."""
        now = time.time()
        values = {"named": name, "now": now, "until": now + seconds, "of": of}
        with self.db.changing() as connection:
            taken = connection.execute(_TAKEN, values).all()
        return (str(taken[0].user), bytes(taken[0].state)) if taken else None

    def conversation_user(self, name: str) -> str | None:
        """Whose conversation it is; None where there is none of that name."""
        user: str | None = self.db.value(_USER, named=name)
        return user

    def merge_conversations(self, alias: str, user: str) -> None:
        """Conversations of an anonymous id become a user's."""
        table = CONVERSATIONS
        self.db.change(table.update().where(table.c.user == alias).values(user=user))

    def conversations_of(self, user: str) -> list[tuple[str, bytes]]:
        """Name and state of each conversation of a user."""
        table = CONVERSATIONS
        query = sa.select(table.c.name, table.c.state).where(table.c.user == user)
        rows = self.db.rows(query.order_by(table.c.touched))
        return [(str(name), bytes(state)) for name, state in rows]

    def drop_conversations(self, *, of: str | None = None, before: float | None = None) -> int:
        """Delete the conversations of a user, or those not used since a time; returns how many."""
        table = CONVERSATIONS
        dropped = table.c.user == of if of is not None else table.c.touched < before
        deleted = self.db.change(table.delete().where(dropped))
        if of is not None:
            self.db.scrub()
        return deleted


_KEY = sa.select(KEYS).where(KEYS.c.id == sa.bindparam("id"))
_ANY_KEY = sa.select(KEYS.c.id).limit(1)
_NAMED = CONVERSATIONS.c.name == sa.bindparam("named")
_USER = sa.select(CONVERSATIONS.c.user).where(_NAMED)
_STILL_THERE = sa.select(CONVERSATIONS.c.name).where(_NAMED).with_for_update()
_TAKEN = (
    CONVERSATIONS.update()
    .where(
        _NAMED,
        CONVERSATIONS.c.held_until < sa.bindparam("now"),
        CONVERSATIONS.c.user == sa.func.coalesce(sa.bindparam("of"), CONVERSATIONS.c.user),
    )
    .values(held_until=sa.bindparam("until"))
    .returning(CONVERSATIONS.c.user, CONVERSATIONS.c.state)
)
