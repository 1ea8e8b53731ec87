"""`ServiceDb`: what the HTTP service keeps between requests and shares between its processes.

API keys (only their hashes), the use of each key, conversations, and the secret that signs visitor
tokens. SQLite; made on first use, readable by its owner alone.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from shelftalker.errors import WorkspaceError

SERVICE_FILE = "service.db"


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


class ServiceDb:
    """The database of one workspace's service. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, timeout=30, check_same_thread=False, isolation_level=None
            )
            self._db.executescript(_SETUP)
        except (sqlite3.DatabaseError, OSError) as error:
            raise WorkspaceError(
                f"{path} cannot be opened ({error}); check its rights, or move it away: keys are "
                "then made anew with `shelftalker keys DIR create`"
            ) from None

    @classmethod
    def of(cls, workspace: Path) -> Self:
        """The database of a workspace's folder."""
        return cls(workspace / SERVICE_FILE)

    def key(self, key_id: str) -> KeyRow | None:
        """A key by its id, also one that has ended."""
        rows = self._rows("SELECT * FROM keys WHERE id = ?", key_id)
        return KeyRow(*rows[0]) if rows else None

    def all_keys(self) -> list[KeyRow]:
        """All keys, oldest first, with those that have ended."""
        return [KeyRow(*row) for row in self._rows("SELECT * FROM keys ORDER BY created, id")]

    def add_key(self, row: KeyRow) -> None:
        """Store a new key."""
        values = (row.id, row.digest, row.scopes, row.per_minute, row.created, row.ends)
        self._change("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)", *values)

    def end_key(self, key_id: str, when: float) -> bool:
        """Let a key end at a time, no later than it would have; False where there is no such key
        in use."""
        changed = self._change(
            "UPDATE keys SET ends = min(ifnull(ends, ?1), ?1) "
            "WHERE id = ?2 AND (ends IS NULL OR ends > ?3)",
            when,
            key_id,
            time.time(),
        )
        return changed > 0

    def counted(self, key_id: str, minute: int) -> int:
        """Count one request of a key in a minute (Unix time // 60); returns the number so far."""
        with self._writing() as db:
            db.execute("DELETE FROM uses WHERE minute < ?", (minute,))
            count = db.execute(
                "INSERT INTO uses VALUES (?, ?, 1) ON CONFLICT (key, minute) "
                "DO UPDATE SET count = count + 1 RETURNING count",
                (key_id, minute),
            ).fetchone()
        return int(count[0])

    def secret(self) -> bytes:
        """32 random bytes, the same for all processes, which sign visitor tokens."""
        self._change("INSERT OR IGNORE INTO secret VALUES (1, randomblob(32))")
        return bytes(self._rows("SELECT bytes FROM secret")[0][0])

    def save_conversation(
        self, name: str, user: str, state: bytes, after: str | None = None
    ) -> None:
        """Store the state of a conversation; nobody holds it from then on. It went on `after` the
        state of that name: if that has been deleted meanwhile, nothing is stored."""
        with self._writing() as db:
            known = db.execute("SELECT 1 FROM conversations WHERE name = ?", (after,)).fetchone()
            if after is None or known:
                db.execute(
                    "INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, 0)",
                    (name, user, state, time.time()),
                )

    def take_conversation(self, name: str, seconds: float) -> bytes | None:
        """The state of a conversation, which the caller holds until it is saved or so many seconds
        are over; None where there is none, or somebody else holds it."""
        now = time.time()
        with self._writing() as db:
            row = db.execute(
                "UPDATE conversations SET held_until = ? WHERE name = ? AND held_until < ? "
                "RETURNING state",
                (now + seconds, name, now),
            ).fetchone()
        return bytes(row[0]) if row else None

    def conversation_user(self, name: str) -> str | None:
        """Whose conversation it is; None where there is none of that name."""
        rows = self._rows("SELECT user FROM conversations WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def conversations_of(self, user: str) -> list[tuple[str, bytes]]:
        """Name and state of each conversation of a user."""
        query = "SELECT name, state FROM conversations WHERE user = ? ORDER BY touched"
        return [(str(name), bytes(state)) for name, state in self._rows(query, user)]

    def drop_conversations(self, *, of: str | None = None, before: float | None = None) -> int:
        """Delete the conversations of a user, or those not used since a time; returns how many."""
        condition, value = ("user = ?", of) if of is not None else ("touched < ?", before)
        deleted = self._change(f"DELETE FROM conversations WHERE {condition}", value)
        if of is not None:
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _change(self, statement: str, *values: object) -> int:
        with self._writing() as db:
            return db.execute(statement, values).rowcount

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise WorkspaceError(
                    f"{self.path} could not be written ({error}); free disk space or check its "
                    "rights, then repeat"
                ) from None


_SETUP = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, scopes TEXT NOT NULL, per_minute INTEGER,
    created REAL NOT NULL, ends REAL);
CREATE TABLE IF NOT EXISTS uses (
    key TEXT NOT NULL, minute INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (key, minute));
CREATE TABLE IF NOT EXISTS secret (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS conversations (
    name TEXT PRIMARY KEY, user TEXT NOT NULL, state BLOB NOT NULL, touched REAL NOT NULL,
    held_until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS conversations_of_user ON conversations (user);
"""
