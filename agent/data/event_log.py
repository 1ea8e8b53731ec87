"""`EventLog`: the events of all users, in the workspace's database."""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from shelftalker.data.database import Database, Store
from shelftalker.data.events import EVENT_COLUMNS, KINDS, Event, bad_kind, checked
from shelftalker.data.progress import Progress
from shelftalker.data.tables import ALIASES, ERASED, ERASURES, EVENTS, LOG, SALT
from shelftalker.errors import InputError


class EventLog(Store):
    """All events of a workspace, by domain. Safe to share between threads and processes.

    Once `append` or `extend` has returned, the events are on disk; after a crash before that, none
    of them is. What `forget` deletes is overwritten in a SQLite file.
    """

    def __init__(self, place: Path | str) -> None:
        """`place`: a file of SQLite, or the address of a PostgreSQL database."""
        self.db = Database(place, LOG, "an event log")

    def append(self, domain: str, event: Event) -> None:
        """Store one event. Raises `InputError` for an unknown kind or a time that is not finite."""
        self.extend(domain, [event])

    def extend(
        self, domain: str, events: Iterable[Event] | pl.DataFrame, progress: Progress | None = None
    ) -> int:
        """Store events in one transaction, all or none; returns their number.

        A frame has the columns user, item, kind, value and time.
        """
        if isinstance(events, pl.DataFrame):
            _check_frame(events)
            frame = events.select(*EVENT_COLUMNS)
        else:
            frame = event_frame(astuple(checked(event)) for event in events)
        total, names = len(frame), ("domain", *EVENT_COLUMNS)
        with self.db.writing(one_at_a_time=True) as connection, self._index(connection, total):
            frame = _merged(frame, people_of(connection))
            for done, part in enumerate(frame.iter_slices(_BATCH)):
                batch = part.select(pl.lit(domain), *EVENT_COLUMNS).rows()
                self.db.add(connection, EVENTS.name, names, batch)
                if progress:
                    progress(min((done + 1) * _BATCH, total), total, "storing events")
        return total

    def of_user(self, domain: str, user: str) -> list[Event]:
        """A user's events, oldest first; events of the same time in the order of the log."""
        return [Event(*row) for row in self.db.rows(_OF_USER, domain=domain, user=user)]

    def of_users(self, domain: str, users: Sequence[str]) -> dict[str, list[Event]]:
        """`of_user` of each of some users, in few queries."""
        found: dict[str, list[Event]] = {user: [] for user in users}
        for start in range(0, len(users), _MOST_USERS):
            some = list(users[start : start + _MOST_USERS])
            for row in self.db.rows(_ALL.where(EVENTS.c.user.in_(some)), domain=domain):
                found[row[0]].append(Event(*row))
        return found

    def all(self, domain: str) -> list[Event]:
        """Every event of a domain, oldest first; events of the same time in log order."""
        return [Event(*row) for row in self.db.rows(_ALL, domain=domain)]

    def position(self, domain: str) -> int:
        """The position in the log of the domain's last event, 0 where there is none."""
        return int(self.db.value(_POSITION, domain=domain) or 0)

    def between(
        self, domain: str, after: int, until: int | None = None, limit: int | None = None
    ) -> list[tuple[int, Event]]:
        """Events after one position in the log up to another, each with its position."""
        last = self.position(domain) if until is None else until
        query = (
            sa.select(EVENTS.c.seq, *_EVENT)
            .where(EVENTS.c.domain == domain, EVENTS.c.seq > after, EVENTS.c.seq <= last)
            .order_by(EVENTS.c.seq)
            .limit(limit)
        )
        return [(int(seq), Event(*row)) for seq, *row in self.db.rows(query)]

    def frame(self, domain: str) -> pl.DataFrame:
        """The events of `all` as a frame with columns user, item, kind, value and time."""
        return pl.concat([event_frame([]), *self._streamed(_ALL.params(domain=domain))])

    def batches(self, domain: str, until: int) -> Iterator[pl.DataFrame]:
        """The events of a domain up to a position, in log order, as frames like `frame`."""
        mine = sa.and_(EVENTS.c.domain == domain, EVENTS.c.seq <= until)
        return self._streamed(sa.select(*_EVENT).where(mine).order_by(EVENTS.c.seq))

    def _streamed(self, query: sa.Executable) -> Iterator[pl.DataFrame]:
        with self.db.reading(streamed=True) as connection:
            streamed = connection.execution_options(yield_per=_BATCH)
            for batch in streamed.execute(query).partitions():
                yield event_frame(batch)

    def users(self, domain: str) -> list[str]:
        """All users with an event in the domain, sorted."""
        query = sa.select(EVENTS.c.user).where(EVENTS.c.domain == domain).distinct()
        return sorted(str(user) for (user,) in self.db.rows(query))

    def count(self, domain: str) -> int:
        """Number of events in the domain."""
        query = sa.select(sa.func.count()).where(EVENTS.c.domain == domain)
        return int(self.db.value(query))

    def forgotten(self) -> int:
        """How often `forget` and `merge` were called: whoever keeps events in memory reads them
        anew then."""
        return int(self.db.value(_ERASURES) or 0)

    def forget(self, user: str) -> int:
        """Delete a user's events in all domains, and what tells which anonymous ids were theirs;
        returns the number of events. A salted digest of the user and of each of these ids and the
        time stay, so that an import can leave them out."""
        with self.db.writing(one_at_a_time=True) as connection:
            ids = [user, *(alias for alias, own in people_of(connection).items() if own == user)]
            deleted = connection.execute(EVENTS.delete().where(EVENTS.c.user == user)).rowcount
            connection.execute(ALIASES.delete().where(ALIASES.c.alias.in_(ids)))
            connection.execute(ERASURES.insert().values())
            salt = self.db.insert(SALT).values(id=1, bytes=os.urandom(16))
            connection.execute(salt.on_conflict_do_nothing())
            [used] = connection.execute(sa.select(SALT.c.bytes)).one()
            rows = [{"digest": _digest(used, one), "time": time.time()} for one in ids]
            erased = self.db.insert(ERASED).values(rows)
            connection.execute(
                erased.on_conflict_do_update(
                    index_elements=["digest"], set_={"time": erased.excluded.time}
                )
            )
        self.db.scrub()
        return int(deleted)

    def merge(self, alias: str, user: str) -> int:
        """An anonymous id turned out to be a user: its events are theirs, those of now and those
        that are still to come. Returns how many there are now. Raises `InputError` for one id."""
        if alias == user:
            raise InputError(f"{alias!r} is given twice; give an anonymous id and the user's own")
        with self.db.writing(one_at_a_time=True) as connection:
            connection.execute(ALIASES.delete().where(ALIASES.c.alias.in_([alias, user])))
            connection.execute(ALIASES.update().where(ALIASES.c.user == alias).values(user=user))
            connection.execute(ALIASES.insert().values(alias=alias, user=user))
            own = EVENTS.update().where(EVENTS.c.user == alias).values(user=user)
            moved = connection.execute(own).rowcount
            connection.execute(ERASURES.insert().values())  # what is in memory is read anew
        self.db.scrub()
        return int(moved)

    def aliases(self, user: str) -> list[str]:
        """The anonymous ids that turned out to be a user, sorted."""
        rows = self.db.rows(sa.select(ALIASES.c.alias).where(ALIASES.c.user == user))
        return sorted(str(alias) for (alias,) in rows)

    def merged(self, events: pl.DataFrame) -> pl.DataFrame:
        """A frame of events with the user in place of each anonymous id that turned out to be
        theirs."""
        return _merged(events, dict(self.db.rows(_PEOPLE)))

    def without_erased(self, events: pl.DataFrame) -> pl.DataFrame:
        """A frame of events without those of users who were forgotten after the event."""
        erased: dict[bytes, float] = dict(self.db.rows(sa.select(ERASED)))
        if not erased:
            return events
        salt = self.db.value(sa.select(SALT.c.bytes))
        users = events["user"].unique()
        times = [erased.get(_digest(salt, user)) for user in users.to_list()]
        until = pl.DataFrame({"user": users, "_until": pl.Series(times, dtype=pl.Float64)})
        joined = events.join(until, on="user", how="left", maintain_order="left")
        stays = pl.col("_until").is_null() | (pl.col("time") > pl.col("_until"))
        return joined.filter(stays).drop("_until")

    def lawful(self, people: Sequence[tuple[str, float]]) -> list[int]:
        """Places of the pairs of user and time whose user was not forgotten since."""
        frame = pl.DataFrame(people, schema=["user", "time"], orient="row")
        return self.without_erased(frame.with_row_index("place"))["place"].to_list()

    def retract(self, domain: str, event: Event) -> None:
        """Delete an event; without effect if it is not in the log."""
        row = row_of(domain, event, dict(self.db.rows(_PEOPLE)))
        same = [EVENTS.c[name].is_not_distinct_from(value) for name, value in row.items()]
        self.db.change(EVENTS.delete().where(*same))

    @contextmanager
    def _index(self, connection: sa.Connection, total: int) -> Iterator[None]:
        """Drop SQLite's index while many events are added: building it once is faster than updating
        it. In PostgreSQL that would hold up all readers."""
        stored = connection.execute(sa.select(sa.func.max(EVENTS.c.seq))).scalar() or 0
        worth_it = self.db.is_sqlite and total >= _BATCH and total > stored
        if worth_it:
            _BY_USER.drop(connection)
        yield
        if worth_it:
            _BY_USER.create(connection)


def event_frame(rows: Iterable[Any]) -> pl.DataFrame:
    """Rows of (user, item, kind, value, time) as a frame with these columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(EVENT_COLUMNS)
    return pl.DataFrame(dict(zip(EVENT_COLUMNS, columns, strict=True)), schema=EVENT_COLUMNS)


def people_of(connection: sa.Connection) -> dict[str, str]:
    """The user that each merged anonymous id turned out to be."""
    return {str(alias): str(user) for alias, user in connection.execute(_PEOPLE)}


def _merged(events: pl.DataFrame, people: dict[str, str]) -> pl.DataFrame:
    return events.with_columns(pl.col("user").replace(people)) if people else events


def row_of(domain: str, event: Event, people: Mapping[str, str]) -> dict[str, Any]:
    """An event as a row of the table; `people`: as of `people_of`."""
    return {"domain": domain, **asdict(event), "user": people.get(event.user, event.user)}


_PEOPLE = sa.select(ALIASES.c.alias, ALIASES.c.user)
_BATCH = 50_000
_MOST_USERS = 500  # in one query
_EVENT = [EVENTS.c[name] for name in EVENT_COLUMNS]
_BY_USER = next(index for index in EVENTS.indexes if index.name == "events_of_user")
_POSITION = sa.select(sa.func.max(EVENTS.c.seq)).where(EVENTS.c.domain == sa.bindparam("domain"))
_ERASURES = sa.select(sa.func.max(ERASURES.c.seq))
_ALL = (
    sa.select(*_EVENT)
    .where(EVENTS.c.domain == sa.bindparam("domain"))
    .order_by(EVENTS.c.time, EVENTS.c.seq)
)
_OF_USER = _ALL.where(EVENTS.c.user == sa.bindparam("user"))


def _digest(salt: bytes, user: str) -> bytes:
    return hashlib.sha256(salt + user.encode()).digest()


def _check_frame(events: pl.DataFrame) -> None:
    unknown = set(events["kind"].unique().to_list()) - set(KINDS)
    if unknown:
        raise InputError(bad_kind(min(map(str, unknown))))
    if not events["time"].is_finite().fill_null(False).all():
        raise InputError("some events have no finite time; give each one in Unix seconds")
