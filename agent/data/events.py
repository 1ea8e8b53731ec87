"""`Event`, an interaction of a user with an item, and `EventLog`, their store (SQLite, WAL)."""

import hashlib
import math
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import polars as pl

from shelftalker.data.progress import Progress
from shelftalker.errors import InputError, WorkspaceError

Kind = Literal["view", "click", "play", "rating", "like", "dislike", "purchase", "skip"]

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Event:
    """One interaction of a user with an item. `time`: Unix seconds; `value`: stars, plays, …"""

    user: str
    item: str
    kind: Kind
    value: float | None = None
    time: float = 0.0

    @property
    def sign(self) -> int:
        """1: the user liked the item, -1: disliked or skipped it, 0: unknown. Ratings, which are
        scaled to five stars on import, are likes from 4 on and dislikes up to 2."""
        if self.kind == "rating":
            stars = self.value if self.value is not None else 3.0
            return 1 if stars >= 4 else -1 if stars <= 2 else 0
        return {"like": 1, "purchase": 1, "play": 1, "dislike": -1, "skip": -1}.get(self.kind, 0)


class EventLog:
    """All events of a workspace, by domain. Safe to share between threads and processes.

    Once `append` or `extend` has returned, the events are on disk (WAL with `synchronous=FULL`);
    after a crash before that, none of them is. What `forget` deletes is overwritten in the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(
                path, timeout=30, check_same_thread=False, isolation_level=None
            )
            for statement in _SETUP:
                self._db.execute(statement)
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"{path} cannot be opened as an event log: {error}; restore it from a copy, or "
                "move it away and import the events again"
            ) from None

    def append(self, domain: str, event: Event) -> None:
        """Store one event. Raises `InputError` for an unknown kind or a time that is not finite."""
        self.extend(domain, [event])

    def extend(
        self,
        domain: str,
        events: Iterable[Event] | pl.DataFrame,
        progress: Progress | None = None,
    ) -> int:
        """Store events in one transaction, all or none; returns their number.

        A frame has the columns user, item, kind, value and time.
        """
        if isinstance(events, pl.DataFrame):
            _check_frame(events)
            frame = events.select(*_COLUMNS)
        else:
            listed = [checked(event) for event in events]
            rows = [(e.user, e.item, e.kind, e.value, e.time) for e in listed]
            frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
        total = len(frame)
        with self.writing() as db, _index_rebuilt(db, total):
            for done, part in enumerate(frame.iter_slices(_BATCH)):
                db.executemany(INSERT, part.select(pl.lit(domain), *_COLUMNS).rows())
                if progress:
                    progress(min((done + 1) * _BATCH, total), total, "storing events")
        return total

    def of_user(self, domain: str, user: str) -> list[Event]:
        """A user's events, oldest first; events of the same time in the order of the log."""
        query = f"{_SELECT} WHERE user = ? AND domain = ? ORDER BY time, seq"
        return [Event(*row) for row in self._rows(query, (user, domain))]

    def all(self, domain: str) -> list[Event]:
        """Every event of a domain, oldest first; events of the same time in log order."""
        query = f"{_SELECT} WHERE domain = ? ORDER BY time, seq"
        return [Event(*row) for row in self._rows(query, (domain,))]

    def position(self, domain: str) -> int:
        """The position in the log of the domain's last event, 0 where there is none."""
        query = "SELECT ifnull(max(seq), 0) FROM events WHERE domain = ?"
        return int(self._rows(query, (domain,))[0][0])

    def between(
        self, domain: str, after: int, until: int | None = None, limit: int = -1
    ) -> list[tuple[int, Event]]:
        """Events after one position in the log up to another, each with its position."""
        query = (
            "SELECT seq, user, item, kind, value, time FROM events "
            "WHERE seq > ? AND seq <= ? AND domain = ? ORDER BY seq LIMIT ?"
        )
        last = self.position(domain) if until is None else until
        rows = self._rows(query, (after, last, domain, limit))
        return [(int(seq), Event(*row)) for seq, *row in rows]

    def frame(self, domain: str) -> pl.DataFrame:
        """The events of `all` as a frame with columns user, item, kind, value and time."""
        query = f"{_SELECT} WHERE domain = ? ORDER BY time, seq"
        parts = [pl.DataFrame(schema=_COLUMNS)]
        with self._lock:
            rows = self._db.execute(query, (domain,))
            while batch := rows.fetchmany(_BATCH):
                parts.append(pl.DataFrame(batch, schema=_COLUMNS, orient="row"))
        return pl.concat(parts)

    def users(self, domain: str) -> list[str]:
        """All users with an event in the domain, sorted."""
        query = "SELECT DISTINCT user FROM events WHERE domain = ? ORDER BY user"
        return [str(row[0]) for row in self._rows(query, (domain,))]

    def count(self, domain: str) -> int:
        """Number of events in the domain."""
        query = "SELECT count(*) FROM events WHERE domain = ?"
        return int(self._rows(query, (domain,))[0][0])

    def forgotten(self) -> int:
        """How often `forget` was called: whoever keeps events in memory reads them anew then."""
        return int(self._rows("SELECT ifnull(max(seq), 0) FROM forgotten", ())[0][0])

    def forget(self, user: str) -> int:
        """Delete a user's events in all domains, from file and journal; returns their number. A
        salted digest of the user and the time stay, so that an import can leave the user out."""
        with self.writing() as db:
            deleted = db.execute("DELETE FROM events WHERE user = ?", (user,)).rowcount
            db.execute("INSERT INTO forgotten DEFAULT VALUES")
            db.execute("INSERT OR IGNORE INTO salt VALUES (1, randomblob(16))")
            [salt] = db.execute("SELECT bytes FROM salt").fetchone()
            erased = (_digest(salt, user), time.time())
            db.execute("INSERT OR REPLACE INTO erased VALUES (?, ?)", erased)
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(deleted)

    def without_erased(self, events: pl.DataFrame) -> pl.DataFrame:
        """A frame of events without those of users who were forgotten after the event."""
        erased = dict(self._rows("SELECT digest, time FROM erased", ()))
        if not erased:
            return events
        [(salt,)] = self._rows("SELECT bytes FROM salt", ())
        users = events["user"].unique()
        times = [erased.get(_digest(salt, user)) for user in users.to_list()]
        until = pl.DataFrame({"user": users, "_until": pl.Series(times, dtype=pl.Float64)})
        joined = events.join(until, on="user", how="left", maintain_order="left")
        stays = pl.col("_until").is_null() | (pl.col("time") > pl.col("_until"))
        return joined.filter(stays).drop("_until")

    def retract(self, domain: str, event: Event) -> None:
        """Delete an event; without effect if it is not in the log."""
        values = (domain, event.user, event.item, event.kind, event.value, event.time)
        with self.writing() as db:
            db.execute(_RETRACT, values)

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or none. Raises `WorkspaceError` where it cannot be written."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._roll_back()
                raise WorkspaceError(
                    f"{self.path} could not be written ({error}), so nothing of this was stored; "
                    "free disk space or check its rights, then repeat"
                ) from None
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # SQLite ends it by itself when the disk is full
            self._db.execute("ROLLBACK")

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


_BATCH = 50_000
_COLUMNS = {
    "user": pl.String,
    "item": pl.String,
    "kind": pl.String,
    "value": pl.Float64,
    "time": pl.Float64,
}
_RETRACT = (
    "DELETE FROM events WHERE domain = ? AND user = ? AND item = ? AND kind = ? AND value IS ?"
    " AND time = ?"
)
_INDEX = "CREATE INDEX IF NOT EXISTS events_of_user ON events (user, domain, time)"
_SETUP = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    """CREATE TABLE IF NOT EXISTS events (
        seq INTEGER PRIMARY KEY, domain TEXT NOT NULL, user TEXT NOT NULL, item TEXT NOT NULL,
        kind TEXT NOT NULL, value REAL, time REAL NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS forgotten (seq INTEGER PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS erased (digest BLOB PRIMARY KEY, time REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS salt (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS received (digest BLOB PRIMARY KEY, body BLOB, answer TEXT)",
    _INDEX,
)
INSERT = "INSERT INTO events (domain, user, item, kind, value, time) VALUES (?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT user, item, kind, value, time FROM events"


@contextmanager
def _index_rebuilt(db: sqlite3.Connection, total: int) -> Iterator[None]:
    """Drop the index while many events are added: building it once is faster than updating it."""
    stored = db.execute("SELECT ifnull(max(seq), 0) FROM events").fetchone()[0]
    worth_it = total >= _BATCH and total > stored
    if worth_it:
        db.execute("DROP INDEX IF EXISTS events_of_user")
    yield
    if worth_it:
        db.execute(_INDEX)


def _digest(salt: bytes, user: str) -> bytes:
    return hashlib.sha256(salt + user.encode()).digest()


def checked(event: Event) -> Event:
    """The event. Raises `InputError` for an unknown kind or a number that is not finite."""
    if event.kind not in KINDS:
        raise InputError(_bad_kind(event.kind))
    if not math.isfinite(event.time) or not math.isfinite(event.value or 0.0):
        raise InputError(
            f"event of user {event.user!r} on item {event.item!r} has time {event.time} and value "
            f"{event.value}; both must be finite numbers"
        )
    return event


def _check_frame(events: pl.DataFrame) -> None:
    unknown = set(events["kind"].unique().to_list()) - set(KINDS)
    if unknown:
        raise InputError(_bad_kind(min(map(str, unknown))))
    if not events["time"].is_finite().fill_null(False).all():
        raise InputError("some events have no finite time; give each one in Unix seconds")


def _bad_kind(kind: str) -> str:
    return f"{kind!r} is not a kind of event; use one of {', '.join(KINDS)}"
