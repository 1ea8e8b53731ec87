"""`Database`: some tables of a workspace in a SQLite file or in PostgreSQL, opened and migrated.

The SQL is the same for both; what differs is here: how a transaction begins, how a deleted row is
overwritten, and what an error is called.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from shelftalker.data.tables import METADATA
from shelftalker.errors import InputError, MissingExtra, WorkspaceError

HEAD = "0003"
"""The newest migration."""
MIGRATIONS = Path(__file__).parent / "migrations"
POOL = 5
"""Open connections to PostgreSQL for each of the event log, the impressions and the service."""
_FAILURES = DBAPIError, exc.TimeoutError  # the latter where the pool stays empty
_UNREAD = "; see that it runs and answers"
_UNSTORED = ", so nothing of this was stored; free disk space or check its rights, then repeat"
_LOCKED = sa.select(sa.func.pg_advisory_xact_lock(7_240_391))
"""Waits in PostgreSQL until no other transaction holds our lock."""


class Database:
    """Tables in a SQLite file, or with `postgresql://…` in a server. Threads may share it.

    `durable`: a committed transaction survives a loss of power in SQLite too (PostgreSQL's always
    do). Raises `WorkspaceError` where it cannot be opened.
    """

    def __init__(
        self, place: Path | str, tables: Sequence[sa.Table], what: str, durable: bool = True
    ) -> None:
        self.engine = _engine(place, durable)
        self.name = self.engine.url.render_as_string() if isinstance(place, str) else str(place)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._immediate = self.engine.execution_options(immediate=True)
        self._reading = self.engine
        if not self.is_sqlite:
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            if self._version() != HEAD:
                self._migrate(tables)
        except (SQLAlchemyError, OSError) as error:
            self.close()
            raise WorkspaceError(
                f"{self.name} cannot be opened as {what} ({_cause(error)}); check its address and "
                "rights, restore it from a copy, or move its file away: it is then made anew"
            ) from None

    @contextmanager
    def reading(self, streamed: bool = False) -> Iterator[sa.Connection]:
        """A connection for queries; `streamed` for results that are read piece by piece. Raises
        `WorkspaceError` where the database fails."""
        engine = self.engine if streamed else self._reading
        with self._checked("read", _UNREAD), engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, one_at_a_time: bool = False) -> Iterator[sa.Connection]:
        """One transaction, all or none. `one_at_a_time`: rows get their numbers in the order in
        which transactions end (always so in SQLite). Raises `WorkspaceError` where it fails."""
        with self._checked("written", _UNSTORED), self._immediate.begin() as connection:
            if one_at_a_time and not self.is_sqlite:
                connection.execute(_LOCKED)
            yield connection

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """A connection on which each statement is a transaction of its own. So SQLite is locked for
        that statement only, not while a busy thread waits to go on. Raises `WorkspaceError`."""
        with self._checked("written", _UNSTORED), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def _checked(self, done: str, cure: str) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            message = f"{self.name} could not be {done} ({_cause(error)}){cure}"
            raise WorkspaceError(message) from None

    def rows(self, query: sa.Executable, **values: object) -> Sequence[Any]:
        """All rows of a query."""
        with self.reading() as connection:
            return connection.execute(query, values).all()

    def value(self, query: sa.Executable, **values: object) -> Any:
        """The first value of a query, None where it has no row."""
        with self.reading() as connection:
            return connection.execute(query, values).scalar()

    def change(self, statement: sa.Executable, **values: object) -> int:
        """Run one statement in a transaction of its own; returns the number of rows changed."""
        with self.changing() as connection:
            return connection.execute(statement, values).rowcount

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def add(
        self, connection: sa.Connection, table: str, names: Iterable[str], rows: Sequence[Any]
    ) -> None:
        """Insert many rows, as tuples, in the fastest way that the database has."""
        columns = ", ".join(f'"{name}"' for name in names)
        if self.is_sqlite:
            marks = ", ".join("?" for _ in names)
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
            return
        driver: Any = connection.connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def scrub(self) -> None:
        """Overwrite what was deleted in the journal too. PostgreSQL frees it for its next rows at
        once, and overwrites it then."""
        with self._reading.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
            else:
                connection.exec_driver_sql("VACUUM")

    def close(self) -> None:
        """Close all connections. Closing twice is allowed."""
        self.engine.dispose()

    def _version(self) -> str | None:
        query = "SELECT version_num FROM alembic_version"
        try:
            with self._reading.connect() as connection:
                return str(connection.exec_driver_sql(query).scalar())
        except (exc.OperationalError, exc.ProgrammingError):
            return None  # no such table

    def _migrate(self, tables: Sequence[sa.Table]) -> None:
        """Make the tables, or bring those of an earlier edition up to date."""
        from alembic import command
        from alembic.config import Config

        wanted = tables if self.is_sqlite else METADATA.sorted_tables
        with self._immediate.begin() as connection:
            if not self.is_sqlite:
                connection.execute(_LOCKED)
            known = set(sa.inspect(connection).get_table_names())
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(MIGRATIONS))
            fresh = known.isdisjoint(table.name for table in wanted)
            (command.stamp if fresh else command.upgrade)(config, "head")
            METADATA.create_all(connection, wanted)


class Store:
    """Base of what lies in the tables of one `Database`, `db`. The end of a `with` closes it."""

    db: Database

    def close(self) -> None:
        """Close the database. Closing twice is allowed."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _engine(place: Path | str, durable: bool) -> sa.Engine:
    if isinstance(place, Path):
        url = sa.URL.create("sqlite", database=str(place))
        engine = sa.create_engine(url, connect_args={"timeout": 30})
        _set_up_sqlite(engine, durable)
        return engine
    try:
        url = sa.make_url(place)
        if url.drivername != "postgresql":
            raise exc.ArgumentError(f"it begins with {url.drivername}")
        url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url, pool_size=POOL, max_overflow=0, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise MissingExtra("psycopg", "postgres") from None
    except SQLAlchemyError as error:
        raise InputError(
            f"the store's address cannot be read ({error}); allowed: sqlite, or "
            "postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None


def _set_up_sqlite(engine: sa.Engine, durable: bool) -> None:
    """Let SQLAlchemy begin transactions, not the driver, which begins them late."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for setting in (
            "journal_mode = WAL", f"synchronous = {'FULL' if durable else 'NORMAL'}",
            "secure_delete = ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("immediate"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _cause(error: Exception) -> str:
    """What the driver says, in one line and without the values of the statement."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
